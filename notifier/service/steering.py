"""What operators do to the whole house, by whatever door: each deed leaves a row with who did it, when and why.

They pause and resume sending, replay webhooks that were refused, and have one that was set aside tried again.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.permissions import Principal
from notifier.service import installation
from notifier.service.context import Context
from notifier.service.reasons import checked_reason
from notifier.service.refused import Judge, Replayed, replay_refused
from notifier.service.set_aside import try_again
from notifier.service.switches import pause_sending
from notifier.storage.models import Steering
from notifier.storage.models.house import Deed

_SHOWN = 10


def pause(ctx: Context, because: str | None, principal: Principal) -> None:
    """No text goes out from now on. `because` of all these deeds: None where nobody asks why. Raises Invalid."""
    because = _checked(because)
    with ctx.database.begin() as session:
        pause_sending(session, ctx, because, principal)
        _note(session, ctx, Deed.PAUSED, because, principal)


def resume(
    ctx: Context, because: str | None, principal: Principal, *, anyway: bool = False, as_new_identity: bool = False
) -> None:
    """Texts go out again. Raises Invalid; Conflict for a copied database or another sender, unless told so."""
    because = _checked(because)
    with ctx.database.begin() as session:
        installation.resume(session, ctx, principal, anyway=anyway, as_new_identity=as_new_identity)
        _note(session, ctx, Deed.RESUMED, because, principal)


def replay(ctx: Context, judge: Judge, because: str | None, principal: Principal) -> Replayed:
    """Judge refused webhooks once more. Raises Invalid."""
    because = _checked(because)
    with ctx.database.begin() as session:
        _note(session, ctx, Deed.REPLAYED, because, principal)
    return replay_refused(ctx, judge)


def retry(ctx: Context, webhook_id: UUID, because: str | None, principal: Principal) -> None:
    """Try a webhook again that was set aside. Raises Invalid, NotFound, Conflict when it is not set aside."""
    because = _checked(because)
    with ctx.database.begin() as session:
        try_again(session, ctx, webhook_id, principal)
        _note(session, ctx, Deed.RETRIED, because, principal, webhook_id)


def latest_steerings(ctx: Context) -> Sequence[Steering]:
    """The newest first."""
    with ctx.database.read() as session:
        return session.scalars(select(Steering).order_by(Steering.id.desc()).limit(_SHOWN)).all()


def _checked(because: str | None) -> str:
    return "" if because is None else checked_reason(because)


def _note(
    session: Session, ctx: Context, deed: Deed, because: str, principal: Principal, about: UUID | None = None
) -> None:
    session.add(Steering(deed=deed, actor=principal.name, because=because, about=about, at=ctx.clock.wall()))
