"""Firing what is due, row by row. One row's fault is its own; the database's trouble is no row's fault."""

from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from notifier.domain.errors import Stale

log = structlog.get_logger()

# So many rows in a row are not unlucky: the database is away, and the next sweep tries again.
_UNLUCKY = 3
# Seconds that one kind of due times has in a pass. What is left is due in the next, a second later; meanwhile other
# kinds have their turn, the sign of life is renewed, and a worker that is told to stop can.
AT_A_TIME = 1.0


def is_passing(failure: Exception) -> bool:
    """Whether the database failed rather than the work: out of reach, out of connections, or a lock it did not give.

    What passes says nothing about the row, and must not be counted against it.
    """
    if isinstance(failure, (OperationalError, InterfaceError, PoolTimeout)):
        return True
    return isinstance(failure, DBAPIError) and failure.connection_invalidated


def fire_each(rows: Iterable[UUID], fire: Callable[[UUID], bool], set_back: Callable[[UUID], None]) -> int:
    """Fire each row on its own; returns how many were fired.

    A row that breaks is `set_back`, so that others pass. What fails for a passing reason stays as due as it was; the
    failure is raised only when several rows in a row met one. After AT_A_TIME the rest is left for the next pass.
    """
    fired = unlucky = 0
    for row_id in _while_there_is_time(rows):
        try:
            fired += fire(row_id)
            unlucky = 0
        except Stale:
            continue  # Somebody else wrote it in this moment, and decided anew what is due.
        except Exception as failure:
            if not is_passing(failure):
                log.error("due_time_not_fired", row=str(row_id), error=type(failure).__name__)
                _let_others_pass(row_id, set_back)
                continue
            log.warning("due_time_put_off", row=str(row_id), error=type(failure).__name__)
            unlucky += 1
            if unlucky == _UNLUCKY:
                raise
    return fired


def _while_there_is_time(rows: Iterable[UUID]) -> Iterator[UUID]:
    """What is not come to is not asked for: whoever counts rows before the work has not counted it."""
    left, until = iter(rows), monotonic() + AT_A_TIME
    while monotonic() <= until and (row_id := next(left, None)) is not None:
        yield row_id


def _let_others_pass(row_id: UUID, set_back: Callable[[UUID], None]) -> None:
    try:
        set_back(row_id)
    except Exception as failure:
        if is_passing(failure):
            raise
        log.error("due_time_not_set_back", row=str(row_id), error=type(failure).__name__)
