"""Replies nobody has placed yet: while one of a phone waits, its sender wrote, and is neither reminded nor called.

A reply that fits several queries is held by an open "Which item?", or waits in triage. It may be the answer.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
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
    return wrote_since(last_unplaced(session, [phone_hash] if phone_hash else []), phone_hash, since)


def wrote_since(unplaced: Mapping[str, datetime], phone_hash: str | None, since: datetime) -> bool:
    """The same of what `last_unplaced` told of many."""
    last = unplaced.get(phone_hash or "")
    return last is not None and last >= since


def last_unplaced(session: Session, phone_hashes: Collection[str]) -> Mapping[str, datetime]:
    """Of these phones, those of which a reply is held or waits in triage, and when the latest such came."""
    if not phone_hashes:
        return {}
    of_phones = (Reply.phone_hash.in_(phone_hashes), Reply.query_id.is_(None), Reply.reading.in_(_MAY_ANSWER))
    written = select(Reply.id, Reply.phone_hash, Reply.received_at, Reply.ask_back_id).where(*of_phones)
    found = session.execute(written.order_by(Reply.received_at)).all()
    if not found:
        return {}  # Nearly always, and it costs one look.
    asked = {row.ask_back_id for row in found} - {None}
    still_asked = select(AskBack.id).where(AskBack.id.in_(asked), AskBack.state == AskBackState.OPEN)
    work = select(Handoff.reply_id).where(Handoff.reply_id.in_([row.id for row in found]), Handoff.closed_at.is_(None))
    held, triage = set(session.scalars(still_asked)), set(session.scalars(work))
    return {row.phone_hash: row.received_at for row in found if row.id in triage or row.ask_back_id in held}
