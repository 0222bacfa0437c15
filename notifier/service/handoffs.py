"""Work for people: opening, claiming, finishing. A machine that cannot decide opens one, with the next step."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from notifier.domain.permissions import Principal
from notifier.domain.types import Team
from notifier.service import joint_calls
from notifier.service.context import Context
from notifier.storage.models import Handoff, Query, Reply
from notifier.storage.models.people import ClockState


class Reason(StrEnum):
    """Why people are needed."""

    SCREENING = "screening"
    NOT_BY_SMS = "not_by_sms"
    NUMBER_UNUSABLE = "number_unusable"
    NUMBER_SUPPRESSED = "number_suppressed"
    NUMBER_UNHEALTHY = "number_unhealthy"
    PREFERS_CALLS = "prefers_calls"
    TEXT_CAP = "text_cap"
    CHOOSE_WORDING = "choose_wording"
    DEADLINE_TOO_CLOSE = "deadline_too_close"
    ITEM_STOPPED = "item_stopped"
    TEXT_REFUSED = "text_refused"
    NOT_DELIVERED = "not_delivered"
    NO_RECEIPT = "no_receipt"
    NO_REPLY = "no_reply"
    OPTED_OUT = "opted_out"
    CANCEL_MEANING = "cancel_meaning"
    WRONG_NUMBER = "wrong_number"
    WANTS_RETURN = "wants_return"
    SENDER_DOUBTS = "sender_doubts"
    UNREADABLE_REPLY = "unreadable_reply"
    REVIEW_REPLY = "review_reply"
    REPLY_REJECTED = "reply_rejected"
    LATE_REPLY = "late_reply"
    UNMATCHED_REPLY = "unmatched_reply"
    WHICH_QUERY = "which_query"
    REPLY_MOVED = "reply_moved"
    SENDER_CHECKS = "sender_checks"
    CONFLICT = "conflict"
    STAFF_ASKED = "staff_asked"
    REOPENED = "reopened"
    ANSWER_REFUSED = "answer_refused"
    ANSWER_WAITS = "answer_waits"
    SENT_ALL_THE_SAME = "sent_all_the_same"
    DO_NOT_LOAD = "do_not_load"
    QUARANTINED = "quarantined"
    SENDING_PAUSED = "sending_paused"
    WEBHOOK_REFUSED = "webhook_refused"
    CARRIER_NOT_ASKED = "carrier_not_asked"
    STILL_OPEN = "still_open"
    MANY_QUERIES = joint_calls.MANY_QUERIES


# What asking the sender once more does not settle. Everything else about a query is about getting it answered, and a
# new round takes that up itself: where it cannot, it opens what people have to do anew.
OUTLASTS_ASKING = frozenset(
    {
        Reason.CONFLICT,  # customs sent other content: somebody compares both
        Reason.CANCEL_MEANING,  # whether the item should come back is another question
        Reason.WANTS_RETURN,  # it is to come back, whatever customs is told
        Reason.DO_NOT_LOAD,  # the item is held back from dispatch, whatever the sender says
        Reason.LATE_REPLY,  # nobody has read it yet
        Reason.SENDER_DOUBTS,  # the sender may call any moment
        Reason.ANSWER_WAITS,  # an answer is on its way to customs
        Reason.SENT_ALL_THE_SAME,  # customs has an answer that was taken back
        Reason.QUARANTINED,  # the service has a fault
    }
)


@dataclass(frozen=True)
class Need:
    """A handoff to open: for whom, why, and a sentence that says the next step. Priority 1 comes first.

    `note`: what a colleague wrote about it, in their own words; it is sealed, the sentence is not.
    """

    team: Team
    reason: Reason
    sentence: str
    priority: int = 3
    note: str | None = None


def open_handoff(
    session: Session,
    need: Need,
    at: datetime,
    *,
    query: Query | None = None,
    reply: Reply | None = None,
    shown_from: datetime | None = None,
) -> Handoff:
    """Open it, or find it open already: one open handoff for a query, team and reason (each reply has its own).

    Without either it is about the house itself: one open per reason and sentence is enough. The hotline's work about a
    query becomes part of its phone's joint call, where one is open.
    `shown_from`: work lists leave it out until then, as more that belongs to it may be under way.
    """
    known = None if reply is not None else session.scalar(select(Handoff).where(*_same(need, query)))
    handoff = known or _new(session, need, at, query, reply, shown_from)
    of_phone = query.mobile_hash if query is not None and reply is None and need.team is Team.HOTLINE else None
    if of_phone is not None and handoff.call_id is None:
        joint_calls.join(session, handoff, of_phone, at)
    return handoff


def open_call(session: Session, ctx: Context, need: Need, at: datetime, query: Query) -> Handoff:
    """The same for what a query needs people for; a person with many queries gets one joint call of the hotline's."""
    if need.team is Team.HOTLINE:
        joint_calls.call_person(session, ctx, query.mobile_hash, at)
    return open_handoff(session, need, at, query=query)


