"""News about an item rather than a query: customs says it must not be loaded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, func, select

from notifier.domain.item import read_item
from notifier.domain.lifecycle import Event, Outcome, State
from notifier.domain.permissions import Principal
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.service.resolution import Deed, Done, finish_query
from notifier.storage.models import ItemEvent, Query, Round

_LOOKED_BACK = timedelta(minutes=10)  # longer than any transaction of ours


@dataclass(frozen=True)
class Stopped:
    """An item under do-not-load, and the open queries that closed with it."""

    item_id: str
    closed: tuple[Done, ...]


def do_not_load(ctx: Context, raw_item_id: str, principal: Principal, *, preview: bool = False) -> Stopped:
    """Note the stop, close the open queries on the item, and tell staff at once. Saying it twice is fine.
    A preview does the very same and keeps none of it.

    Raises Invalid for a wrong item number.
    """
    item_id = read_item(raw_item_id)
    with ctx.database.begin() as session:
        at = ctx.clock.business(session)
        session.add(ItemEvent(item_id=item_id, event=Event.DO_NOT_LOAD.value, actor=principal.name, at=at))
        open_queries = session.scalars(
            select(Query)
            .where(Query.item_id == item_id, Query.state != State.CLOSED)
            .order_by(Query.id)
            .with_for_update(key_share=True)
        ).all()
        closed = []
        for query in open_queries:
            deed = _stop(Deed(session, ctx, query, principal, at))
            closed.append(Done(query.id, query.code, query.state, query.outcome, tuple(deed.consequences), preview))
        if not closed:
            sentence = f"Customs stopped item {item_id}, of which no open query is known: hold it back from dispatch."
            open_handoff(session, Need(Team.STAFF, Reason.DO_NOT_LOAD, sentence, 1), at)
        if preview:
            session.rollback()
        return Stopped(item_id, tuple(closed))


def _stop(deed: Deed) -> Deed:
    finish_query(deed, Event.DO_NOT_LOAD, Outcome.DO_NOT_LOAD)
    need = Need(Team.STAFF, Reason.DO_NOT_LOAD, "Customs stopped this item: hold it back from dispatch.", 1)
    open_handoff(deed.session, need, deed.at, query=deed.query)
    return deed


def stop_what_slipped_by(ctx: Context) -> int:
    """Close queries whose intake, or correction, was under way in the very moment in which their item was stopped.

    Neither of the two transactions saw the other one. Returns how many there were.
    """
    with ctx.database.read() as session:
        slipped = session.execute(_slipped(ctx.clock.business(session))).all()
    return sum(_stop_late(ctx, query_id, actor) for query_id, actor in slipped)


def _slipped(at: datetime) -> Select[UUID, str]:
    """Queries that wait for the sender, with who stopped their item: whatever saw the stop asked nobody.

    What staff asked again since then, they asked anyway.
    """
    return (
        select(Query.id, func.max(ItemEvent.actor))
        .join(Query, Query.item_id == ItemEvent.item_id)
        .join(Round, and_(Round.query_id == Query.id, Round.number == Query.round_number))
        .where(
            ItemEvent.event == Event.DO_NOT_LOAD,
            ItemEvent.at > at - _LOOKED_BACK,
            Query.state.in_((State.RECEIVED, State.AWAITING_REPLY)),
            Round.reason != Event.ASKED_AGAIN,
        )
        .group_by(Query.id)
    )


def _stop_late(ctx: Context, query_id: UUID, actor: str) -> bool:
    with ctx.database.begin() as session:
        query = session.get_one(Query, query_id, with_for_update={"key_share": True})
        if query.state not in (State.RECEIVED, State.AWAITING_REPLY):
            return False
        _stop(Deed(session, ctx, query, Principal(actor, None), ctx.clock.business(session)))
        return True
