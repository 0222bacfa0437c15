"""News about an item rather than a query: customs says it must not be loaded."""

from dataclasses import dataclass

from sqlalchemy import select

from notifier.domain.item import read_item
from notifier.domain.lifecycle import Event, Outcome, State
from notifier.domain.permissions import Principal
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_handoff, open_house_handoff
from notifier.service.resolution import Deed, Done, finish_query
from notifier.storage.models import ItemEvent, Query


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
            .with_for_update()
        ).all()
        closed = []
        for query in open_queries:
            deed = Deed(session, ctx, query, principal, at)
            finish_query(deed, Event.DO_NOT_LOAD, Outcome.DO_NOT_LOAD)
            need = Need(Team.STAFF, Reason.DO_NOT_LOAD, "Customs stopped this item: hold it back from dispatch.", 1)
            open_handoff(session, need, at, query=query)
            closed.append(Done(query.id, query.code, query.state, query.outcome, tuple(deed.consequences), preview))
        if not closed:
            sentence = f"Customs stopped item {item_id}, of which no open query is known: hold it back from dispatch."
            open_house_handoff(session, Need(Team.STAFF, Reason.DO_NOT_LOAD, sentence, 1), at)
        if preview:
            session.rollback()
        return Stopped(item_id, tuple(closed))
