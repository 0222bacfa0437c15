"""The hotline's list: open work for people, what presses most first; a page by keyset.

Most pressing: by priority, which rises as clocks ring, and of one priority by the time that is left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.handoffs import Reason, shown_at
from notifier.service.joint_calls import stands_alone
from notifier.service.lookups import Filters, where_of
from notifier.storage.models import Handoff, Query
from notifier.storage.models.people import ClockState

_EXPORTED_AT_ONCE = 500
MOST_PRESSING = (Handoff.priority, Handoff.due_at, Handoff.id)


@dataclass(frozen=True)
class Wanted:
    """What a page is narrowed to; None = anything. holder: claimed by this person now; `of_queries`: by their query."""

    team: Team | None = None
    reason: Reason | None = None
    holder: str | None = None
    unclaimed: bool = False
    of_queries: Filters | None = None


@dataclass(frozen=True)
class Work:
    """One row. `held_by`: who holds it now; `items`: of a joint call, how many queries are open in it."""

    id: UUID
    team: Team
    reason: Reason
    priority: int
    due_at: datetime
    opened_at: datetime
    rests: bool
    held_by: str | None
    held_until: datetime | None
    query_id: UUID | None
    code: str | None
    item_id: str | None
    authority: str | None
    deadline_at: datetime | None
    items: int | None


@dataclass(frozen=True)
class HandoffPage:
    """Rows, where the next page begins (None: these are the last), and business time as of the reading."""

    rows: Sequence[Work]
    cursor: UUID | None
    now: datetime


def list_work(ctx: Context, wanted: Wanted, limit: int, after: UUID | None = None) -> HandoffPage:
    """One page. What becomes more pressing meanwhile may be shown twice. Raises Invalid for a strange cursor."""
    with ctx.database.read() as session:
        now, wall = ctx.clock.business(session), ctx.clock.wall()
        where = [*listed(now), *_where(ctx, wanted, wall)]
        if after is not None:
            where.append(_behind(session, after))
        statement = select(Handoff, Query).outerjoin(Query, Query.id == Handoff.query_id).where(*where)
        found = session.execute(statement.order_by(*MOST_PRESSING).limit(limit + 1)).all()
        items = _items(session, [row[0].id for row in found if row[0].phone_hash is not None])
    rows = [_work(row[0], row[1], items, wall) for row in found[:limit]]
    return HandoffPage(rows, rows[-1].id if len(found) > limit else None, now)


def export_handoffs(ctx: Context, wanted: Wanted) -> Iterator[Work]:
    """Every row of the list, read page by page: no more than one is in memory."""
    after: UUID | None = None
    while True:
        page = list_work(ctx, wanted, _EXPORTED_AT_ONCE, after)
        yield from page.rows
        if page.cursor is None:
            return
        after = page.cursor


def listed(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What stands on the list at this business time: open, whole, and not put off until later."""
    return Handoff.closed_at.is_(None), stands_alone(), shown_at(now)


def free_at(wall: datetime) -> ColumnElement[bool]:
    """Nobody holds it: a claim that was not renewed is over."""
    return or_(Handoff.claimed_until.is_(None), Handoff.claimed_until < wall)


def _where(ctx: Context, wanted: Wanted, wall: datetime) -> list[ColumnElement[bool]]:
    where = narrowed(ctx, wanted)
    if wanted.holder is not None:
        where += [Handoff.claimed_by == wanted.holder, Handoff.claimed_until >= wall]
    if wanted.unclaimed:
        where.append(free_at(wall))
    return where


def narrowed(ctx: Context, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What the wanted work is, whoever holds it."""
    where: list[ColumnElement[bool]] = []
    if wanted.team is not None:
        where.append(Handoff.team == wanted.team)
    if wanted.reason is not None:
        where.append(Handoff.reason == wanted.reason)
    if wanted.of_queries is not None:
        named = select(Query.id).where(*where_of(ctx, wanted.of_queries))
        calls = select(Handoff.call_id).where(Handoff.query_id.in_(named), Handoff.call_id.is_not(None))
        where.append(or_(Handoff.query_id.in_(named), Handoff.id.in_(calls)))
    return where


def _behind(session: Session, handoff_id: UUID) -> ColumnElement[bool]:
    last = session.get(Handoff, handoff_id)
    if last is None:
        raise Invalid.one("after", "is not on the list any more.", "Begin with the first page.")
    later = or_(Handoff.due_at > last.due_at, and_(Handoff.due_at == last.due_at, Handoff.id > last.id))
    return or_(Handoff.priority > last.priority, and_(Handoff.priority == last.priority, later))


def _items(session: Session, call_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many queries these joint calls are about; an index holds the parts of each."""
    if not call_ids:
        return {}
    about = func.count(Handoff.query_id.distinct())
    open_parts = (Handoff.call_id.in_(call_ids), Handoff.closed_at.is_(None))
    counted = session.execute(select(Handoff.call_id, about).where(*open_parts).group_by(Handoff.call_id))
    return {call_id: number for call_id, number in counted if call_id is not None}


def _work(handoff: Handoff, query: Query | None, items: dict[UUID, int], wall: datetime) -> Work:
    held = handoff.claimed_until is not None and handoff.claimed_until >= wall
    return Work(
        id=handoff.id,
        team=handoff.team,
        reason=Reason(handoff.reason),
        priority=handoff.priority,
        due_at=handoff.due_at,
        opened_at=handoff.opened_at,
        rests=handoff.clock is ClockState.PARKED,
        held_by=handoff.claimed_by if held else None,
        held_until=handoff.claimed_until if held else None,
        query_id=handoff.query_id,
        code=query.code if query else None,
        item_id=query.item_id if query else None,
        authority=query.authority if query else None,
        deadline_at=query.deadline_at if query else None,
        items=items.get(handoff.id, 0) if handoff.phone_hash is not None else None,
    )
