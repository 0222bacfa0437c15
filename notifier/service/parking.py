"""Parked calls: a reply that comes after people took over stops the call until staff have judged the reply.

Acceptance ends the call with everything else of its query. Rejecting the reply, asking again or handing the query on
gives the call back its priority, and a clock that starts anew. A call is parked only while its query is replied.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event
from notifier.domain.permissions import SYSTEM, Principal
from notifier.domain.types import Team
from notifier.service.clocks import wind_up
from notifier.service.context import Context
from notifier.service.handoffs import Reason
from notifier.service.joint_calls import LAST, settle
from notifier.service.transitions import record
from notifier.storage.models import Handoff, Query
from notifier.storage.models.people import ClockState

COMES_BACK = "The call that a reply had parked comes back to the hotline, as urgent as it was."


def park_calls(session: Session, query: Query, at: datetime) -> int:
    """Let the hotline's calls rest; returns how many. A claim on one stays, and shows that a reply came in."""
    session.flush()
    parked = session.scalars(
        update(Handoff)
        .where(
            Handoff.query_id == query.id,
            Handoff.team == Team.HOTLINE,
            # What no text may ask is not answered by a reply: the hotline still has to call.
            Handoff.reason != Reason.NOT_BY_SMS,
            Handoff.closed_at.is_(None),
            Handoff.clock != ClockState.PARKED,
        )
        .values(clock=ClockState.PARKED, parked_at=at, priority_before=Handoff.priority, priority=LAST)
        .returning(Handoff)
    ).all()
    settle(session, (handoff.call_id for handoff in parked), at, SYSTEM.name, "all replied")
    if parked:
        detail = {"handoffs": sorted(str(handoff.id) for handoff in parked)}
        record(session, query, Event.CALL_PARKED, at=at, actor=SYSTEM, detail=detail)
    return len(parked)


def restore_calls(
    session: Session, ctx: Context, query: Query, at: datetime, because: str, actor: Principal = SYSTEM
) -> int:
    """The reply will not do: the parked calls are work again; returns how many."""
    session.flush()
    parked = session.scalars(
        select(Handoff)
        .where(Handoff.query_id == query.id, Handoff.closed_at.is_(None), Handoff.clock == ClockState.PARKED)
        .order_by(Handoff.id)
        .with_for_update(key_share=True)
    ).all()
    for handoff in parked:
        handoff.priority, handoff.priority_before = handoff.priority_before or handoff.priority, None
        handoff.parked_at = handoff.shown_from = None
        wind_up(ctx, handoff, at)
    settle(session, (handoff.call_id for handoff in parked), at, actor.name, because)
    if parked:
        detail = {"handoffs": [str(handoff.id) for handoff in parked], "because": because}
        record(session, query, Event.CALL_RESTORED, at=at, actor=actor, detail=detail)
    return len(parked)
