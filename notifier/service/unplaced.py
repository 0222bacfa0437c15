"""Replies nobody has placed yet: while one of a phone waits, its sender wrote, and is neither reminded nor called.

A reply that fits several queries is held by an open "Which item?", or waits in triage. It may be the answer.
"""

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from notifier.domain.types import ReadingKind, Team
from notifier.service.handoffs import Need, Reason
from notifier.storage.models import AskBack, Handoff, Query, Reply
from notifier.storage.models.inbound import AskBackState

# What may be an answer; the others stop, doubt or thank, and are no sign that the question is answered.
_MAY_ANSWER = (ReadingKind.ANSWER, ReadingKind.OPTION, ReadingKind.UNREADABLE)
READ_IT_FIRST = Need(
    Team.STAFF,
    Reason.WHICH_QUERY,
    "The time is over, but this phone wrote something that nobody has placed: read it, and move it where it belongs; "
    "if it is not about this query, hand the query to the hotline.",
    priority=2,
)


def asked_which(session: Session, query: Query) -> AskBack | None:
    """The open "Which item?" that offers this query to its phone."""
    asked = session.scalars(
        select(AskBack).where(AskBack.phone_hash == query.mobile_hash, AskBack.state == AskBackState.OPEN)
    )
    return next((one for one in asked if str(query.id) in one.options), None)


def waits_to_be_placed(session: Session, phone_hash: str | None, since: datetime) -> bool:
    """Whether this phone wrote something, at or after `since` (business time), that is held or waits in triage."""
    written = (Reply.phone_hash == phone_hash, Reply.received_at >= since, Reply.query_id.is_(None))
    found = session.execute(select(Reply.id, Reply.ask_back_id).where(*written, Reply.reading.in_(_MAY_ANSWER))).all()
    if not found:
        return False  # Nearly always, and it costs one look.
    held = [row.ask_back_id for row in found if row.ask_back_id is not None]
    waits = or_(
        exists().where(Handoff.reply_id.in_([row.id for row in found]), Handoff.closed_at.is_(None)),
        exists().where(AskBack.id.in_(held), AskBack.state == AskBackState.OPEN),
    )
    return bool(session.scalar(select(waits)))
