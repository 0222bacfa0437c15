"""Deciding what staff are told: alarms that are new, worse, still there or over become one message each look.

What was told is written in the same transaction as the messages, so neither a restart nor a second scheduler doubles
one. The messages are brought afterwards, outside any transaction (telling.py).
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from notifier.domain.alarms import (
    WORDS,
    Alarm,
    AlarmKind,
    News,
    Standing,
    Urgency,
    is_news,
    is_off,
    is_over,
    line,
    title,
    urgency_words,
)
from notifier.service.alarm_conditions import new_handoffs, standing, untold
from notifier.service.context import Context
from notifier.service.duties import ALARMS, finish_turn, take_turn
from notifier.storage.models import Alarm as AlarmRow
from notifier.storage.models import AlarmMessage, Handoff

log = structlog.get_logger()
_LEVELS = {Urgency.WAKE: logging.ERROR, Urgency.CAN_WAIT: logging.WARNING}


@dataclass(frozen=True)
class Shown:
    """A standing alarm as operations see it. `waits`: it is told when the working day begins."""

    alarm: Alarm
    means: str
    step: str
    urgency: str
    told_at: datetime | None
    waits: bool


def decide_due(ctx: Context) -> int:
    """Look whether there is news for staff, if it is time and nobody else does; returns how many alarms were told."""
    turn = take_turn(ctx, ALARMS, ctx.telling.every)
    if turn is None:
        return 0
    with ctx.database.read() as session:
        stand = list(standing(session, ctx))
    with ctx.database.begin() as session:
        if not finish_turn(session, turn):
            return 0
        news = list(_news(session, ctx, stand))
        _queue(session, ctx, news)
    for alarm, why in news:
        _log(ctx, alarm, why)
    return len(news)


def _news(session: Session, ctx: Context, stand: Iterable[Alarm]) -> Iterator[tuple[Alarm, News]]:
    now = ctx.clock.wall()
    known = {row.kind: row for row in session.scalars(select(AlarmRow))}
    for alarm in stand:
        row = known.pop(alarm.kind, None)
        why = is_news(alarm, None if row is None else _standing(row), now, ctx.telling)
        told = _mark_told(session, ctx, alarm) if why else alarm
        if told is None:
            continue  # Somebody closed them all meanwhile.
        _remember(session, row, told, now, why)
        if why:
            yield told, why
    for row in known.values():
        if is_over(row.kind, _standing(row), now, ctx.telling):
            if row.told_at is not None and row.kind is not AlarmKind.NEW_HANDOFFS:
                yield _alarm(row), News.OVER
            session.delete(row)


def _mark_told(session: Session, ctx: Context, alarm: Alarm) -> Alarm | None:
    """New handoffs are new once. What is told is exactly what is marked; one that somebody works on waits its turn."""
    if alarm.kind is not AlarmKind.NEW_HANDOFFS:
        return alarm
    now = ctx.clock.wall()
    picked = select(Handoff.id).where(*untold()).with_for_update(skip_locked=True, key_share=True).cte("picked")
    session.execute(
        update(Handoff)
        .where(Handoff.id.in_(select(picked.c.id)))
        .values(told_at=now)
        .execution_options(synchronize_session=False)
    )
    return new_handoffs(session, ctx, Handoff.told_at == now)


def _remember(session: Session, row: AlarmRow | None, alarm: Alarm, now: datetime, why: News | None) -> None:
    if row is None:
        row = AlarmRow(kind=alarm.kind, since=alarm.since, told_weight=0)
        session.add(row)
    elif alarm.kind is AlarmKind.NEW_HANDOFFS:
        row.since = alarm.since
    row.people, row.weight, row.urgency, row.detail = alarm.people, alarm.weight, alarm.urgency, alarm.detail
    row.seen_at = now
    if why:
        row.told_at, row.told_weight, row.told_urgency = now, alarm.weight, alarm.urgency


def _standing(row: AlarmRow) -> Standing:
    return Standing(row.seen_at, row.told_at, row.told_weight, row.told_urgency)


def _alarm(row: AlarmRow) -> Alarm:
    return Alarm(row.kind, row.people, row.weight, row.since, row.urgency, row.detail)


def _queue(session: Session, ctx: Context, news: list[tuple[Alarm, News]]) -> None:
    """One message with everything, to each receiver."""
    if not news:
        return
    now = ctx.clock.wall()
    body = "\n\n".join(line(alarm, why, ctx.telling) for alarm, why in news)
    for receiver in ctx.teller.receivers():
        message = {"receiver": receiver, "title": title(news, ctx.telling), "body": body}
        session.add(AlarmMessage(**message, created_at=now, next_try_at=now))


def _log(ctx: Context, alarm: Alarm, why: News) -> None:
    log.log(
        _LEVELS[alarm.urgency] if why is not News.OVER else logging.INFO,
        "alarm",
        kind=alarm.kind.value,
        news=why.value,
        people=alarm.people,
        since=alarm.since.isoformat(timespec="seconds"),
        detail=alarm.detail,
        next=WORDS[alarm.kind].step,
        urgency=urgency_words(alarm.urgency, ctx.telling),
    )


def list_alarms(ctx: Context) -> list[Shown]:
    """Alarms that stand, the most urgent first."""
    with ctx.database.read() as session:
        rows = standing_alarms(session, ctx)
    off = is_off(ctx.clock.wall(), ctx.telling)
    shown = [
        Shown(
            _alarm(row),
            WORDS[row.kind].means,
            WORDS[row.kind].step,
            urgency_words(row.urgency, ctx.telling),
            row.told_at,
            row.told_at is None and row.urgency is Urgency.CAN_WAIT and off,
        )
        for row in rows
    ]
    return sorted(shown, key=lambda one: (one.alarm.urgency is not Urgency.WAKE, one.alarm.since))


def standing_alarms(session: Session, ctx: Context) -> Sequence[AlarmRow]:
    """Those that stand, or stood a moment ago."""
    settled = ctx.clock.wall() - ctx.telling.settled_after
    return session.scalars(select(AlarmRow).where(AlarmRow.seen_at >= settled)).all()


def count_messages(session: Session) -> dict[str, int]:
    """Messages to staff by their state."""
    counted = select(AlarmMessage.state, func.count()).group_by(AlarmMessage.state)
    return {state.value: number for state, number in session.execute(counted)}
