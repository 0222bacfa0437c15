"""People's clocks: a reply to judge, an answer to send, work to take on. Each rings once, and says so in the history.

Due times are rows. A handoff's clock is reckoned by the sweep that first sees it, so that whoever opens one needs to
know nothing of policies; it counts from the opening all the same.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event
from notifier.domain.permissions import SYSTEM
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.firing import fire_each
from notifier.service.handoffs import Reason
from notifier.service.joint_calls import stands_alone
from notifier.service.transitions import record
from notifier.storage.models import Handoff, Query
from notifier.storage.models.people import ClockState, Overdue

_SET_BACK = timedelta(minutes=10)


def review_due(ctx: Context, query: Query, at: datetime) -> datetime:
    """Until when a reply that came at `at` should be judged."""
    return ctx.after_work(at, ctx.people_of(query.authority, query.kind).review_within)


def send_due(ctx: Context, query: Query, at: datetime) -> datetime:
    """Until when an answer that was accepted at `at` should have left for customs."""
    return ctx.after_work(at, ctx.people_of(query.authority, query.kind).send_within)


def wind_up(ctx: Context, handoff: Handoff, since: datetime) -> None:
    """Let the clock of a handoff run from `since` on, by its team and priority; say when it can be called."""
    within = ctx.people.claim_after(handoff.team, handoff.priority)
    handoff.clock, handoff.due_at = ClockState.RUNNING, ctx.after_work(since, within)
    if handoff.team is Team.HOTLINE and ctx.hours is not None:
        handoff.call_from = ctx.at_work(since)


def ring_claims(ctx: Context) -> int:
    """Wind up what is new, and make more urgent what nobody took on in time; returns how much became so."""
    with ctx.database.read() as session:
        due = select(Handoff.id).where(*_due(ctx, session)).order_by(Handoff.due_at).limit(ctx.sweep_batch)
        found = list(session.scalars(due))
    return fire_each(found, partial(_ring, ctx), partial(_set_back, ctx))


def _due(ctx: Context, session: Session) -> tuple[ColumnElement[bool], ...]:
    """New ones are due at once. A claim stops the clock while it holds, and no longer: then the work was not done."""
    held = Handoff.claimed_until.is_not(None) & (Handoff.claimed_until >= ctx.clock.wall())
    return (
        Handoff.closed_at.is_(None),
        stands_alone(),
        Handoff.clock.in_((ClockState.NEW, ClockState.RUNNING)),
        Handoff.due_at <= ctx.clock.business(session),
        or_(Handoff.clock == ClockState.NEW, ~held),
    )


def _ring(ctx: Context, handoff_id: UUID) -> bool:
    with ctx.database.begin() as session:
        about = _lock_queries(session, handoff_id)
        still = select(Handoff).where(Handoff.id == handoff_id, *_due(ctx, session))
        handoff = session.scalar(still.with_for_update(skip_locked=True, key_share=True))
        if handoff is None:
            return False  # Somebody took it on, or another sweep has it.
        if handoff.clock is ClockState.NEW:
            wind_up(ctx, handoff, handoff.shown_from or handoff.opened_at)
            session.flush()
            if session.scalar(still) is None:
                return False  # Its time has not come, or somebody has it.
        _more_urgent(session, ctx, about, handoff)
        return True


def _more_urgent(session: Session, ctx: Context, about: Sequence[Query], handoff: Handoff) -> None:
    at = ctx.clock.business(session)
    if handoff.priority == 1:
        handoff.clock = ClockState.RUNG
    else:
        handoff.priority -= 1
        wind_up(ctx, handoff, at)
    handoff.overdue = Overdue.CLAIM
    for query in about:
        tell(session, query, Overdue.CLAIM, at, handoff)


def _lock_queries(session: Session, handoff_id: UUID) -> Sequence[Query]:
    """What it is about, of a joint call all that is not done; queries first, as everywhere: one order of locks."""
    its_own = (Handoff.id == handoff_id) | ((Handoff.call_id == handoff_id) & Handoff.closed_at.is_(None))
    about = select(Handoff.query_id).where(its_own)
    return session.scalars(
        select(Query).where(Query.id.in_(about)).order_by(Query.id).with_for_update(key_share=True)
    ).all()


def _set_back(ctx: Context, handoff_id: UUID) -> None:
    """Let others pass; it stands on its list all the while."""
    with ctx.database.begin() as session:
        handoff = session.get_one(Handoff, handoff_id, with_for_update={"key_share": True})
        handoff.due_at = ctx.clock.business(session) + _SET_BACK


def ring_review(session: Session, query: Query) -> bool:
    """Nobody judged the reply in time: that work becomes more urgent, once; whether it had not been so before."""
    session.flush()
    waits = select(Handoff).where(
        Handoff.query_id == query.id, Handoff.closed_at.is_(None), Handoff.reason == Reason.REVIEW_REPLY
    )
    handoff = session.scalar(waits.with_for_update(key_share=True))
    if handoff is None or handoff.overdue is Overdue.REVIEW:
        return False
    # A reply that is overdue is past being claimed: its other clock has nothing to add.
    handoff.overdue, handoff.clock, handoff.priority = Overdue.REVIEW, ClockState.RUNG, max(handoff.priority - 1, 1)
    return True


def tell(session: Session, query: Query, overdue: Overdue, at: datetime, handoff: Handoff) -> None:
    """Write down which clock ran out."""
    session.flush()
    detail = {"reason": overdue.value, "handoff": str(handoff.id), "priority": handoff.priority}
    record(session, query, Event.OVERDUE, at=at, actor=SYSTEM, detail=detail)
