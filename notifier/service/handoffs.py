"""Work for people: opening, claiming, finishing. A machine that cannot decide opens one, with the next step."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict, NotFound
from notifier.domain.permissions import Principal
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.storage.models import Handoff, Query, Reply


class Reason(StrEnum):
    """Why people are needed."""

    SCREENING = "screening"
    NOT_BY_SMS = "not_by_sms"
    NUMBER_UNUSABLE = "number_unusable"
    NUMBER_SUPPRESSED = "number_suppressed"
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
    SENDER_DOUBTS = "sender_doubts"
    UNREADABLE_REPLY = "unreadable_reply"
    REVIEW_REPLY = "review_reply"
    LATE_REPLY = "late_reply"
    UNMATCHED_REPLY = "unmatched_reply"
    WHICH_QUERY = "which_query"
    CONFLICT = "conflict"
    STAFF_ASKED = "staff_asked"
    REOPENED = "reopened"
    ANSWER_REFUSED = "answer_refused"
    ANSWER_WAITS = "answer_waits"
    DO_NOT_LOAD = "do_not_load"
    QUARANTINED = "quarantined"
    SENDING_PAUSED = "sending_paused"
    WEBHOOK_REFUSED = "webhook_refused"


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
    session: Session, need: Need, at: datetime, *, query: Query | None = None, reply: Reply | None = None
) -> Handoff:
    """Open it, or find it open already: one open handoff for a query, team and reason (each reply has its own)."""
    if query is not None and reply is None:
        known = session.scalar(
            select(Handoff).where(
                Handoff.query_id == query.id,
                Handoff.team == need.team,
                Handoff.reason == need.reason,
                Handoff.reply_id.is_(None),
                Handoff.closed_at.is_(None),
            )
        )
        if known is not None:
            return known
    handoff = Handoff(
        query_id=query.id if query else None,
        reply_id=reply.id if reply else None,
        team=need.team,
        reason=need.reason,
        sentence=need.sentence,
        note=need.note,
        priority=need.priority,
        opened_at=at,
    )
    session.add(handoff)
    return handoff


def open_house_handoff(session: Session, need: Need, at: datetime) -> None:
    """A handoff about the house itself rather than a query; one open per reason and sentence is enough."""
    known = session.scalar(
        select(Handoff.id).where(
            Handoff.reason == need.reason,
            Handoff.sentence == need.sentence,
            Handoff.query_id.is_(None),
            Handoff.reply_id.is_(None),
            Handoff.closed_at.is_(None),
        )
    )
    if known is None:
        session.add(
            Handoff(
                team=need.team,
                reason=need.reason,
                sentence=need.sentence,
                priority=need.priority,
                opened_at=at,
            )
        )


def close_handoffs(
    session: Session,
    query: Query,
    at: datetime,
    because: str,
    *,
    by: str = "system",
    teams: tuple[Team, ...] = (),
    reasons: tuple[Reason, ...] = (),
) -> None:
    """Close the open handoffs of a query: all, or those of the given teams or reasons."""
    where = [Handoff.query_id == query.id, Handoff.closed_at.is_(None)]
    if teams:
        where.append(Handoff.team.in_(teams))
    if reasons:
        where.append(Handoff.reason.in_(reasons))
    session.flush()
    session.execute(update(Handoff).where(*where).values(closed_at=at, closed_by=by, closed_because=because[:80]))


def raise_priority(session: Session, query: Query) -> None:
    """Everything open on a query becomes one step more urgent, 1 at most."""
    session.flush()
    session.execute(
        update(Handoff)
        .where(Handoff.query_id == query.id, Handoff.closed_at.is_(None), Handoff.priority > 1)
        .values(priority=Handoff.priority - 1)
    )


def claim(ctx: Context, handoff_id: UUID, principal: Principal) -> Handoff:
    """Take a handoff for the claim's lease, or renew one's own. Raises NotFound, Conflict (who holds it)."""
    now = ctx.clock.wall()
    with ctx.database.begin() as session:
        taken = session.execute(
            update(Handoff)
            .where(
                Handoff.id == handoff_id,
                Handoff.closed_at.is_(None),
                or_(
                    Handoff.claimed_by.is_(None),
                    Handoff.claimed_by == principal.name,
                    Handoff.claimed_until < now,
                ),
            )
            .values(claimed_by=principal.name, claimed_until=now + ctx.people.claim_lease)
            .returning(Handoff.id)
        ).scalar()
        handoff = _existing(session, handoff_id)
        if taken is None:
            raise Conflict(_why_not(handoff))
        return handoff


def finish(ctx: Context, handoff_id: UUID, principal: Principal, because: str) -> Handoff:
    """The work is done. Raises NotFound, Conflict when it is closed or held by somebody else."""
    with ctx.database.begin() as session:
        handoff = _existing(session, handoff_id, lock=True)
        held = handoff.claimed_until is not None and handoff.claimed_until >= ctx.clock.wall()
        if handoff.closed_at is not None or (held and handoff.claimed_by != principal.name):
            raise Conflict(_why_not(handoff))
        handoff.closed_at = ctx.clock.business(session)
        handoff.closed_by = principal.name
        handoff.closed_because = because[:80]
        return handoff


def _existing(session: Session, handoff_id: UUID, lock: bool = False) -> Handoff:
    handoff = session.get(Handoff, handoff_id, with_for_update=lock, populate_existing=True)
    if handoff is None:
        raise NotFound("There is no such handoff.")
    return handoff


def _why_not(handoff: Handoff) -> str:
    if handoff.closed_at is not None:
        return "This handoff is closed already."
    return f"This handoff is held by {handoff.claimed_by}."
