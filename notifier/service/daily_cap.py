"""Our own cap of segments for a day of Hong Kong, over all numbers and processes; one row a day, where a cap is set.

A text is counted in the transaction that says it is being posted, so a crash lets none through uncounted.
"""

from collections.abc import Sequence
from itertools import accumulate

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifier.domain.days import day_of
from notifier.service.context import Context
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import SendingDay


def fit_today(session: Session, ctx: Context, sizes: Sequence[int]) -> int:
    """How many of texts of so many segments, the first first, still fit into today. Locks the day's row."""
    if ctx.sending.segments_per_day is None:
        return len(sizes)
    today = day_of(ctx.clock.business(session))
    insert_unless_there(session, SendingDay, {"day": today, "segments": 0, "lifted": False})
    row = session.get_one(SendingDay, today, with_for_update=True, populate_existing=True)
    if row.lifted:
        return len(sizes)
    room = ctx.sending.segments_per_day - row.segments
    return sum(used <= room for used in accumulate(sizes))


def count_today(session: Session, ctx: Context, segments: int) -> None:
    """So many more are being posted; fewer when it is negative: the carrier refused them."""
    if ctx.sending.segments_per_day is None:
        return
    today = SendingDay.day == day_of(ctx.clock.business(session))
    # What was counted yesterday and refused today is yesterday's.
    more = update(SendingDay).where(today, SendingDay.segments + segments >= 0)
    session.execute(more.values(segments=SendingDay.segments + segments).execution_options(synchronize_session=False))


def lift_today(session: Session, ctx: Context) -> None:
    """Staff want more to go out today than the cap allows."""
    today = day_of(ctx.clock.business(session))
    lifted = update(SendingDay).where(SendingDay.day == today).values(lifted=True)
    session.execute(lifted.execution_options(synchronize_session=False))


def sent_today(session: Session, ctx: Context) -> int | None:
    """Segments counted today; None: no cap is set, so nothing is counted."""
    if ctx.sending.segments_per_day is None:
        return None
    today = day_of(ctx.clock.business(session))
    return session.scalar(select(SendingDay.segments).where(SendingDay.day == today)) or 0
