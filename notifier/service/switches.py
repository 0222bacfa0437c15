"""Turning sending off and on: by ops, or by the product when the carrier says that no text would fare better."""

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from notifier.domain.permissions import Principal
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import Switch

SENDING = "sending"


def sending_on() -> ColumnElement[bool]:
    """For the statement that takes texts: whoever was told to stop in the moment it looked takes none."""
    return ~exists().where(Switch.name == SENDING, Switch.off)


def is_paused(session: Session) -> bool:
    """Whether people or the product turned sending off."""
    return bool(session.scalar(select(Switch.off).where(Switch.name == SENDING)))


def pause_sending(session: Session, ctx: Context, reason: str, actor: Principal) -> None:
    """No text is claimed from now on; what is in flight finishes. Staff are told when the product does it itself."""
    if _set(session, ctx, True, reason, actor) and actor.role is None:
        sentence = f"Sending was paused: {reason} Mend it, then resume sending."[:300]
        open_handoff(session, Need(Team.STAFF, Reason.SENDING_PAUSED, sentence, 1), ctx.clock.business(session))


def resume_sending(session: Session, ctx: Context, actor: Principal) -> None:
    """Texts go out again, those that wait first."""
    _set(session, ctx, False, None, actor)
    wake_after_commit(session, Wake.SEND)


def _set(session: Session, ctx: Context, off: bool, reason: str | None, actor: Principal) -> bool:
    """Whether this changed anything."""
    values = {
        "off": off,
        "reason": reason[:300] if reason else None,
        "actor": actor.name,
        "changed_at": ctx.clock.wall(),
    }
    insert_unless_there(session, Switch, values | {"name": SENDING, "off": False})
    turned = session.execute(
        update(Switch)
        .where(Switch.name == SENDING, Switch.off != off)
        .values(values)
        .returning(Switch.name)
        .execution_options(synchronize_session=False)
    )
    return turned.scalar() is not None


def sending_switch(ctx: Context) -> dict[str, str | bool | None]:
    """Whether sending is off, by whom and why."""
    with ctx.database.read() as session:
        switch = session.get(Switch, SENDING)
        off = switch is not None and switch.off
        return {
            "paused": off,
            "reason": switch.reason if switch and off else None,
            "actor": switch.actor if switch and off else None,
        }
