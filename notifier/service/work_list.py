"""The liaison desk's list: open queries by what is due first, closed ones by the newest; a page by keyset."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid
from notifier.domain.lifecycle import State
from notifier.service.context import Context
from notifier.service.lookups import Filters, list_queries, where_of
from notifier.storage.models import Query

_EXPORTED_AT_ONCE = 500


@dataclass(frozen=True)
class WorkPage:
    """Rows, where the next page begins (None: these are the last), and business time as of the reading."""

    rows: Sequence[Query]
    cursor: UUID | None
    now: datetime


def list_work(ctx: Context, filters: Filters, limit: int, after: UUID | None = None) -> WorkPage:
    """One page. A row whose time changes meanwhile may be shown twice. Raises Invalid for a strange cursor."""
    if filters.state is State.CLOSED or _names_one(filters):
        page = list_queries(ctx, filters, limit, after)
        with ctx.database.read() as session:
            return WorkPage(page.rows, page.next_after, ctx.clock.business(session))
    where = [Query.state != State.CLOSED, *where_of(ctx, filters)]
    with ctx.database.read() as session:
        if after is not None:
            due_at = _due_of(session, after)
            where.append(or_(Query.next_due_at > due_at, and_(Query.next_due_at == due_at, Query.id > after)))
        statement = select(Query).where(*where).order_by(Query.next_due_at, Query.id).limit(limit + 1)
        rows = session.scalars(statement).all()
        now = ctx.clock.business(session)
    return WorkPage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None, now)


def _names_one(filters: Filters) -> bool:
    """Whoever types a reference looks for it, be it open or closed."""
    named = (filters.code, filters.item_id, filters.referral_reference, filters.last4, filters.mobile)
    return filters.state is None and any(value is not None for value in named)


def _due_of(session: Session, query_id: UUID) -> datetime | None:
    last = session.get(Query, query_id)
    if last is None or last.next_due_at is None:
        raise Invalid.one("cursor", "is not on the list any more.", "Begin with the first page.")
    return last.next_due_at


def export_work(ctx: Context, filters: Filters) -> Iterator[Query]:
    """Every row of the list, read page by page: no more than one is in memory."""
    after: UUID | None = None
    while True:
        page = list_work(ctx, filters, _EXPORTED_AT_ONCE, after)
        yield from page.rows
        if page.cursor is None:
            return
        after = page.cursor
