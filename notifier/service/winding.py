"""Winding business time forward, where that is allowed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from notifier.domain.lifecycle import State
from notifier.service.context import Context
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.models import Query

# A due time is past once it is strictly behind us, whatever the databases round away.
_BEYOND = timedelta(milliseconds=10)
_OF_SENDERS = (State.RECEIVED, State.AWAITING_REPLY)


@dataclass(frozen=True)
class Reading:
    """Business time, and how far it runs ahead of the wall clock."""

    now: datetime
    offset: timedelta


def read(ctx: Context) -> Reading:
    """What the clock says."""
    with ctx.database.read() as session:
        offset = ctx.clock.offset(session)
        return Reading(ctx.clock.wall() + offset, offset)


def advance(ctx: Context, by: timedelta) -> Reading:
    """Wind it. Raises NotAllowed outside the sandbox profile."""
    with ctx.database.begin() as session:
        ctx.clock.advance(session, by)
        wake_after_commit(session, Wake.SEND)
    return read(ctx)


def to_next_due(ctx: Context) -> Reading:
    """Wind it to the next due time of a query that waits for its sender; not at all when there is none, or it is past.

    What people have not done in time is no reason: nothing would come to the phone.
    """
    with ctx.database.begin() as session:
        now = ctx.clock.business(session)
        due = session.scalar(select(func.min(Query.next_due_at)).where(Query.state.in_(_OF_SENDERS)))
        if due is not None and due > now:
            ctx.clock.advance(session, due - now + _BEYOND)
            wake_after_commit(session, Wake.SEND)
    return read(ctx)
