"""What operators do to the whole house: pause and resume sending, replay what was refused; each with who and why."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid
from notifier.domain.permissions import Principal
from notifier.service import installation
from notifier.service.context import Context
from notifier.service.refused import Judge, Replayed, replay_refused
from notifier.service.switches import pause_sending
from notifier.storage.models import Steering
from notifier.storage.models.house import Deed

_MOST_REASON = 300
_SHOWN = 10


def pause(ctx: Context, because: str, principal: Principal) -> None:
    """No text goes out from now on. Raises Invalid: no reason."""
    because = _checked(because)
    with ctx.database.begin() as session:
        pause_sending(session, ctx, because, principal)
        _note(session, ctx, Deed.PAUSED, because, principal)


def resume(ctx: Context, because: str, principal: Principal) -> None:
    """Texts go out again. Raises Invalid; Conflict for a copied database or another sender than before."""
    because = _checked(because)
    with ctx.database.begin() as session:
        installation.resume(session, ctx, principal)
        _note(session, ctx, Deed.RESUMED, because, principal)


def replay(ctx: Context, judge: Judge, because: str, principal: Principal) -> Replayed:
    """Judge refused webhooks once more. Raises Invalid: no reason."""
    because = _checked(because)
    with ctx.database.begin() as session:
        _note(session, ctx, Deed.REPLAYED, because, principal)
    return replay_refused(ctx, judge)


def latest_steerings(ctx: Context) -> Sequence[Steering]:
    """The newest first."""
    with ctx.database.read() as session:
        return session.scalars(select(Steering).order_by(Steering.id.desc()).limit(_SHOWN)).all()


def _checked(because: str) -> str:
    if not because.strip():
        raise Invalid.one("reason", "is missing.", "Say why: colleagues will ask.")
    if len(because) > _MOST_REASON:
        raise Invalid.one("reason", f"is longer than {_MOST_REASON} characters.", "Shorten it.")
    return because.strip()


def _note(session: Session, ctx: Context, deed: Deed, because: str, principal: Principal) -> None:
    session.add(Steering(deed=deed, actor=principal.name, because=because, at=ctx.clock.wall()))
