"""Turning sending off and on: by ops, or by the product when the carrier, or the day's cap, says that it is enough."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select, true, update
from sqlalchemy.orm import Session

from notifier.carriers.port import Hold
from notifier.domain.days import next_day
from notifier.domain.permissions import SYSTEM, Principal
from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.daily_cap import lift_today, sent_today
from notifier.service.handoffs import Need, Reason, close_house_handoffs, open_handoff
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import Switch
from notifier.storage.models.house import Cause

SENDING = "sending"


@dataclass(frozen=True)
class Pause:
    """Why sending is off, by whom and since when (wall clock); `resume_at` (business time): when it ends by itself."""

    cause: Cause
    reason: str | None
    actor: str | None
    since: datetime
    resume_at: datetime | None


def sending_on() -> ColumnElement[bool]:
    """For the statement that takes texts: whoever was told to stop in the moment it looked takes none."""
    return ~exists().where(Switch.name == SENDING, Switch.off)


def is_paused(session: Session) -> bool:
    """Whether people or the product turned sending off."""
    return bool(session.scalar(select(Switch.off).where(Switch.name == SENDING)))


def find_pause(session: Session) -> Pause | None:
    """The pause that is on."""
    switch = session.get(Switch, SENDING)
    if switch is None or not switch.off:
        return None
    return Pause(switch.cause or Cause.PEOPLE, switch.reason, switch.actor, switch.changed_at, switch.resume_at)


def pause_sending(
    session: Session,
    ctx: Context,
    reason: str,
    actor: Principal,
    cause: Cause = Cause.PEOPLE,
    resume_at: datetime | None = None,
) -> None:
    """No text is claimed from now on; what is in flight finishes. Staff are told when the product does it itself.

    `resume_at` (business time): it ends by itself then. A pause without an end takes the place of one that has one.
    """
    values = {
        "off": True,
        "cause": cause,
        "reason": reason[:300],
        "actor": actor.name,
        "changed_at": ctx.clock.wall(),
        "resume_at": resume_at,
    }
    insert_unless_there(session, Switch, values | {"name": SENDING, "off": False, "resume_at": None})
    free = ~Switch.off if resume_at else or_(~Switch.off, Switch.resume_at.is_not(None))
    if not _turn(session, values, free):
        return
    if actor.role is None:
        again = f"It goes on by itself at {told(resume_at)}." if resume_at else "Mend it, then resume sending."
        sentence = f"Sending was paused: {reason} {again}"[:300]
        open_handoff(session, Need(Team.STAFF, Reason.SENDING_PAUSED, sentence, 1), ctx.clock.business(session))


def pause_for_carrier(session: Session, ctx: Context, reason: str, hold: Hold) -> None:
    """The carrier refused what it would refuse every other text: until it is mended, or until tomorrow."""
    if hold is Hold.TODAY:
        pause_sending(session, ctx, reason, SYSTEM, Cause.CARRIER_DAY, next_day(ctx.clock.business(session)))
    elif hold is Hold.EVERYTHING:
        pause_sending(session, ctx, reason, SYSTEM, Cause.CARRIER)


def pause_for_news(session: Session, ctx: Context, reason: str, hold: Hold, at: datetime) -> None:
    """The same, told by a receipt that came at `at` (business time): it may be days old, and its cause mended."""
    switch = session.get(Switch, SENDING)
    resumed_at = switch.changed_at + ctx.clock.offset(session) if switch is not None and not switch.off else None
    is_over = next_day(at) <= ctx.clock.business(session)
    is_mended = resumed_at is not None and at <= resumed_at
    if not {Hold.TODAY: is_over, Hold.EVERYTHING: is_mended}.get(hold, False):
        pause_for_carrier(session, ctx, reason, hold)


def pause_until_tomorrow(session: Session, ctx: Context) -> None:
    """Our own cap for today is reached."""
    reason = f"Today's cap of {ctx.sending.segments_per_day} segments is reached."
    pause_sending(session, ctx, reason, SYSTEM, Cause.OWN_DAY, next_day(ctx.clock.business(session)))


def resume_sending(session: Session, ctx: Context, actor: Principal) -> None:
    """Texts go out again, those that are due soonest first; where today's cap was reached, it holds no more today."""
    pause = find_pause(session)
    if pause is not None and pause.cause is Cause.OWN_DAY:
        lift_today(session, ctx)
    _resume(session, ctx, actor)
    wake_after_commit(session, Wake.SEND)


def resume_what_ends(ctx: Context) -> bool:
    """End a pause whose end has come; whether there was one."""
    with ctx.database.read() as session:
        pause = find_pause(session)
        if pause is None or pause.resume_at is None or pause.resume_at > ctx.clock.business(session):
            return False
    with ctx.database.begin() as session:
        return _resume(session, ctx, SYSTEM, Switch.resume_at <= ctx.clock.business(session))


def _resume(session: Session, ctx: Context, actor: Principal, *which: ColumnElement[bool]) -> bool:
    on = {"off": False, "cause": None, "reason": None, "actor": actor.name, "resume_at": None}
    if not _turn(session, on | {"changed_at": ctx.clock.wall()}, Switch.off == true(), *which):
        return False
    close_house_handoffs(session, Reason.SENDING_PAUSED, ctx.clock.business(session), "sending goes on")
    return True


def _turn(session: Session, values: dict[str, object], *which: ColumnElement[bool]) -> bool:
    """Whether this changed anything."""
    turned = session.execute(
        update(Switch)
        .where(Switch.name == SENDING, *which)
        .values(values)
        .returning(Switch.name)
        .execution_options(synchronize_session=False)
    )
    return turned.scalar() is not None


def told(at: datetime) -> str:
    """As staff read it."""
    return f"{at.astimezone(HONG_KONG):%a %d %b %H:%M}"


@dataclass(frozen=True)
class Sending:
    """How texts go out now. `segments_today`: None where no cap is set, since nothing is counted then."""

    pause: Pause | None
    segments_today: int | None


def see_sending(ctx: Context) -> Sending:
    """In one short read."""
    with ctx.database.read() as session:
        return Sending(find_pause(session), sent_today(session, ctx))
