"""The server's own file: every message in both directions, and every webhook it made."""

import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    sid TEXT PRIMARY KEY, direction TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, body TEXT NOT NULL,
    status TEXT NOT NULL, error_code INTEGER, segments INTEGER NOT NULL, media INTEGER NOT NULL, callback TEXT,
    opt_out TEXT, created REAL NOT NULL, updated REAL NOT NULL, settled INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS messages_parties ON messages (recipient, sender, created);
CREATE INDEX IF NOT EXISTS messages_unsettled ON messages (settled) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS webhooks (
    id INTEGER PRIMARY KEY, sid TEXT NOT NULL, status TEXT NOT NULL, answer TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS opted_out (phone TEXT PRIMARY KEY);
"""


@dataclass(frozen=True)
class Message:
    """One message. `settled`: nothing more will happen to it; times in seconds since 1970."""

    sid: str
    direction: str
    sender: str
    recipient: str
    body: str
    status: str
    error_code: int | None
    segments: int
    media: int
    callback: str | None
    opt_out: str | None
    created: float
    updated: float
    settled: int


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; `before` is the (created, sid) of the last message of the page before."""

    sender: str | None = None
    recipient: str | None = None
    since: float | None = None
    until: float | None = None
    before: tuple[float, str] | None = None


class Store:
    """One connection behind a lock. A commit survives the death of the process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def add(self, message: Message) -> None:
        """Keep a new message."""
        values = tuple(message.__dict__.values())
        with self._lock:
            self._db.execute(f"INSERT INTO messages VALUES ({','.join('?' * len(values))})", values)

    def get(self, sid: str) -> Message | None:
        """One message."""
        found = self._select("WHERE sid = ?", (sid,))
        return found[0] if found else None

    def move(self, sid: str, status: str, error_code: int | None, settled: bool) -> bool:
        """A message goes on to its next status; False when there is no such message."""
        with self._lock:
            moved = self._db.execute(
                "UPDATE messages SET status = ?, error_code = ?, settled = ?, updated = ? WHERE sid = ?",
                (status, error_code, int(settled), time.time(), sid),
            )
            return moved.rowcount > 0

    def find(self, wanted: Wanted, limit: int) -> list[Message]:
        """Messages, newest first."""
        where: list[str] = ["1"]
        values: list[Any] = []
        for clause, value in (
            ("sender = ?", wanted.sender),
            ("recipient = ?", wanted.recipient),
            ("created >= ?", wanted.since),
            ("created <= ?", wanted.until),
        ):
            if value is not None:
                where.append(clause)
                values.append(value)
        if wanted.before is not None:
            where.append("(created, sid) < (?, ?)")
            values += wanted.before
        return self._select(f"WHERE {' AND '.join(where)} ORDER BY created DESC, sid DESC LIMIT ?", (*values, limit))

    def unsettled(self) -> list[Message]:
        """What a server that died left in the middle."""
        return self._select("WHERE settled = 0 ORDER BY created", ())

    def last_sender_to(self, phone: str) -> str | None:
        """The number that texted this phone last."""
        found = self._select(
            "WHERE recipient = ? AND direction = 'outbound-api' ORDER BY created DESC LIMIT 1", (phone,)
        )
        return found[0].sender if found else None

    def log_webhook(self, sid: str, status: str, answer: str) -> None:
        """Keep what a webhook was answered with."""
        with self._lock:
            self._db.execute(
                "INSERT INTO webhooks (sid, status, answer, at) VALUES (?, ?, ?, ?)", (sid, status, answer, time.time())
            )

    def webhooks(self) -> dict[str, list[dict[str, Any]]]:
        """Every webhook by its message."""
        with self._lock:
            rows = self._db.execute("SELECT sid, status, answer, at FROM webhooks ORDER BY id").fetchall()
        found: dict[str, list[dict[str, Any]]] = {}
        for sid, status, answer, at in rows:
            found.setdefault(sid, []).append({"status": status, "answer": answer, "at": at})
        return found

    def set_opted_out(self, phone: str, out: bool) -> None:
        """The phone's owner told the carrier to stop, or to start again."""
        statement = "INSERT OR IGNORE INTO opted_out VALUES (?)" if out else "DELETE FROM opted_out WHERE phone = ?"
        with self._lock:
            self._db.execute(statement, (phone,))

    def is_opted_out(self, phone: str) -> bool:
        """Whether the carrier refuses texts to this phone."""
        with self._lock:
            return self._db.execute("SELECT 1 FROM opted_out WHERE phone = ?", (phone,)).fetchone() is not None

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            for table in ("messages", "webhooks", "opted_out"):
                self._db.execute(f"DELETE FROM {table}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _select(self, rest: str, values: tuple[Any, ...]) -> list[Message]:
        with self._lock:
            rows = self._db.execute(f"SELECT * FROM messages {rest}", values).fetchall()
        return [Message(*row) for row in rows]
