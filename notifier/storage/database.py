"""Opening a database, and the only commit."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from notifier.storage.changes import ChangeMark
from notifier.storage.columns import hang_keyring
from notifier.storage.patience import KEEPALIVE, STATEMENT_TIMEOUT, TO_CONNECT, patience, wait_patiently
from notifier.storage.sealing import Keyring

_WAKES = "wakes"
_READ_ONLY = "notifier_read_only"
_BUSY = 30  # seconds a SQLite writer waits for another
_RESTING_SINCE = "resting_since"
_POOL_TIMEOUT = 3  # seconds until somebody who finds every connection in use is told so
_TRIED = 1.0  # seconds a rested connection has to answer; a new one costs little
# A process that is frozen, or whose host is gone, in the middle of a transaction must not keep its locks: the server
# ends what says nothing for a minute. No transaction of ours waits for anything but the database.
_LET_GO = (
    "-c idle_in_transaction_session_timeout=60s"
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)
_RESTED = 1.0  # seconds without use after which a connection is tried before it is trusted


class Wake(StrEnum):
    """What a committed change gives somebody to do. A wake is a hint: losing one costs a sweep, never a query."""

    SEND = "send"
    WEBHOOKS = "webhooks"


class Database:
    """An engine and its units of work."""

    def __init__(self, engine: Engine, keyring: Keyring, on_wake: Callable[[Wake], None]) -> None:
        self.engine = engine
        self.keyring = keyring
        self._on_wake = on_wake
        self._sessions = sessionmaker(engine, expire_on_commit=False, autoflush=True)
        # On SQLite a statement that stands for itself is a transaction that reads.
        alone = {_READ_ONLY: True} if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        self._looking = engine.execution_options(**alone)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any exception; wakes go out after the commit."""
        with self._sessions() as session:
            with session.begin():
                yield session
            wakes: set[Wake] = session.info.get(_WAKES, set())
        for wake in wakes:
            self._on_wake(wake)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One transaction that writes nothing: on SQLite it takes no write lock. Always rolled back."""
        with self._sessions() as session:
            session.connection(execution_options={_READ_ONLY: True})
            yield session

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A connection for one SELECT, which needs no transaction around it: that would be two more round trips."""
        with self._looking.connect() as connection:
            yield connection

    def change_mark(self) -> ChangeMark:
        """What tells whether anything was written; it keeps a connection until it lets go."""
        return ChangeMark(self._looking)

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def wake_after_commit(session: Session, wake: Wake) -> None:
    """Ask for a wake once this transaction has committed."""
    session.info.setdefault(_WAKES, set()).add(wake)


def open_database(
    url: str, keyring: Keyring, on_wake: Callable[[Wake], None] = lambda _: None, pool_size: int = 24
) -> Database:
    """An engine for SQLite (WAL, BEGIN IMMEDIATE) or PostgreSQL. Opens no connection yet."""
    engine = _sqlite(url) if url.startswith("sqlite") else _postgres(url, pool_size)
    hang_keyring(engine.dialect, keyring)
    return Database(engine, keyring, on_wake)


def _postgres(url: str, pool_size: int) -> Engine:
    options = f"-c timezone=UTC -c lock_timeout=10s -c statement_timeout={STATEMENT_TIMEOUT}s {_LET_GO}"
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=8,
        pool_timeout=_POOL_TIMEOUT,
        hide_parameters=True,
        connect_args={"connect_timeout": TO_CONNECT, "options": options} | KEEPALIVE,
    )
    wait_patiently(engine)
    _try_rested(engine)
    return engine


def _try_rested(engine: Engine) -> None:
    """A server that restarted leaves dead connections in the pool; those used a moment ago need no extra round trip."""

    @event.listens_for(engine, "checkin")
    def _rest(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_RESTING_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _try(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        since = record.info.get(_RESTING_SINCE)
        if since is None or time.monotonic() - since < _RESTED:
            return
        try:
            with patience(_TRIED):
                engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as failure:
            # All that rested as long are thrown away, and the pool opens a new one.
            raise InvalidatePoolError from failure


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY}, pool_size=24, max_overflow=8, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions of its own: we say BEGIN IMMEDIATE below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # WAL with NORMAL survives the death of the process; a power cut may cost the last commits of a sandbox.
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A deferred transaction that turns into a writer fails at once when another wrote meanwhile; this one waits.
        reading = connection.get_execution_options().get(_READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
