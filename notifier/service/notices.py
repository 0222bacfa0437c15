"""Automatic answers to a reply, and the caps that keep two machines from talking to each other."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifier.domain.types import UNPROMPTED, TextKind
from notifier.service.asking import queue_text
from notifier.service.context import Context
from notifier.service.phones import suppressed
from notifier.service.rounds import current_round
from notifier.storage.models import Query, Text

_DAY = timedelta(days=1)


def send_notice(session: Session, ctx: Context, query: Query, kind: TextKind, at: datetime) -> bool:
    """Queue a notice, at most one of a kind per query and so many per phone and day; whether one was queued.

    Quiet hours do not hold it: whoever just wrote is awake.
    """
    said = session.scalar(select(func.count(Text.id)).where(Text.query_id == query.id, Text.kind == kind))
    if said or not may_notify(session, ctx, query, at):
        return False
    queue_text(session, query, current_round(session, query), kind, at, ctx)
    return True


def may_notify(session: Session, ctx: Context, query: Query, at: datetime) -> bool:
    """Whether the phone of this query may get one more automatic answer today."""
    if query.mobile_hash is None or suppressed(session, query.mobile_hash) is not None:
        return False
    today = session.scalar(
        select(func.count(Text.id)).where(
            Text.recipient_hash == query.mobile_hash,
            Text.kind.not_in(UNPROMPTED),
            Text.created_at > at - _DAY,
        )
    )
    return (today or 0) < ctx.notices_per_phone_day
