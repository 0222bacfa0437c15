"""What is judged: rows read by statements of our own, the carrier's own log, and what clients were told.

Nothing of the product is asked. Every time of a row is aware; business or wall clock as the tables have it.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg

from tests.chaos.journal import Timeline


class Query(NamedTuple):
    """Where a query stands; `due_at` in business time."""

    id: UUID
    code: str
    reference: str
    state: str
    round_number: int
    due_at: datetime | None
    history_seq: int
    history_hash: str
    item_id: str


class Entry(NamedTuple):
    """A row of history; `at` in business time."""

    query_id: UUID
    seq: int
    event: str
    effect: str
    from_state: str | None
    to_state: str
    actor: str
    at: datetime
    detail: dict[str, Any]
    prev_hash: str
    hash: str


class Round(NamedTuple):
    """One asking; times in business time."""

    id: UUID
    query_id: UUID
    number: int
    remind_at: datetime | None
    close_at: datetime | None


class Text(NamedTuple):
    """A text; when it was made in business time, the lease and the next try in wall-clock time."""

    id: UUID
    query_id: UUID
    round_id: UUID
    kind: str
    state: str
    sid: str | None
    delivery: str | None
    lease_until: datetime | None
    next_try_at: datetime
    reason: str | None
    created_at: datetime


class Attempt(NamedTuple):
    """One POST; wall-clock time."""

    id: UUID
    text_id: UUID
    number: int
    posting_at: datetime | None
    outcome: str | None
    sid: str | None
    asked: int


class Receipt(NamedTuple):
    """A delivery status as it came."""

    text_id: UUID
    sid: str
    status: str


class Reply(NamedTuple):
    """A reply the product has; `late`: it came after its query was closed."""

    id: UUID
    sid: str
    query_id: UUID | None
    late: bool
    reading: str


class Message(NamedTuple):
    """One message in the carrier's log; `attempt` is what our callback address named."""

    sid: str
    inbound: bool
    sender: str
    recipient: str
    body: str
    status: str
    attempt: str | None


@dataclass(frozen=True)
class Facts:
    """One look at everything, or at what began lately.

    `promised`: the id that a client was told, by reference. `phones`: whom customs named, by reference. `poisoned`:
    references of which a text killed its workers. `at_rest`: nobody asks or replies any more, and everything had its
    time. `reached`: the highest delivery status each text was ever seen with. `heads`: number and hash of the last row
    of history each query was ever seen with. `decided`: what staff were told was done, by query. `window`: from the
    first sign that a question arrived until its closing.
    """

    now: datetime
    timeline: Timeline
    queries: Sequence[Query] = ()
    history: Sequence[Entry] = ()
    rounds: Sequence[Round] = ()
    texts: Sequence[Text] = ()
    attempts: Sequence[Attempt] = ()
    receipts: Sequence[Receipt] = ()
    replies: Sequence[Reply] = ()
    messages: Sequence[Message] = ()
    promised: Mapping[str, str] = field(default_factory=dict)
    imported: Sequence[str] = ()
    phones: Mapping[str, str] = field(default_factory=dict)
    poisoned: Collection[str] = ()
    reached: Mapping[UUID, str] = field(default_factory=dict)
    heads: Mapping[UUID, tuple[int, str]] = field(default_factory=dict)
    decided: Mapping[str, Sequence[str]] = field(default_factory=dict)
    window: timedelta = timedelta(hours=72)
    at_rest: bool = False


_OF_QUERIES = {
    Query: "SELECT id, code, referral_reference, state, round_number, next_due_at, history_seq, history_hash, item_id"
    " FROM queries WHERE id >= %(since)s",
    Entry: "SELECT query_id, seq, event, effect, from_state, to_state, actor, at, detail, prev_hash, hash"
    " FROM history WHERE query_id >= %(since)s ORDER BY query_id, seq",
    Round: "SELECT id, query_id, number, remind_at, close_at FROM rounds WHERE query_id >= %(since)s",
    Text: "SELECT id, query_id, round_id, kind, state, carrier_sid, delivery, lease_until, next_try_at, reason,"
    " created_at FROM texts WHERE query_id >= %(since)s",
    Attempt: "SELECT a.id, text_id, number, posting_at, outcome, a.carrier_sid, asked"
    " FROM attempts a JOIN texts t ON t.id = text_id WHERE query_id >= %(since)s ORDER BY text_id, number",
    Receipt: "SELECT text_id, r.carrier_sid, status"
    " FROM receipts r JOIN texts t ON t.id = text_id WHERE query_id >= %(since)s",
    Reply: "SELECT id, carrier_sid, query_id, late, reading FROM replies"
    " WHERE query_id IS NULL OR query_id >= %(since)s",
}


def read_rows(dsn: str, since: datetime | None = None) -> dict[Any, list[Any]]:
    """Rows of queries that came since then (wall clock), all in one snapshot, by their kind."""
    with psycopg.connect(dsn, options="-c timezone=UTC") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        values = {"since": _first_id(since)}
        return {kind: [kind(*row) for row in connection.execute(sql, values)] for kind, sql in _OF_QUERIES.items()}


def read_messages(file: Path, since: datetime | None = None) -> list[Message]:
    """The carrier's own log, oldest first."""
    statement = "SELECT sid, direction, sender, recipient, body, status, callback FROM messages WHERE created >= ?"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as connection:
        rows = connection.execute(f"{statement} ORDER BY created", (since.timestamp() if since else 0,)).fetchall()
    return [Message(row[0], row[1] == "inbound", *row[2:6], _attempt(row[6])) for row in rows]


def _attempt(callback: str | None) -> str | None:
    return parse_qs(urlsplit(callback or "").query).get("m", [None])[0]


def _first_id(since: datetime | None) -> UUID:
    """Ids begin with the millisecond they were made in."""
    return UUID(int=(int(since.timestamp() * 1000) if since else 0) << 80)
