"""One call for a person: the hotline's handoff about a phone, whose parts are the handoffs of that phone's queries.

Parts open, rest and close as handoffs do everywhere; they stand on no list of their own. The joint call rests while
all of its parts do, and closes with the last of them. Locks: queries, their handoffs, and the joint call last.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import State
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import Handoff, Query
from notifier.storage.models.base import new_id
from notifier.storage.models.people import ClockState

MANY_QUERIES = "many_queries"
LAST = 9  # the priority of what rests: behind everything that waits for somebody
_SENTENCE = "Customs asks about many items of one sender: call once, ask about each item listed, and note each answer."


def stands_alone() -> ColumnElement[bool]:
    """The handoffs that lists, counts and clocks know: not the parts of a joint call, which has one place and clock."""
    return Handoff.call_id.is_(None)


def whole_of(session: Session, handoff_id: UUID) -> UUID:
    """The joint call of a part; any other handoff is whole by itself."""
    of_part = session.scalar(select(Handoff.call_id).where(Handoff.id == handoff_id))
    return of_part or handoff_id


def joint_call_of(session: Session, phone_hash: str) -> UUID | None:
    """The open one of a phone, or None."""
    return session.scalar(select(Handoff.id).where(Handoff.phone_hash == phone_hash, Handoff.closed_at.is_(None)))


def call_person(session: Session, ctx: Context, phone_hash: str | None, at: datetime) -> None:
    """Open the joint call of a phone with too many open queries to be dealt with one by one, if none is open.

    The hotline's work about them becomes its parts; whoever holds some of that holds the joint call.
    A part must follow.
    """
    if phone_hash is None or joint_call_of(session, phone_hash) is not None:
        return
    of_phone = (Query.mobile_hash == phone_hash, Query.state != State.CLOSED)
    if (session.scalar(select(func.count(Query.id)).where(*of_phone)) or 0) <= ctx.numbers.queries_by_text:
        return
    row = {"id": new_id(), "phone_hash": phone_hash, "team": Team.HOTLINE, "reason": MANY_QUERIES}
    row |= {"sentence": _SENTENCE, "priority": 2, "opened_at": at, "due_at": at}
    if not insert_unless_there(session, Handoff, row):
        return  # Somebody else opened it in this moment.
    call = session.get_one(Handoff, row["id"])
    alone = select(Handoff).join(Query, Query.id == Handoff.query_id).where(*of_phone, *_to_be_part())
    # What somebody is changing right now is left to the sweep.
    mine = alone.order_by(Handoff.id).with_for_update(of=Handoff, key_share=True, skip_locked=True)
    for part in session.scalars(mine).all():
        _take_in(call, part, at)


def join(session: Session, part: Handoff, phone_hash: str, at: datetime) -> Handoff | None:
    """Make the hotline's work about a query part of its phone's joint call, while one is open; returns the call."""
    session.flush()
    call = session.scalar(
        select(Handoff)
        .where(Handoff.phone_hash == phone_hash, Handoff.closed_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if call is not None:
        _take_in(call, part, at)
    return call


def _take_in(call: Handoff, part: Handoff, at: datetime) -> None:
    part.call_id = call.id
    if part.clock is ClockState.PARKED:
        return
    # Whoever put the call off did not know of this; its deadline may be nearer than the next try.
    if call.clock is ClockState.PARKED or (call.shown_from is not None and call.shown_from > at):
        _resume(call, at)
    call.priority = min(call.priority, part.priority)
    if part.claimed_until is not None and (call.claimed_until is None or call.claimed_until < part.claimed_until):
        call.claimed_by, call.claimed_until = part.claimed_by, part.claimed_until


def settle(session: Session, call_ids: Iterable[UUID | None], at: datetime, by: str, because: str) -> None:
    """Parts were closed, parked or restored: close their joint calls, let them rest, or make them work again."""
    session.flush()
    for call_id in sorted({call_id for call_id in call_ids if call_id is not None}):
        call = session.get_one(Handoff, call_id, with_for_update={"key_share": True}, populate_existing=True)
        if call.closed_at is not None:
            continue
        clocks = set(session.scalars(select(Handoff.clock).where(*_open_parts(call_id))))
        if not clocks:
            call.closed_at, call.closed_by, call.closed_because = at, by, because[:80]
        elif clocks == {ClockState.PARKED} and call.clock is not ClockState.PARKED:
            call.clock, call.parked_at, call.priority_before = ClockState.PARKED, at, call.priority
            call.priority = LAST
        elif clocks != {ClockState.PARKED} and call.clock is ClockState.PARKED:
            _resume(call, at)


def _resume(call: Handoff, at: datetime) -> None:
    """As urgent as it was; the next sweep lets its clock start anew."""
    call.priority, call.priority_before = call.priority_before or call.priority, None
    call.clock, call.parked_at = ClockState.NEW, None
    call.shown_from = call.due_at = at


def open_parts(session: Session, handoff_id: UUID) -> list[UUID]:
    """Parts of a joint call that are not done; of any other handoff there are none."""
    return list(session.scalars(select(Handoff.id).where(*_open_parts(handoff_id)).order_by(Handoff.id)))


def end_parts(session: Session, part_ids: Collection[UUID], at: datetime, by: str, because: str) -> list[UUID]:
    """Whoever had the joint call in hand is done with these; returns the queries they were about."""
    if not part_ids:
        return []
    session.flush()
    ended = session.scalars(
        update(Handoff)
        .where(Handoff.id.in_(part_ids), Handoff.closed_at.is_(None))
        .values(closed_at=at, closed_by=by, closed_because=because[:80])
        .returning(Handoff.query_id)
    )
    return sorted({query_id for query_id in ended if query_id is not None})


def gather_strays(ctx: Context) -> int:
    """Work about a query that was opened in the very moment in which its phone's joint call was; returns how much."""
    call = select(Handoff.phone_hash).where(Handoff.phone_hash.is_not(None), Handoff.closed_at.is_(None))
    stray = select(Handoff.id).join(Query, Query.id == Handoff.query_id)
    with ctx.database.read() as session:
        known = (Query.mobile_hash.in_(call), Query.state != State.CLOSED)
        found = list(session.scalars(stray.where(*known, *_to_be_part()).limit(ctx.sweep_batch)))
    return sum(_gather(ctx, handoff_id) for handoff_id in found)


def _gather(ctx: Context, handoff_id: UUID) -> bool:
    with ctx.database.begin() as session:
        own = select(Handoff).where(Handoff.id == handoff_id, *_to_be_part())
        part = session.scalar(own.with_for_update(skip_locked=True, key_share=True))
        if part is None or part.query_id is None:
            return False
        phone_hash = session.scalars(select(Query.mobile_hash).where(Query.id == part.query_id)).one()
        return phone_hash is not None and join(session, part, phone_hash, ctx.clock.business(session)) is not None


def _open_parts(call_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Handoff.call_id == call_id, Handoff.closed_at.is_(None)


def _to_be_part() -> tuple[ColumnElement[bool], ...]:
    """The hotline's open work about a query; what a reply of unknown kind made belongs to nobody's call."""
    about_a_query = (Handoff.team == Team.HOTLINE, Handoff.reply_id.is_(None), Handoff.closed_at.is_(None))
    return *about_a_query, Handoff.call_id.is_(None)
