"""Showing a sender's whole number: to somebody with a reason, and never without a row that says so."""

from uuid import UUID

from notifier.domain.errors import Invalid, NotFound
from notifier.domain.permissions import Principal
from notifier.service.context import Context
from notifier.storage.models import NumberView, Query

_LONGEST_REASON = 300


def reveal_number(ctx: Context, query_id: UUID, principal: Principal, because: str) -> str:
    """The number; who saw it and why is kept. Raises Invalid without a reason, NotFound."""
    because = because.strip()
    if not because or len(because) > _LONGEST_REASON:
        raise Invalid.one("because", "is missing or too long.", "Say in a few words why you need the number.")
    with ctx.database.begin() as session:
        query = session.get(Query, query_id)
        if query is None:
            raise NotFound("There is no such query.")
        at = ctx.clock.business(session)
        session.add(NumberView(query_id=query_id, viewer=principal.name, because=because, at=at))
        return query.mobile or query.mobile_given
