"""Duties: what one process at a time does every so often, however many workers and schedulers there are."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifier.service.context import Context
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import Duty

AUDIT, ALARMS, HEARTBEAT = "audit", "alarms", "heartbeat"


@dataclass(frozen=True)
class Turn:
    """A turn that was taken; `number` tells it from a later one."""

    name: str
    number: int


def take_turn(ctx: Context, name: str, every: timedelta) -> Turn | None:
    """The turn of this duty if it is due and nobody else took it; the next is due after `every` (wall clock)."""
    now = ctx.clock.wall()
    with ctx.database.read() as session:
        next_at = session.scalar(select(Duty.next_at).where(Duty.name == name))
        if next_at is not None and next_at > now:
            return None  # Each second's answer: no write.
    with ctx.database.begin() as session:
        insert_unless_there(session, Duty, {"name": name, "turn": 0, "done": 0, "next_at": now})
        number = session.scalar(
            update(Duty)
            .where(Duty.name == name, Duty.next_at <= now)
            .values(turn=Duty.turn + 1, next_at=now + every)
            .returning(Duty.turn)
            .execution_options(synchronize_session=False)
        )
    return None if number is None else Turn(name, number)


def finish_turn(session: Session, turn: Turn) -> bool:
    """Mark it as done in the transaction that writes what came of it; False: a later turn was taken, write nothing.

    The duty's row stays locked until the transaction ends, so that no other writes beside it.
    """
    mine = (Duty.name == turn.name, Duty.turn == turn.number)
    done = update(Duty).where(*mine).values(done=turn.number).returning(Duty.name)
    return session.scalar(done.execution_options(synchronize_session=False)) is not None
