"""What hangs: texts of which nobody knows, and rows that failed too often; each with what happens next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifier.domain.types import TextKind
from notifier.service.context import Context
from notifier.service.lookups import Page
from notifier.storage.models import Attempt, Query, Text, Webhook
from notifier.storage.models.inbound import WebhookState
from notifier.storage.models.texts import TextState

_MOST = 200  # of each kind


@dataclass(frozen=True)
class UnknownText:
    """A text that may be with the carrier. `age`: since it was first posted; `next_at` is wall-clock time."""

    text_id: UUID
    query_id: UUID
    code: str
    kind: TextKind
    attempts: int
    asked: int
    age: timedelta
    next_at: datetime
    next_step: str


@dataclass(frozen=True)
class Quarantined:
    """A row that failed, or killed its worker, too often; the others flow past it."""

    what: str
    id: UUID
    query_id: UUID | None
    failures: int
    since: datetime | None
    reason: str
    next_step: str


def list_unknown(ctx: Context, limit: int, after: UUID | None = None) -> Page:
    """Texts whose outcome is unknown, oldest first."""
    # Asked for each row that is shown: grouped beforehand, it would be every attempt there ever was.
    own = Attempt.text_id == Text.id
    first = select(func.min(Attempt.posting_at)).where(own).scalar_subquery().label("first")
    asked = select(func.sum(Attempt.asked)).where(own).scalar_subquery().label("asked")
    where = [Text.state == TextState.UNKNOWN, *([Text.id > after] if after else [])]
    with ctx.database.read() as session:
        now = ctx.clock.wall()
        rows = session.execute(
            select(Text.id, Text.query_id, Query.code, Text.kind, Text.attempts, Text.next_try_at, first, asked)
            .join(Query, Query.id == Text.query_id)
            .where(*where)
            .order_by(Text.id)
            .limit(limit + 1)
        ).all()
    shown = [_unknown(ctx, row, now) for row in rows[:limit]]
    return Page(shown, shown[-1].text_id if len(rows) > limit else None)


def _unknown(ctx: Context, row: Any, now: datetime) -> UnknownText:
    step = (
        "The carrier is asked for this text by its exact words: found, it counts as sent; not found, it is sent again"
    )
    if row.attempts >= ctx.sending.attempts_most:
        step = "The carrier is asked once more for this text by its exact words; not found, it goes to people"
    return UnknownText(
        text_id=row.id,
        query_id=row.query_id,
        code=row.code,
        kind=row.kind,
        attempts=row.attempts,
        asked=row.asked or 0,
        age=max(now - row.first, timedelta(0)) if row.first else timedelta(0),
        next_at=row.next_try_at,
        next_step=f"{step}." if row.next_try_at > now else f"{step}, as soon as a worker runs.",
    )


def list_quarantined(ctx: Context) -> Sequence[Quarantined]:
    """Webhooks, queries and texts that are set aside, those of each kind oldest first."""
    with ctx.database.read() as session:
        return [*_webhooks(session), *_queries(session), *_texts(session, ctx)]


def _webhooks(session: Session) -> list[Quarantined]:
    rows = session.scalars(
        select(Webhook).where(Webhook.state == WebhookState.FAILED).order_by(Webhook.id).limit(_MOST)
    )
    step = (
        "It is kept as it came: mend the cause the log names (webhook_failed), then let it be tried again "
        "(POST /api/v1/webhooks/ID/retry)."
    )
    return [
        Quarantined("webhook", row.id, None, row.attempts, row.received_at, f"Working on this {row.kind} failed.", step)
        for row in rows
    ]


def _queries(session: Session) -> list[Quarantined]:
    rows = session.scalars(
        select(Query).where(Query.quarantined_at.is_not(None)).order_by(Query.quarantined_at).limit(_MOST)
    )
    step = "Call the sender; its due time is tried again once a day. The log names the cause (due_time_not_fired)."
    return [
        Quarantined(
            "query", row.id, row.id, row.firing_failures, row.quarantined_at, "Its due time could not be fired.", step
        )
        for row in rows
    ]


def _texts(session: Session, ctx: Context) -> list[Quarantined]:
    rows = session.scalars(
        select(Text)
        .where(Text.state == TextState.FAILED, Text.attempts - Text.refusals > ctx.sending.attempts_most)
        .order_by(Text.id)
        .limit(_MOST)
    )
    step = "Call the sender, or ask again: a new round is a new text."
    return [
        Quarantined("text", row.id, row.query_id, row.attempts, row.created_at, row.reason or "It failed.", step)
        for row in rows
    ]
