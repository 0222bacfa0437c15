"""How long we wait for a PostgreSQL that says nothing: frozen, or behind a line that is cut.

The server's own limits (statement_timeout, lock_timeout) hold only while it runs, and keepalives are answered by its
system even while it is stopped. So the client gives up by itself, and with the answer it gives up the connection.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event

STATEMENT_TIMEOUT = 60  # seconds; the server ends what takes longer
TO_CONNECT = 3  # seconds
# For whoever can wait: the server speaks first, if it can.
_WITHOUT_HURRY = STATEMENT_TIMEOUT + 10.0
_PATIENCE: ContextVar[float] = ContextVar("patience", default=_WITHOUT_HURRY)

# Seconds, but for the last (milliseconds): a host that vanished is found out in a minute, also between statements.
KEEPALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}

_Answer = TypeVar("_Answer")


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Within the block, and in threads that work for it, no answer of PostgreSQL is awaited for longer.

    What was waited for ends as an OperationalError. Whether it took effect is then not known.
    """
    before = _PATIENCE.set(seconds)
    try:
        yield
    finally:
        _PATIENCE.reset(before)


class _Connection(psycopg.Connection[Any]):
    """The driver's own, with the patience of whoever uses it."""

    def wait(self, gen: PQGen[_Answer], interval: float = 0.1, timeout: float | None = None) -> _Answer:
        limit = _PATIENCE.get() if timeout is None else timeout
        began = time.monotonic()
        try:
            return super().wait(gen, interval, limit)
        except psycopg.OperationalError:
            owed = self.pgconn.transaction_status == TransactionStatus.ACTIVE
            if timeout is None and owed and time.monotonic() - began >= limit:
                # Its answer would be taken for that of the next statement.
                self.close()
            raise


def wait_patiently(engine: Engine) -> None:
    """Let the engine's connections give up as `patience` says."""

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        return _Connection.connect(*arguments, **options)
