"""Showing a sender's whole number: to somebody with a reason, and never without a row that says so."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid, NotFound
from notifier.domain.permissions import Principal
from notifier.service.context import Context
from notifier.storage.models import Handoff, NumberView, Query, Reply

_LONGEST_REASON = 300


def reveal_number(ctx: Context, query_id: UUID, principal: Principal, because: str) -> str:
    """The number of a query's sender; who saw it and why is kept. Raises Invalid without a reason, NotFound."""
    because = _checked(because)
    with ctx.database.begin() as session:
        query = session.get(Query, query_id)
        if query is None:
            raise NotFound("There is no such query.")
        return _shown(session, ctx, query, principal, because)


def reveal_caller(ctx: Context, handoff_id: UUID, principal: Principal, because: str) -> str:
    """The number that a handoff is about: of its query, of a joint call's person, or of whoever wrote its reply.

    Raises Invalid without a reason, NotFound: also for a handoff that is about no phone.
    """
    because = _checked(because)
    with ctx.database.begin() as session:
        handoff = session.get(Handoff, handoff_id)
        about = _about(session, handoff) if handoff is not None else None
        if about is None:
            raise NotFound("There is no such handoff about a phone.")
        return _shown(session, ctx, about, principal, because)


def _checked(because: str) -> str:
    because = because.strip()
    if not because or len(because) > _LONGEST_REASON:
        raise Invalid.one("because", "is missing or too long.", "Say in a few words why you need the number.")
    return because


def _about(session: Session, handoff: Handoff) -> Query | Reply | None:
    if handoff.phone_hash is not None:
        return session.scalars(select(Query).where(Query.mobile_hash == handoff.phone_hash).limit(1)).first()
    if handoff.query_id is not None:
        return session.get(Query, handoff.query_id)
    return session.get(Reply, handoff.reply_id) if handoff.reply_id is not None else None


def _shown(session: Session, ctx: Context, about: Query | Reply, principal: Principal, because: str) -> str:
    seen = {"query_id": about.id} if isinstance(about, Query) else {"reply_id": about.id}
    at = ctx.clock.business(session)
    session.add(NumberView(**seen, viewer=principal.name, because=because, at=at))
    return (about.mobile or about.mobile_given) if isinstance(about, Query) else about.phone
