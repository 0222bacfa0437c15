"""One person as a phone: every query of it, what it was texted and wrote, and what keeps texts from it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from notifier.domain.errors import NotFound
from notifier.service.context import Context
from notifier.service.lookups import Excerpt, excerpt
from notifier.service.numbers import NumberSeen, see_phone
from notifier.storage.models import Query, Reply, Text

_MOST_SHOWN = 50  # of each kind, the newest


@dataclass(frozen=True, repr=False)
class PhoneStory:
    """By way of one of its queries: the newest first, at most _MOST_SHOWN of each. fares: None without a mobile."""

    query: Query
    queries: Excerpt
    texts: Excerpt
    replies: Excerpt
    fares: NumberSeen | None
    now: datetime


def read_phone_story(ctx: Context, query_id: UUID) -> PhoneStory:
    """Raises NotFound; a query without a number that can be texted stands alone."""
    phone = select(Query.mobile_hash).where(Query.id == query_id).scalar_subquery()
    with ctx.database.read() as session:
        queries = _newest(session, select(Query).where(Query.mobile_hash == phone).order_by(Query.id.desc()))
        query = next((one for one in queries.rows if one.id == query_id), None) or session.get(Query, query_id)
        if query is None:
            raise NotFound("There is no such query.")
        if query.mobile_hash is None:
            nothing = Excerpt(())
            return PhoneStory(query, Excerpt([query]), nothing, nothing, None, ctx.clock.business(session))
        texted = select(Text).where(Text.recipient_hash == query.mobile_hash).order_by(Text.id.desc())
        wrote = select(Reply).where(Reply.phone_hash == query.mobile_hash).order_by(Reply.id.desc())
        texts, replies = _newest(session, texted), _newest(session, wrote)
    fares = see_phone(ctx, query.mobile_hash, query)
    return PhoneStory(query, queries, texts, replies, fares, fares.at)


def _newest(session: Session, rows: Select[Any]) -> Excerpt:
    return excerpt(session.scalars(rows.limit(_MOST_SHOWN + 1)).all(), _MOST_SHOWN)
