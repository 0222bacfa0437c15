"""What operations want to see, counted from the rows at the moment somebody asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import State
from notifier.service.alarms import count_messages, standing_alarms
from notifier.service.context import Context
from notifier.service.daily_cap import sent_today
from notifier.service.gap import longest_hold, since_sweep
from notifier.service.handoffs import shown_at
from notifier.service.joint_calls import stands_alone
from notifier.service.switches import find_pause
from notifier.storage.models import Handoff, Query, RefusedWebhook, Text, Watermark, Webhook
from notifier.storage.models.inbound import WebhookState


@dataclass(frozen=True)
class Figures:
    """Counts by their words; `sweep_lag`: how long the oldest due time has been waiting, business time.

    pause: why sending is off, None when it is on. segments_today: where a daily cap is set, else 0.
    since_sweep: None before the first. held: how long due times have waited for the carrier to be asked.
    """

    queries: dict[str, int]
    texts: dict[tuple[str, str], int]
    handoffs: dict[tuple[str, str], int]
    webhooks: dict[str, int]
    refused_webhooks: int
    sweep_lag: timedelta
    oldest_unsent: timedelta
    pause: str | None
    segments_today: int
    since_sweep: timedelta | None
    since_reconciliation: dict[str, timedelta]
    held: timedelta
    alarms: dict[str, int]
    alarm_messages: dict[str, int]


def count(ctx: Context) -> Figures:
    """One short read."""
    with ctx.database.read() as session:
        now, wall = ctx.clock.business(session), ctx.clock.wall()
        due = session.scalar(
            select(func.min(Query.next_due_at)).where(Query.state != State.CLOSED, Query.next_due_at <= now)
        )
        unsent = session.scalar(
            select(func.min(Text.next_try_at)).where(Text.state == "queued", Text.send_after <= now)
        )
        return Figures(
            queries={
                str(state): number
                for state, number in session.execute(select(Query.state, func.count()).group_by(Query.state))
            },
            texts={
                (str(state), delivery or "none"): number
                for state, delivery, number in session.execute(
                    select(Text.state, Text.delivery, func.count()).group_by(Text.state, Text.delivery)
                )
            },
            handoffs=_handoffs(session, now),
            webhooks=_webhooks(session),
            refused_webhooks=session.scalar(select(func.coalesce(func.sum(RefusedWebhook.count), 0))) or 0,
            sweep_lag=max(now - due, timedelta(0)) if due else timedelta(0),
            oldest_unsent=max(wall - unsent, timedelta(0)) if unsent else timedelta(0),
            pause=pause.cause.value if (pause := find_pause(session)) else None,
            segments_today=sent_today(session, ctx) or 0,
            since_sweep=since_sweep(session, ctx),
            since_reconciliation={
                str(direction): max(wall - known, timedelta(0))
                for direction, known in session.execute(select(Watermark.direction, Watermark.known_until))
            },
            held=longest_hold(session, ctx),
            alarms={alarm.kind.value: 1 for alarm in standing_alarms(session, ctx)},
            alarm_messages=count_messages(session),
        )


def _handoffs(session: Session, now: datetime) -> dict[tuple[str, str], int]:
    open_now = (
        select(Handoff.team, Handoff.reason, func.count())
        .where(Handoff.closed_at.is_(None), shown_at(now), stands_alone())
        .group_by(Handoff.team, Handoff.reason)
    )
    return {(str(team), reason): number for team, reason, number in session.execute(open_now)}


def _webhooks(session: Session) -> dict[str, int]:
    not_done = select(Webhook.state, func.count()).where(Webhook.state != WebhookState.DONE).group_by(Webhook.state)
    return {str(state): number for state, number in session.execute(not_done)}
