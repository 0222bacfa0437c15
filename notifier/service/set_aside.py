"""Webhooks that broke their worker too often: kept and set aside, shown to people, and tried again when they say so."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict, NotFound
from notifier.domain.permissions import Principal
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, close_house_handoff, open_handoff
from notifier.service.lookups import Page
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.models import Webhook
from notifier.storage.models.inbound import WebhookKind, WebhookState

_WAITS = Webhook.state == WebhookState.FAILED
_SHOWN = (Webhook.id, Webhook.kind, Webhook.attempts, Webhook.received_at)


def set_aside(ctx: Context, webhook_id: UUID) -> None:
    """Try it no more, and tell staff which one it is: each has a handoff of its own."""
    with ctx.database.begin() as session:
        session.execute(
            update(Webhook)
            .where(Webhook.id == webhook_id, Webhook.state == WebhookState.PENDING)
            .values(state=WebhookState.FAILED)
        )
        open_handoff(session, _need(webhook_id), ctx.clock.business(session))


def _need(webhook_id: UUID) -> Need:
    sentence = (
        f"Webhook {webhook_id} could not be worked on in five tries: it is kept. Tell whoever runs the service; once "
        "the fault is mended, ops let it be tried again."
    )
    return Need(Team.STAFF, Reason.QUARANTINED, sentence, priority=1)


def list_set_aside(ctx: Context, limit: int, after: UUID | None = None) -> Page:
    """Those that wait for people, oldest first. What they hold is not for a list."""
    where = [_WAITS, *([Webhook.id > after] if after else [])]
    with ctx.database.read() as session:
        rows = session.execute(select(*_SHOWN).where(*where).order_by(Webhook.id).limit(limit + 1)).all()
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def find_set_aside(ctx: Context, webhook_id: UUID) -> Row[UUID, WebhookKind, int, datetime]:
    """One of them, as the list shows it. Raises NotFound, Conflict when it is not set aside."""
    with ctx.database.read() as session:
        row = session.execute(select(*_SHOWN).where(Webhook.id == webhook_id, _WAITS)).one_or_none()
        if row is None:
            raise _not_set_aside(session, webhook_id)
        return row


def try_again(session: Session, ctx: Context, webhook_id: UUID, principal: Principal) -> None:
    """Give it five more tries, and take it off the list. Raises NotFound, Conflict when it is not set aside."""
    pending = session.execute(
        update(Webhook)
        .where(Webhook.id == webhook_id, _WAITS)
        .values(state=WebhookState.PENDING, attempts=0, next_try_at=ctx.clock.wall())
        .returning(Webhook.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if pending is None:
        raise _not_set_aside(session, webhook_id)
    close_house_handoff(session, _need(webhook_id), ctx.clock.business(session), "tried again", principal)
    wake_after_commit(session, Wake.WEBHOOKS)


def _not_set_aside(session: Session, webhook_id: UUID) -> NotFound | Conflict:
    if session.scalar(select(Webhook.id).where(Webhook.id == webhook_id)) is None:
        return NotFound("There is no such webhook.")
    return Conflict("This webhook is not set aside.")
