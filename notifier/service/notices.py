"""Automatic answers to a reply, and the caps that keep two machines from talking to each other."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifier.domain.types import ROUND_KINDS, TextKind
from notifier.service.asking import queue_text
from notifier.service.context import Context
from notifier.service.phones import suppressed
from notifier.storage.models import Query, Round, Text

_DAY = timedelta(days=1)


def send_notice(session: Session, ctx: Context, query: Query, kind: TextKind, at: datetime) -> bool:
    """Queue a notice, at most one of a kind per query and so many per phone and day; whether one was queued.

    Quiet hours do not hold it: whoever just wrote is awake.
    """
    if query.mobile_hash is None or suppressed(session, query.mobile_hash) is not None:
        return False
    said = session.scalar(select(func.count(Text.id)).where(Text.query_id == query.id, Text.kind == kind))
    today = session.scalar(
        select(func.count(Text.id)).where(
            Text.recipient_hash == query.mobile_hash,
            Text.kind.not_in(ROUND_KINDS),
            Text.created_at > at - _DAY,
        )
    )
    if said or (today or 0) >= ctx.notices_per_phone_day:
        return False
    asked = session.scalars(select(Round).where(Round.query_id == query.id, Round.number == query.round_number)).one()
    queue_text(session, query, asked, kind, at, ctx)
    return True
