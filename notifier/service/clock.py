"""Two clocks: business time (windows, reminders, quiet hours), which the sandbox may wind forward, and wall time."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.errors import NotAllowed
from notifier.storage.models import BusinessClock

_ROW = 1


class Clock:
    """Wall time, and business time = wall time + the offset row. `movable` only in the sandbox profile."""

    def __init__(self, movable: bool) -> None:
        self.movable = movable

    def wall(self) -> datetime:
        """Now, for leases, retries and carrier dates."""
        return datetime.now(UTC)

    def business(self, session: Session) -> datetime:
        """Now, for windows, reminders and quiet hours."""
        return self.wall() + self.offset(session)

    def offset(self, session: Session) -> timedelta:
        """How far business time runs ahead; nothing where the clock cannot be moved."""
        if not self.movable:
            return timedelta(0)
        seconds = session.scalar(select(BusinessClock.offset_seconds).where(BusinessClock.id == _ROW))
        return timedelta(seconds=seconds or 0.0)

    def advance(self, session: Session, by: timedelta) -> datetime:
        """Wind business time forward and tell the new time. Raises NotAllowed outside the sandbox or backwards."""
        if not self.movable:
            raise NotAllowed("Only the sandbox profile may move the clock.")
        if by < timedelta(0):
            raise NotAllowed("The clock only goes forward.")
        row = session.get(BusinessClock, _ROW, with_for_update=True)
        if row is None:
            session.add(BusinessClock(id=_ROW, offset_seconds=by.total_seconds()))
        else:
            row.offset_seconds += by.total_seconds()
        session.flush()
        return self.business(session)
