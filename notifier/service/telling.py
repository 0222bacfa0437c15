"""Bringing messages to staff, and a sign of life to a watcher outside: outside any transaction, bounded, never twice
while it is known that they arrived.

A message is claimed, counted and committed before it is brought. When nobody learns whether it arrived (a crash, a
timeout, a refusal), it is brought again after a doubling wait, and given up after some tries.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, select, update

from notifier.service.context import Context
from notifier.service.duties import HEARTBEAT, take_turn
from notifier.storage.models import AlarmMessage
from notifier.storage.models.alarms import MessageState
from notifier.telling.port import Told

log = structlog.get_logger()

_AT_ONCE = 20
_TRIES = 5
_LEASE = timedelta(minutes=2)  # longer than any teller takes
_KEPT = timedelta(days=30)  # messages that are done with


@dataclass(frozen=True)
class _Message:
    id: UUID
    receiver: str
    title: str
    body: str
    attempts: int


def bring_messages(ctx: Context) -> int:
    """Bring what waits, one after the other; returns how many were tried."""
    tried = 0
    while tried < _AT_ONCE and (message := _claim(ctx)) is not None:
        # The turn after the last is for one whose bringer died: nobody knows, and that is that.
        known = message.attempts <= _TRIES
        told = ctx.teller.tell(message.receiver, message.title, message.body) if known else Told.UNKNOWN
        _finish(ctx, message, told)
        tried += 1
    return tried


def _claim(ctx: Context) -> _Message | None:
    """One message, out of others' reach while it is brought."""
    now = ctx.clock.wall()
    waiting = (AlarmMessage.state == MessageState.WAITING, AlarmMessage.next_try_at <= now)
    with ctx.database.read() as session:
        if session.scalar(select(AlarmMessage.id).where(*waiting).limit(1)) is None:
            return None  # Each second's answer: no write.
    picked = (
        select(AlarmMessage.id)
        .where(*waiting)
        .order_by(AlarmMessage.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte("picked")
    )
    with ctx.database.begin() as session:
        claimed = session.execute(
            update(AlarmMessage)
            .where(AlarmMessage.id.in_(select(picked.c.id)))
            .values(attempts=AlarmMessage.attempts + 1, next_try_at=now + _LEASE)
            .returning(
                AlarmMessage.id, AlarmMessage.receiver, AlarmMessage.title, AlarmMessage.body, AlarmMessage.attempts
            )
            .execution_options(synchronize_session=False)
        ).one_or_none()
    return None if claimed is None else _Message(*claimed)


def _finish(ctx: Context, message: _Message, told: Told) -> None:
    now = ctx.clock.wall()
    values = {"state": MessageState.TOLD, "finished_at": now}
    if told is Told.NOT_TOLD or (told is Told.UNKNOWN and message.attempts >= _TRIES):
        values["state"] = MessageState.GIVEN_UP
        log.error("alarm_not_told", receiver=message.receiver, attempts=message.attempts, outcome=told.value)
    elif told is Told.UNKNOWN:
        values = {"next_try_at": now + timedelta(minutes=2 ** (message.attempts - 1))}
        log.warning("alarm_told_unknown", receiver=message.receiver, attempts=message.attempts)
    with ctx.database.begin() as session:
        mine = (AlarmMessage.id == message.id, AlarmMessage.attempts == message.attempts)
        session.execute(update(AlarmMessage).where(*mine, AlarmMessage.state == MessageState.WAITING).values(values))
        session.execute(delete(AlarmMessage).where(AlarmMessage.created_at < now - _KEPT))


def show_life(ctx: Context) -> bool:
    """Tell the watcher outside that a sweep was completed, at most so often; whether it was told.

    Raises NobodyListens: the next turn tells again.
    """
    if ctx.heartbeat is None or take_turn(ctx, HEARTBEAT, ctx.heartbeat_every) is None:
        return False
    ctx.heartbeat()
    return True