def _new(
    session: Session, need: Need, at: datetime, query: Query | None, reply: Reply | None, shown_from: datetime | None
) -> Handoff:
    handoff = Handoff(
        query_id=query.id if query else None,
        reply_id=reply.id if reply else None,
        team=need.team,
        reason=need.reason,
        sentence=need.sentence,
        note=need.note,
        priority=need.priority,
        opened_at=at,
        shown_from=shown_from,
        due_at=shown_from or at,
    )
    session.add(handoff)
    return handoff


def _same(need: Need, query: Query | None) -> tuple[ColumnElement[bool], ...]:
    about = (Handoff.reason == need.reason, Handoff.reply_id.is_(None), Handoff.closed_at.is_(None))
    if query is not None:
        return (*about, Handoff.query_id == query.id, Handoff.team == need.team)
    return (*about, Handoff.query_id.is_(None), Handoff.sentence == need.sentence)


def shown_at(now: datetime) -> ColumnElement[bool]:
    """The handoffs that work lists show: those that do not wait for more of the same."""
    return or_(Handoff.shown_from.is_(None), Handoff.shown_from <= now)


def is_on_a_list(session: Session, query: Query) -> bool:
    """Whether anybody has work with this query; a parked call is nobody's."""
    session.flush()
    mine = (Handoff.query_id == query.id, Handoff.closed_at.is_(None), Handoff.clock != ClockState.PARKED)
    return session.scalar(select(Handoff.id).where(*mine).limit(1)) is not None


def last_team(session: Session, query: Query) -> Team | None:
    """Who had this query in hand last, or None."""
    had = select(Handoff.team).where(Handoff.query_id == query.id).order_by(Handoff.opened_at.desc(), Handoff.id.desc())
    return session.scalar(had.limit(1))


def close_house_handoff(session: Session, need: Need, at: datetime, because: str, by: Principal) -> None:
    """What such a handoff was about is settled."""
    _close_house(session, at, because, by.name, Handoff.reason == need.reason, Handoff.sentence == need.sentence)


def close_house_handoffs(session: Session, reason: Reason, at: datetime, because: str) -> None:
    """What the house itself needed people for is over."""
    _close_house(session, at, because, "system", Handoff.reason == reason)


def _close_house(session: Session, at: datetime, because: str, by: str, *which: ColumnElement[bool]) -> None:
    of_the_house = (Handoff.query_id.is_(None), Handoff.reply_id.is_(None), Handoff.closed_at.is_(None))
    session.execute(
        update(Handoff).where(*which, *of_the_house).values(closed_at=at, closed_by=by, closed_because=because[:80])
    )


def close_handoffs(
    session: Session,
    query: Query,
    at: datetime,
    because: str,
    *,
    by: str = "system",
    teams: Collection[Team] = (),
    reasons: Collection[Reason] = (),
    but: Collection[Reason] = (),
    parked: bool = True,
) -> int:
    """Close the open handoffs of a query: all, or those of the given teams or reasons, `but` some; returns how many.

    `parked`: parked calls too.
    """
    where = [Handoff.query_id == query.id, Handoff.closed_at.is_(None)]
    if not parked:
        where.append(Handoff.clock != ClockState.PARKED)
    if teams:
        where.append(Handoff.team.in_(teams))
    if reasons:
        where.append(Handoff.reason.in_(reasons))
    if but:
        where.append(Handoff.reason.not_in(but))
    session.flush()
    closed = session.execute(
        update(Handoff)
        .where(*where)
        .values(closed_at=at, closed_by=by, closed_because=because[:80])
        .returning(Handoff.id, Handoff.call_id)
    ).all()
    joint_calls.settle(session, (row.call_id for row in closed), at, by, because)
    return len(closed)
