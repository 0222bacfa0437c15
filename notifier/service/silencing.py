"""Putting a phone on the list of those that get no texts: one way in, for replies, the carrier, the hotline and staff.

Whatever said so, the phone's open queries go to people, what has not left is taken back, and the entry keeps its
evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid, NotFound
from notifier.domain.lifecycle import Effect, Event, State, decide
from notifier.domain.permissions import Principal
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_call
from notifier.service.joint_calls import open_parts
from notifier.service.parking import restore_calls
from notifier.service.phones import Evidence, phone_hash, suppress
from notifier.service.taking_on import Finished, finish_within
from notifier.service.transitions import record
from notifier.service.windows import cancel_waiting_texts
from notifier.storage.models import Handoff, Query, Reply, Suppression
from notifier.storage.models.people import SuppressionReason


@dataclass(frozen=True)
class TakeOver:
    """How the open queries of a phone go to people: what happened to each, and what there is to do."""

    event: Event
    needs: tuple[Need, ...]


TAKE_OVERS: Mapping[SuppressionReason, TakeOver] = {
    SuppressionReason.OPTED_OUT: TakeOver(
        Event.SENDER_OPTED_OUT,
        (
            Need(
                Team.HOTLINE,
                Reason.OPTED_OUT,
                "The sender wants no texts: call, and ask by phone what customs asked.",
                priority=2,
            ),
        ),
    ),
    SuppressionReason.WRONG_NUMBER: TakeOver(
        Event.NUMBER_WRONG,
        (
            Need(
                Team.HOTLINE,
                Reason.WRONG_NUMBER,
                "Whoever has this phone says the number is wrong: find the sender's number, and correct the query.",
                priority=2,
            ),
        ),
    ),
    SuppressionReason.PREFERS_CALLS: TakeOver(
        Event.CALLS_PREFERRED,
        (
            Need(
                Team.HOTLINE,
                Reason.PREFERS_CALLS,
                "The sender prefers calls to texts: call, and ask what customs asked.",
                priority=2,
            ),
        ),
    ),
}


@dataclass(frozen=True)
class Added:
    """An entry in force; `new` False: it was there already. `taken_over`: how many open queries went to people."""

    suppression: Suppression
    new: bool
    taken_over: int


def take_over(
    session: Session,
    ctx: Context,
    mobile_hash: str,
    how: TakeOver,
    at: datetime,
    actor: Principal,
    detail: dict[str, Any],
    *,
    always: bool = True,
) -> int:
    """Let people have every open query of a phone; returns how many moved. `always`: also tell those who have it.

    It comes before the list's own row is written: queries are locked first, as everywhere.
    """
    moved = 0
    for query_id in _open_on(session, mobile_hash):
        query = session.get_one(Query, query_id, with_for_update={"key_share": True}, populate_existing=True)
        if query.state is State.CLOSED:
            continue
        moves = decide(query.state, how.event).effect is Effect.MOVE
        due = at + ctx.people.handoff_within if moves else None
        record(session, query, how.event, at=at, actor=actor, due_at=due, detail=detail)
        cancel_waiting_texts(session, query)
        if moves:
            restore_calls(session, ctx, query, at, how.event.value)
        moved += moves
        for need in how.needs if moves or always else ():
            open_call(session, ctx, need, at, query)
    return moved


def _open_on(session: Session, mobile_hash: str) -> list[UUID]:
    """In a fixed order, so that two such pieces of news never wait for each other."""
    return list(
        session.scalars(
            select(Query.id).where(Query.mobile_hash == mobile_hash, Query.state != State.CLOSED).order_by(Query.id)
        )
    )


def add_by_number(ctx: Context, e164: str, reason: SuppressionReason, principal: Principal, because: str) -> Added:
    """Staff put a phone on the list, with their reason."""
    evidence = Evidence("a colleague's word", by=principal.name, because=because)
    with ctx.database.begin() as session:
        return _add(session, ctx, phone_hash(ctx.database.keyring, e164), reason, evidence, principal)


def add_by_query(ctx: Context, query_id: UUID, reason: SuppressionReason, principal: Principal, because: str) -> Added:
    """The same for a query's present number, which nobody needs to know. Raises NotFound, Invalid."""
    evidence = Evidence("a colleague's word", by=principal.name, because=because)
    with ctx.database.begin() as session:
        query = session.get(Query, query_id)
        if query is None:
            raise NotFound("There is no such query.")
        if query.mobile_hash is None:
            raise Invalid.one("query_id", "has no number that could be texted.", "Nothing is texted to it anyway.")
        return _add(session, ctx, query.mobile_hash, reason, evidence, principal)


def finish_call(
    ctx: Context, handoff_id: UUID, principal: Principal, because: str, reason: SuppressionReason
) -> tuple[Finished, Added]:
    """A handoff is done, and in its call something was said of the phone. Both or neither. Raises as `finish` does."""
    with ctx.database.begin() as session:
        # What the list itself hands to the hotline is not done with this call.
        parts = open_parts(session, handoff_id)
        added = add_in_call(session, ctx, handoff_id, principal, because, reason)
        return finish_within(session, ctx, handoff_id, principal, because, parts), added


def add_in_call(
    session: Session, ctx: Context, handoff_id: UUID, principal: Principal, because: str, reason: SuppressionReason
) -> Added:
    """What was said of the phone in a handoff's call, inside the caller's transaction. Raises NotFound, Invalid."""
    handoff = session.get(Handoff, handoff_id)
    if handoff is None:
        raise NotFound("There is no such handoff.")
    mobile_hash = _phone_of(session, handoff)
    if mobile_hash is None:
        raise Invalid.one("suppress", "this handoff is about no phone that is texted.", "Leave it out.")
    evidence = Evidence("said in a call", by=principal.name, handoff_id=handoff_id, because=because)
    return _add(session, ctx, mobile_hash, reason, evidence, principal)


def _phone_of(session: Session, handoff: Handoff) -> str | None:
    if handoff.query_id is not None:
        return session.get_one(Query, handoff.query_id).mobile_hash
    if handoff.phone_hash is not None:
        return handoff.phone_hash
    return session.get_one(Reply, handoff.reply_id).phone_hash if handoff.reply_id is not None else None


def _add(
    session: Session,
    ctx: Context,
    mobile_hash: str,
    reason: SuppressionReason,
    evidence: Evidence,
    principal: Principal,
) -> Added:
    at = ctx.clock.business(session)
    in_force = select(Suppression).where(
        Suppression.phone_hash == mobile_hash, Suppression.reason == reason, Suppression.lifted_at.is_(None)
    )
    known = session.scalar(in_force)
    if known is not None:
        return Added(known, new=False, taken_over=0)
    how, detail = TAKE_OVERS[reason], {"suppressed": reason.value}
    # Whoever is told already has the query in hand: only what still waited for the sender becomes work.
    moved = take_over(session, ctx, mobile_hash, how, at, principal, detail, always=False)
    new = suppress(session, mobile_hash, reason, evidence, at)
    return Added(session.scalars(in_force).one(), new=new, taken_over=moved)
