"""What operations look at first: whether everything flows, and where it stands if not. Few looks, none of them long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import State
from notifier.service.alarms import standing_alarms
from notifier.service.context import Context
from notifier.service.gap import SWEEP
from notifier.service.life_signs import Sign, see_signs
from notifier.service.switches import Pause, find_pause
from notifier.storage.models import Alarm, Heartbeat, Query, RefusedWebhook, Suppression, Text, Watermark, Webhook
from notifier.storage.models.inbound import WebhookState
from notifier.storage.models.people import SuppressionReason
from notifier.storage.models.texts import TextState

MOST_COUNTED = 1000  # of each kind: beyond it the page says "more than"


@dataclass(frozen=True)
class Overview:
    """The state of the house. Lags are how long the oldest has waited; counts stop at MOST_COUNTED.

    lag: of due times, business time. unsent: of texts that may go. swept_at: the last sweep, wall clock, None before
    the first. known_until: by direction, until when we know what the carrier has. silenced: phones that get no texts.
    """

    now: datetime  # wall clock
    pause: Pause | None
    lag: timedelta
    unsent: timedelta
    queued: int
    unknown: int
    quarantined: int
    refused: int
    failed_webhooks: int
    silenced: Mapping[SuppressionReason, int]
    swept_at: datetime | None
    known_until: Sequence[tuple[str, datetime]]
    alarms: Sequence[Alarm]
    signs: Sequence[Sign]


def overview(ctx: Context) -> Overview:
    """One short read, each count over the rows of a partial index, and no more than MOST_COUNTED of them.

    For a reason that few phones have, every entry in force is looked at: as many as there are such phones.
    """
    with ctx.database.read() as session:
        wall = ctx.clock.wall()
        now = wall + ctx.clock.offset(session)
        due, unsent, swept_at = session.execute(
            select(
                select(func.min(Query.next_due_at))
                .where(Query.state != State.CLOSED, Query.next_due_at <= now)
                .scalar_subquery(),
                select(func.min(Text.next_try_at))
                .where(Text.state == TextState.QUEUED, Text.send_after <= now)
                .scalar_subquery(),
                select(Heartbeat.at).where(Heartbeat.name == SWEEP).scalar_subquery(),
            )
        ).one()
        counts = _counts(session)
        return Overview(
            now=wall,
            pause=find_pause(session),
            lag=max(now - due, timedelta(0)) if due else timedelta(0),
            unsent=max(wall - unsent, timedelta(0)) if unsent else timedelta(0),
            **counts,
            swept_at=swept_at,
            known_until=[
                (str(mark.direction), mark.known_until)
                for mark in session.scalars(select(Watermark).order_by(Watermark.direction))
            ],
            alarms=standing_alarms(session, ctx),
            signs=see_signs(session, wall),
        )


def _counts(session: Session) -> dict[str, Any]:
    """All in one statement; each stops at MOST_COUNTED."""
    silenced = select(Suppression.id).where(Suppression.lifted_at.is_(None))
    wanted = {
        "queued": select(Text.id).where(Text.state == TextState.QUEUED),
        "unknown": select(Text.id).where(Text.state == TextState.UNKNOWN),
        "quarantined": select(Query.id).where(Query.quarantined_at.is_not(None)),
        "refused": select(RefusedWebhook.id).where(RefusedWebhook.replayed_at.is_(None)),
        "failed_webhooks": select(Webhook.id).where(Webhook.state == WebhookState.FAILED),
        **{reason.value: silenced.where(Suppression.reason == reason) for reason in SuppressionReason},
    }
    bounded = [
        select(func.count()).select_from(which.limit(MOST_COUNTED).subquery()).scalar_subquery().label(name)
        for name, which in wanted.items()
    ]
    found = dict(session.execute(select(*bounded)).one()._mapping)
    return found | {"silenced": {reason: found.pop(reason.value) for reason in SuppressionReason}}
