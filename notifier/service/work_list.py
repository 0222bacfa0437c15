"""The liaison desk's list: open queries by what is due first, closed ones by the newest; a page by keyset."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from notifier.domain.errors import Invalid
from notifier.domain.lifecycle import State
from notifier.service.context import Context
from notifier.service.lookups import Filters, list_queries, where_of
from notifier.storage.models import Query

_EXPORTED_AT_ONCE = 500


@dataclass(frozen=True)
class Place:
    """Where a page begins: behind this time and id, whatever became of that row since. due_at: None in other orders."""

    due_at: datetime | None
    id: UUID

    def __str__(self) -> str:
        return f"{self.due_at.timestamp() if self.due_at else ''}~{self.id}"


def read_place(raw: str) -> Place | None:
    """A place as an address holds it, or None for the first page. Raises Invalid."""
    if not raw:
        return None
    stamp, _, name = raw.partition("~")
    try:
        return Place(datetime.fromtimestamp(float(stamp), UTC) if stamp else None, UUID(name))
    except (ValueError, OverflowError, OSError):
        raise Invalid.one("after", "is no page.", "Begin with the first page.") from None


@dataclass(frozen=True)
class WorkPage:
    """Rows, where the next page begins (None: these are the last), and business time as of the reading."""

    rows: Sequence[Query]
    cursor: Place | None
    now: datetime


def list_work(ctx: Context, filters: Filters, limit: int, after: Place | None = None) -> WorkPage:
    """One page. A row whose time changes meanwhile may be shown twice."""
    if filters.state is State.CLOSED or _names_one(filters):
        page = list_queries(ctx, filters, limit, after.id if after else None)
        with ctx.database.read() as session:
            following = Place(None, page.next_after) if page.next_after else None
            return WorkPage(page.rows, following, ctx.clock.business(session))
    where = [Query.state != State.CLOSED, *where_of(ctx, filters)]
    with ctx.database.read() as session:
        if after is not None and after.due_at is not None:
            later = and_(Query.next_due_at == after.due_at, Query.id > after.id)
            where.append(or_(Query.next_due_at > after.due_at, later))
        statement = select(Query).where(*where).order_by(Query.next_due_at, Query.id).limit(limit + 1)
        rows = session.scalars(statement).all()
        now = ctx.clock.business(session)
    last = rows[limit - 1] if len(rows) > limit else None
    return WorkPage(rows[:limit], Place(last.next_due_at, last.id) if last else None, now)


def _names_one(filters: Filters) -> bool:
    """Whoever types a reference looks for it, be it open or closed."""
    named = (filters.code, filters.item_id, filters.referral_reference, filters.last4, filters.mobile)
    return filters.state is None and any(value is not None for value in named)


def export_work(ctx: Context, filters: Filters) -> Iterator[Query]:
    """Every row of the list, read page by page: no more than one is in memory."""
    after: Place | None = None
    while True:
        page = list_work(ctx, filters, _EXPORTED_AT_ONCE, after)
        yield from page.rows
        if page.cursor is None:
            return
        after = page.cursor
