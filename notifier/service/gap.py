"""The gap rule: after a time in which replies may have come unheard, nobody is reminded or called before we know.

The sweep leaves a heartbeat. One that finds the last too old, on either clock, holds what speaks to senders until the
carrier has been asked and every reply that had come is worked on. So does a carrier that could not be asked for long.
At all other times a due time waits only for what came before it: whatever came after it is late in any case, so that a
backlog of webhooks makes due times late by its own length, and never holds them for ever.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import State
from notifier.domain.types import Direction, Team
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import Heartbeat, Text, Watermark, Webhook
from notifier.storage.models.inbound import WebhookKind, WebhookState
from notifier.storage.models.texts import TextState

SWEEP = "sweep"
# What a state's due time says to the sender, or has the hotline say, rests on having heard both; or replies at least.
_NEEDS = {
    State.RECEIVED: (Direction.IN, Direction.OUT),
    State.AWAITING_REPLY: (Direction.IN,),
}
_NOTHING = datetime.min.replace(tzinfo=UTC)  # no due time lies before it


def beat(ctx: Context) -> None:
    """The sweep came by. After a gap the carrier is to be asked at once, and what rests on it is held."""
    with ctx.database.begin() as session:
        wall = ctx.clock.wall()
        business = wall + ctx.clock.offset(session)
        last = session.get(Heartbeat, SWEEP, with_for_update=True)
        if last is None:
            _begin(session, ctx, wall, business)
            return
        if _is_gap(ctx, last, wall, business):
            _hold(session, ctx, wall)
        last.at, last.business_at = wall, business
        _tell_staff(session, ctx, wall, business)


def heard_until(session: Session, ctx: Context) -> Mapping[State, datetime]:
    """By state, the business time before which everything is worked on; due times from there on must wait.

    A state that is missing waits for nothing.
    """
    wall = ctx.clock.wall()
    last = session.get(Heartbeat, SWEEP)
    if last is None:
        return {}  # Nothing has ever run here, so nothing was missed.
    if _is_gap(ctx, last, wall, wall + ctx.clock.offset(session)):
        return dict.fromkeys(_NEEDS, _NOTHING)
    known = {mark.direction: _known_before(session, ctx, mark) for mark in session.scalars(select(Watermark))}
    ends = {state: [end for need in needed if (end := known.get(need))] for state, needed in _NEEDS.items()}
    return {state: min(found) for state, found in ends.items() if found}


def replies_heard_until(session: Session, ctx: Context) -> datetime | None:
    """The business time before which every reply is worked on; None when none waits and none may have been missed."""
    return heard_until(session, ctx).get(State.AWAITING_REPLY)


def held_from(ctx: Context, mark: Watermark) -> datetime | None:
    """Since when too little is known in this direction; None while enough is."""
    if mark.hold_since is not None:
        return mark.hold_since
    end = mark.known_until + ctx.reconcile.gap
    return end if end < ctx.clock.wall() else None


def _is_gap(ctx: Context, last: Heartbeat, wall: datetime, business: datetime) -> bool:
    """Business time that was wound while the sweep ran is no gap; wound while it stood still, it is.

    So is a wall clock that was set back: until it has caught up, nobody would be asked.
    """
    policy = ctx.reconcile
    stood = wall - last.at
    if stood < -policy.slack:
        return True
    return stood > policy.gap or (stood > policy.stopped_after and business - last.business_at > policy.gap)


def _hold(session: Session, ctx: Context, wall: datetime) -> None:
    """Ask now, and let nothing fire until then. A mark that lies ahead of the clock tells nothing."""
    mark = Watermark
    session.execute(
        update(mark).values(
            known_until=case((mark.known_until > wall, wall - ctx.reconcile.look_back), else_=mark.known_until),
            hold_since=case((mark.hold_since <= wall, mark.hold_since), else_=wall),
            read_until=wall,
            next_at=wall,
        )
    )


def _known_before(session: Session, ctx: Context, mark: Watermark) -> datetime | None:
    """The business time before which all of a direction is worked on; None: everything is."""
    if held_from(ctx, mark) is not None:
        return _NOTHING
    waiting = select(func.min(Webhook.received_at), func.min(Webhook.business_at)).where(
        Webhook.state == WebhookState.PENDING, _speaks_of(mark.direction)
    )
    received_at, business_at = session.execute(waiting).one()
    if received_at is None:
        return None
    # After a gap all of it comes first, also what came after a due time: its sender is not called any more.
    after_a_gap = mark.read_until is not None and received_at <= mark.read_until
    return _NOTHING if after_a_gap else business_at


def _speaks_of(direction: Direction) -> ColumnElement[bool]:
    if direction is Direction.IN:
        return Webhook.kind == WebhookKind.INBOUND
    # A receipt that names no attempt may wait for its text in vain, and should hold up nobody.
    return (Webhook.kind == WebhookKind.STATUS) & Webhook.attempt_ref.is_not(None)


def _begin(session: Session, ctx: Context, wall: datetime, business: datetime) -> None:
    """The first sweep ever of this product's version: with texts under way already, something may have been missed."""
    policy = ctx.reconcile
    sent = session.scalar(select(Text.id).where(Text.state == TextState.HANDED_OVER).limit(1)) is not None
    insert_unless_there(session, Heartbeat, {"name": SWEEP, "at": wall, "business_at": business})
    for direction in Direction:
        row = {
            "direction": direction,
            "known_until": wall - policy.look_back if sent else wall,
            "hold_since": wall if sent else None,
            "next_at": wall if sent else wall + policy.every,
            "failures": 0,
        }
        insert_unless_there(session, Watermark, row)


def _tell_staff(session: Session, ctx: Context, wall: datetime, business: datetime) -> None:
    since = [held for mark in session.scalars(select(Watermark)) if (held := held_from(ctx, mark)) is not None]
    if not since or wall - min(since) < ctx.reconcile.tell_after:
        return
    sentence = (
        "The carrier cannot be asked for replies, so no reminder and no closing fires: "
        "see `notifier doctor`, mend the line to the carrier, and watch the deadlines by hand meanwhile."
    )
    open_handoff(session, Need(Team.STAFF, Reason.CARRIER_NOT_ASKED, sentence, priority=1), business)


def longest_hold(session: Session, ctx: Context) -> timedelta:
    """How long due times have been waiting for the carrier to be asked; nothing while none waits."""
    since = [held for mark in session.scalars(select(Watermark)) if (held := held_from(ctx, mark)) is not None]
    return max(ctx.clock.wall() - min(since), timedelta(0)) if since else timedelta(0)


def since_sweep(session: Session, ctx: Context) -> timedelta | None:
    """How long ago a sweep last came by; None when none ever did."""
    at = session.scalar(select(Heartbeat.at).where(Heartbeat.name == SWEEP))
    return None if at is None else max(ctx.clock.wall() - at, timedelta(0))
