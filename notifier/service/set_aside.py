"""Webhooks that broke their worker too often: kept and set aside, shown to people, and tried again when they say so."""

from uuid import UUID

from sqlalchemy import select, update

from notifier.domain.errors import Conflict, NotFound
from notifier.domain.permissions import Principal
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, close_house_handoff, open_handoff
from notifier.service.lookups import Page
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.models import Webhook
from notifier.storage.models.inbound import WebhookState


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
    where = [Webhook.state == WebhookState.FAILED]
    if after is not None:
        where.append(Webhook.id > after)
    shown = (Webhook.id, Webhook.kind, Webhook.attempts, Webhook.received_at)
    with ctx.database.read() as session:
        rows = session.execute(select(*shown).where(*where).order_by(Webhook.id).limit(limit + 1)).all()
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def try_again(ctx: Context, webhook_id: UUID, principal: Principal) -> None:
    """Give it five more tries, and take it off the list. Raises NotFound, Conflict when it is not set aside."""
    with ctx.database.begin() as session:
        pending = session.execute(
            update(Webhook)
            .where(Webhook.id == webhook_id, Webhook.state == WebhookState.FAILED)
            .values(state=WebhookState.PENDING, attempts=0, next_try_at=ctx.clock.wall())
            .returning(Webhook.id)
            .execution_options(synchronize_session=False)
        ).scalar()
        if pending is None:
            if session.scalar(select(Webhook.id).where(Webhook.id == webhook_id)) is None:
                raise NotFound("There is no such webhook.")
            raise Conflict("This webhook is not set aside.")
        close_house_handoff(session, _need(webhook_id), ctx.clock.business(session), "tried again", principal)
        wake_after_commit(session, Wake.WEBHOOKS)
