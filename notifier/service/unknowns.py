"""Texts of which nobody knows whether they were sent: the carrier is asked, and only then is one sent again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from notifier.carriers.port import CarrierMessage
from notifier.domain.errors import CarrierSilent
from notifier.service.acceptances import bind
from notifier.service.context import Context
from notifier.service.receipts import News, apply_status
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.models import Attempt, Query, Text
from notifier.storage.models.texts import TextState

log = structlog.get_logger()

_SLACK = timedelta(minutes=5)  # the carrier's clock and ours


@dataclass(frozen=True, repr=False)
class _Doubt:
    text_id: UUID
    query_id: UUID
    recipient: str
    sender_id: str
    body: str
    next_try_at: datetime  # while it stands there, nobody else has asked


def resolve_unknowns(ctx: Context) -> int:
    """Ask the carrier about every unknown text whose wait is over; returns how many were settled."""
    return sum(_resolve(ctx, doubt) for doubt in _take(ctx))


def _take(ctx: Context) -> list[_Doubt]:
    """Claim by moving the time of the next question: another worker will not ask at the same moment."""
    with ctx.database.begin() as session:
        wall = ctx.clock.wall()
        picked = (
            select(Text.id)
            .where(Text.state == TextState.UNKNOWN, Text.next_try_at <= wall)
            .order_by(Text.next_try_at)
            .limit(ctx.sending.batch)
            .with_for_update(skip_locked=True)
            .cte("picked")
        )
        rows: list[Row[Any]] = list(
            session.execute(
                update(Text)
                .where(Text.id.in_(select(picked.c.id)))
                .values(next_try_at=wall + ctx.sending.unknown_retry)
                .returning(Text.id, Text.query_id, Text.recipient, Text.sender_id, Text.body, Text.next_try_at)
                .execution_options(synchronize_session=False)
            )
        )
        return [_Doubt(row.id, row.query_id, row.recipient, row.sender_id, row.body, row.next_try_at) for row in rows]


def _resolve(ctx: Context, doubt: _Doubt) -> bool:
    since = _first_posted(ctx, doubt.text_id)
    try:
        found = _search(ctx, doubt, since - _SLACK if since else None)
    except CarrierSilent:
        log.warning("carrier_silent", text=str(doubt.text_id))
        _count_question(ctx, doubt.text_id)
        return False
    with ctx.database.begin() as session:
        query = session.get_one(Query, doubt.query_id, with_for_update={"key_share": True})
        _count_questions(session, doubt.text_id)
        # The oldest first: it is the one whose callbacks are under way.
        for message in sorted(found, key=lambda m: (m.created_at is None, m.created_at or since)):
            if bind(session, ctx, query, doubt.text_id, message.sid, message.status):
                _catch_up(session, ctx, query, doubt.text_id, message)
                return True
        return _send_again(session, ctx, doubt)


def _catch_up(session: Session, ctx: Context, query: Query, text_id: UUID, message: CarrierMessage) -> None:
    """What the carrier says of the text now; its receipts may have been lost with the answer."""
    text = session.get_one(Text, text_id, with_for_update=True, populate_existing=True)
    now = ctx.clock.business(session)
    apply_status(session, ctx, query, text, News(message.status, message.error_code, now))


def _search(ctx: Context, doubt: _Doubt, since: datetime | None) -> list[CarrierMessage]:
    """By date first; then once without, since a carrier's dates are its own."""
    for moment in (since, None):
        listed = ctx.carrier.find(doubt.recipient, doubt.sender_id, moment)
        # Every body holds its query's reference, and from the second round on the round: equality is identity.
        same = [message for message in listed if message.body == doubt.body]
        if same or moment is None:
            return same
    return []


def _send_again(session: Session, ctx: Context, doubt: _Doubt) -> bool:
    """Unless somebody asked later than we did, and it was posted again meanwhile: what we heard is old then."""
    again = session.execute(
        update(Text)
        .where(Text.id == doubt.text_id, Text.state == TextState.UNKNOWN, Text.next_try_at == doubt.next_try_at)
        .values(state=TextState.QUEUED, next_try_at=ctx.clock.wall())
        .returning(Text.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    wake_after_commit(session, Wake.SEND)
    return again is not None


def _first_posted(ctx: Context, text_id: UUID) -> datetime | None:
    with ctx.database.read() as session:
        return session.scalar(select(func.min(Attempt.posting_at)).where(Attempt.text_id == text_id))


def _count_question(ctx: Context, text_id: UUID) -> None:
    with ctx.database.begin() as session:
        _count_questions(session, text_id)


def _count_questions(session: Session, text_id: UUID) -> None:
    latest = select(func.max(Attempt.number)).where(Attempt.text_id == text_id).scalar_subquery()
    session.execute(
        update(Attempt)
        .where(Attempt.text_id == text_id, Attempt.number == latest)
        .values(asked=Attempt.asked + 1)
        .execution_options(synchronize_session=False)
    )
