"""Whether anything was written, by anybody, since one last looked: one cheap statement, however large the database."""

import threading

from sqlalchemy import Connection, Engine, text

# SQLite counts the commits of other connections for each connection; PostgreSQL's snapshot names the transactions that
# have an id, which is those that write.
_MARKS = {
    "sqlite": text("PRAGMA data_version"),
    "postgresql": text("SELECT CAST(pg_current_snapshot() AS text)"),
}


class ChangeMark:
    """A value that differs from the one before when something was committed in between; it may differ for less.

    It keeps a connection of its own, since SQLite counts for that alone. `engine`: such as begins no writing.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._statement = _MARKS[engine.dialect.name]
        self._lock = threading.Lock()
        self._own: Connection | None = None

    def read(self) -> str:
        """The value now. Raises SQLAlchemy's errors when the database cannot be asked; the next look connects anew."""
        with self._lock:
            own = self._own or self._engine.connect()
            try:
                mark = str(own.scalar(self._statement))
                own.rollback()  # an open transaction would see the same for ever
            except BaseException:
                self._own = None
                own.close()
                raise
            self._own = own
            return mark

    def let_go(self) -> None:
        """Give the connection back."""
        with self._lock:
            own, self._own = self._own, None
        if own is not None:
            own.close()
