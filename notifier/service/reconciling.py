"""Reconciling: the carrier is asked for everything it has of ours, and what webhooks missed takes their own path.

A pass runs every few minutes, one at a time, and reaches back to where the last complete one began. The network is
never asked inside a transaction. Found twice is harmless: the carrier's own words are the unique keys.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from notifier.carriers.port import CarrierMessage
from notifier.domain.errors import CarrierSilent
from notifier.domain.lifecycle import State
from notifier.domain.types import Direction
from notifier.service.context import Context
from notifier.service.gap import held_from
from notifier.service.handoffs import Reason, close_house_handoffs
from notifier.service.missed import Tally, apply_missed
from notifier.storage.models import Attempt, Query, Reconciliation, Text, Watermark
from notifier.storage.models.base import new_id
from notifier.storage.models.texts import TextState

log = structlog.get_logger()

_BATCH = 500
_AHEAD = timedelta(minutes=5)  # how far the carrier's clock may run before ours
_RETRY = timedelta(seconds=2)  # after a failure; doubles up to the usual time between passes
_KEPT = timedelta(days=30)  # passes
# What a text may still leave: it has not reached its end at the carrier.
_UNSETTLED = ("scheduled", "accepted", "queued", "sending", "sent")


@dataclass(frozen=True)
class Pass:
    """What a pass did. `error` is None when it is complete."""

    direction: Direction
    since: datetime
    until: datetime
    tally: Tally
    error: str | None = None


@dataclass(frozen=True)
class _Span:
    """What a pass looks at, from when to when; `token` is the lease it renews, if it holds one."""

    direction: Direction
    since: datetime
    until: datetime
    started_at: datetime
    token: UUID | None = None


def reconcile_due(ctx: Context) -> list[Pass]:
    """Make the passes that are due and that no other process makes at present."""
    spans = [span for direction in (Direction.IN, Direction.OUT) if (span := _take(ctx, direction)) is not None]
    return [_pass(ctx, span) for span in spans]


def reconcile_by_hand(ctx: Context, since: datetime, until: datetime | None = None) -> list[Pass]:
    """Both directions over any span, whatever other processes do."""
    now = ctx.clock.wall()
    end = until or now + _AHEAD
    return [_pass(ctx, _Span(direction, since, end, now)) for direction in (Direction.IN, Direction.OUT)]


def _take(ctx: Context, direction: Direction) -> _Span | None:
    """The span that is due, under a lease."""
    with ctx.database.read() as session:
        if session.scalar(select(Watermark.direction).where(*_free(ctx, direction))) is None:
            return None  # Each second's answer: no write.
    with ctx.database.begin() as session:
        now, token = ctx.clock.wall(), uuid4()
        taken = session.execute(
            update(Watermark)
            .where(*_free(ctx, direction))
            .values(lease_token=token, lease_until=now + ctx.reconcile.lease)
            .returning(Watermark.known_until)
            .execution_options(synchronize_session=False)
        ).scalar()
        if taken is None:
            return None
        since = taken - ctx.reconcile.slack
        if direction is Direction.OUT:
            since = min(since, _oldest_unsettled(session, taken - ctx.reconcile.look_back) or since)
        return _Span(direction, since, now + _AHEAD, now, token)


def _free(ctx: Context, direction: Direction) -> tuple[Any, ...]:
    now = ctx.clock.wall()
    return (
        Watermark.direction == direction,
        Watermark.next_at <= now,
        or_(Watermark.lease_until.is_(None), Watermark.lease_until <= now),
    )


def _oldest_unsettled(session: Session, limit: datetime) -> datetime | None:
    """When the oldest text was posted that may still get news; a receipt comes long after its text."""
    return session.scalar(
        select(func.min(Attempt.posting_at))
        .join(Text, Text.id == Attempt.text_id)
        .where(
            Attempt.posting_at >= limit,
            or_(
                Text.state.in_((TextState.UNKNOWN, TextState.POSTING)),
                (Text.state == TextState.HANDED_OVER) & Text.delivery.in_(_UNSETTLED),
            ),
        )
    )


def _pass(ctx: Context, span: _Span) -> Pass:
    pass_id = _write_start(ctx, span)
    tally, error = Tally(), None
    try:
        found = _listed(ctx, span)
        for place in range(0, len(found), _BATCH):
            tally += apply_missed(ctx, span.direction, found[place : place + _BATCH])
            _renew(ctx, span)
    except CarrierSilent as silent:
        error = str(silent)
    done = Pass(span.direction, span.since, span.until, tally, error)
    _write_end(ctx, span, pass_id, done)
    return done


def _listed(ctx: Context, span: _Span) -> list[CarrierMessage]:
    """Everything, before anything is applied: lists come newest first, and replies take effect oldest first."""
    found = [
        message
        for name in _names(ctx, span.direction)
        for message in ctx.carrier.messages(span.direction, name, span.since, span.until)
    ]
    return sorted(found, key=lambda message: (message.created_at or span.started_at, message.sid))


def _names(ctx: Context, direction: Direction) -> list[str]:
    """Ours of today, and those that open queries were texted from before the settings changed: replies go there."""
    ours = ctx.sending.sender_ids if direction is Direction.OUT else ctx.inbound_numbers
    with ctx.database.read() as session:
        texted = select(Text.sender_id).join(Query, Query.id == Text.query_id).where(Query.state != State.CLOSED)
        before = [name for name in session.scalars(texted.distinct()) if name is not None]
    heard = [name for name in before if direction is Direction.OUT or name.startswith("+")]
    return list(dict.fromkeys((*ours, *sorted(heard))))


def _write_start(ctx: Context, span: _Span) -> UUID:
    pass_id = new_id()
    with ctx.database.begin() as session:
        session.add(
            Reconciliation(
                id=pass_id,
                direction=span.direction,
                by_hand=span.token is None,
                since=span.since,
                until=span.until,
                started_at=span.started_at,
            )
        )
    return pass_id


def _renew(ctx: Context, span: _Span) -> None:
    if span.token is None:
        return
    with ctx.database.begin() as session:
        session.execute(
            update(Watermark)
            .where(Watermark.direction == span.direction, Watermark.lease_token == span.token)
            .values(lease_until=ctx.clock.wall() + ctx.reconcile.lease)
        )


def _write_end(ctx: Context, span: _Span, pass_id: UUID, done: Pass) -> None:
    with ctx.database.begin() as session:
        now, tally = ctx.clock.wall(), done.tally
        session.execute(
            update(Reconciliation)
            .where(Reconciliation.id == pass_id)
            .values(finished_at=now, found=tally.found, applied=tally.applied, known=tally.known, error=done.error)
        )
        session.execute(delete(Reconciliation).where(Reconciliation.started_at < now - _KEPT))
        mark = session.get(Watermark, span.direction, with_for_update=True)
        if mark is None:
            return  # No sweep has ever run.
        if done.error is None:
            _know(ctx, mark, span, now)
        if mark.lease_token == span.token and span.token is not None:
            _plan_next(ctx, mark, now, done.error)
        _tell_that_it_is_over(session, ctx)


def _know(ctx: Context, mark: Watermark, span: _Span, now: datetime) -> None:
    """A complete pass that leaves no hole behind the last one moves the mark, and ends a hold from before it.

    Then everything that had come by now is still to be worked on.
    """
    if span.since > mark.known_until:
        return
    held = held_from(ctx, mark) is not None
    mark.known_until = max(mark.known_until, min(span.until, span.started_at))
    if mark.hold_since is not None and mark.hold_since <= mark.known_until:
        mark.hold_since = None
    if held:
        mark.read_until = now


def _plan_next(ctx: Context, mark: Watermark, now: datetime, error: str | None) -> None:
    mark.lease_token = mark.lease_until = None
    mark.failures = 0 if error is None else mark.failures + 1
    wait = ctx.reconcile.every
    if error is None and mark.hold_since is not None:
        wait = timedelta(0)  # There was a gap while it was made: it does not count, and due times wait for the next.
    elif error is not None:
        wait = min(wait, _RETRY * (1 << min(mark.failures - 1, 20)))
        if mark.failures == 2:  # At a start the first try may come before the server that it asks.
            log.warning("reconciling_failed", direction=mark.direction.value, error=error)
    mark.next_at = now + wait


def _tell_that_it_is_over(session: Session, ctx: Context) -> None:
    session.flush()
    if all(held_from(ctx, mark) is None for mark in session.scalars(select(Watermark))):
        close_house_handoffs(
            session, Reason.CARRIER_NOT_ASKED, ctx.clock.business(session), "the carrier was asked again"
        )
