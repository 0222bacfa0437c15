"""A reply that people look at: what it says, and which queries of its phone it may be about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from notifier.domain.errors import NotFound
from notifier.domain.query_code import is_code
from notifier.service.context import Context
from notifier.service.routing import candidates
from notifier.storage.models import Query, Reply


@dataclass(frozen=True, repr=False)
class ReplySeen:
    """The reply, the query it stands at now (None: at none), those it may be about, and business time."""

    reply: Reply
    query: Query | None
    candidates: Sequence[Query]
    now: datetime


def see_reply(ctx: Context, reply_id: UUID) -> ReplySeen:
    """One look. Raises NotFound."""
    with ctx.database.read() as session:
        reply = session.get(Reply, reply_id)
        if reply is None:
            raise NotFound("There is no such reply.")
        now = ctx.clock.business(session)
        here = session.get(Query, reply.query_id) if reply.query_id else None
        others = [query for query in candidates(session, reply.phone_hash, now) if query.id != reply.query_id]
        return ReplySeen(reply, here, others, now)


def find_by_code(ctx: Context, typed: str) -> UUID | None:
    """The query with this reference, as people type it; None when there is none."""
    code = typed.strip().upper().partition("-")[0]
    if not is_code(code):
        return None
    with ctx.database.read() as session:
        return session.scalar(select(Query.id).where(Query.code == code))
