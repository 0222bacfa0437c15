"""Phones that must not be texted, as staff see them: listed, found by their number, and let go with a reason.

A sender takes back a stop, or a wish for calls, by START. A number that was called wrong has no such way: whoever has
the phone now, or the sender who pressed the wrong key, tells the post. Entries are lifted, never deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict, NotFound
from notifier.domain.permissions import Principal
from notifier.service.context import Context
from notifier.service.lookups import Page
from notifier.service.phones import phone_hash
from notifier.service.reasons import checked_reason
from notifier.storage.models import Query, Suppression
from notifier.storage.models.people import SuppressionReason

_CONSEQUENCES = {
    SuppressionReason.WRONG_NUMBER: "This number is no longer taken for a wrong one.",
    SuppressionReason.OPTED_OUT: "The stop is lifted: only the sender's own wish to get texts again justifies that.",
    SuppressionReason.PREFERS_CALLS: "The phone is asked by text again: only the sender's own wish justifies that.",
}
_NOTHING_BY_ITSELF = (
    "Nothing goes out by itself: what people took over stays with them, and they may ask again by text."
)
_OTHERS = "The phone is on the list for another reason too, so it still gets no text."


@dataclass(frozen=True)
class Lifted:
    """A suppression that is lifted at this business time, or would be, and what that leads to."""

    suppression: Suppression
    consequences: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class SuppressionFilters:
    """What a page of the list is narrowed to; None = anything. `old`: so old that the number may have a new owner."""

    reason: SuppressionReason | None = None
    in_force: bool | None = None
    old: bool | None = None


def list_suppressions(ctx: Context, filters: SuppressionFilters, limit: int, after: UUID | None = None) -> Page:
    """One page of the list by keyset, the newest entries first; numbers stand nowhere in it."""
    with ctx.database.read() as session:
        where = _where(filters, ctx.clock.business(session) - ctx.numbers.old_after)
        if after is not None:
            where.append(Suppression.id < after)
        newest = select(Suppression).where(*where).order_by(Suppression.id.desc()).limit(limit + 1)
        rows = session.scalars(newest).all()
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def _where(filters: SuppressionFilters, old_before: datetime) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if filters.reason is not None:
        where.append(Suppression.reason == filters.reason)
    if filters.in_force is not None:
        where.append(Suppression.lifted_at.is_(None) if filters.in_force else Suppression.lifted_at.is_not(None))
    if filters.old is not None:
        where.append(
            Suppression.created_at < old_before if filters.old else Suppression.created_at >= old_before,
        )
    return where


def find_suppressions(ctx: Context, e164: str) -> Sequence[Suppression]:
    """What keeps texts from a phone now, oldest first; nothing when it may be texted."""
    with ctx.database.read() as session:
        return session.scalars(_in_force(phone_hash(ctx.database.keyring, e164))).all()


def _in_force(mobile_hash: str) -> Select[Suppression]:
    return (
        select(Suppression)
        .where(Suppression.phone_hash == mobile_hash, Suppression.lifted_at.is_(None))
        .order_by(Suppression.id)
    )


def before_lifting(ctx: Context, query_id: UUID, suppression_id: UUID) -> Lifted:
    """An entry about the phone of this query, and what lifting it would lead to. Raises as `lift_suppression`."""
    of_query = select(Query.mobile_hash).where(Query.id == query_id).scalar_subquery()
    with ctx.database.read() as session:
        entry = select(Suppression).where(Suppression.id == suppression_id, Suppression.phone_hash == of_query)
        return _told(session, _liftable(session.scalar(entry)), ctx.clock.business(session))


def lift_suppression(ctx: Context, suppression_id: UUID, principal: Principal, because: str) -> Lifted:
    """Let texts go to the phone again, as far as this kept them.

    Raises Invalid without a reason, NotFound, Conflict when it is lifted.
    """
    because = checked_reason(because)
    with ctx.database.begin() as session:
        found = _liftable(session.get(Suppression, suppression_id, with_for_update={"key_share": True}))
        at = ctx.clock.business(session)
        found.lifted_at, found.lifted_by, found.lifted_because = at, principal.name, because
        session.flush()
        return _told(session, found, at)


def _liftable(found: Suppression | None) -> Suppression:
    if found is None:
        raise NotFound("There is no such suppression.")
    if found.lifted_at is not None:
        raise Conflict("This suppression is lifted already.")
    return found


def _told(session: Session, entry: Suppression, at: datetime) -> Lifted:
    left = session.scalars(_in_force(entry.phone_hash).where(Suppression.id != entry.id)).all()
    consequences = (_CONSEQUENCES[entry.reason], _OTHERS if left else _NOTHING_BY_ITSELF)
    return Lifted(entry, consequences, at)
