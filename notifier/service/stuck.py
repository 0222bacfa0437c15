"""What hangs: texts of which nobody knows, and rows that failed too often; each with what happens next."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifier.domain.types import TextKind
from notifier.service.context import Context
from notifier.service.lookups import Filters, Page, where_of
from notifier.storage.models import Attempt, Query, Text, Webhook
from notifier.storage.models.inbound import WebhookState
from notifier.storage.models.texts import TextState


class What(StrEnum):
    """What is set aside."""

    WEBHOOK = "webhook"
    QUERY = "query"
    TEXT = "text"


@dataclass(frozen=True)
class UnknownText:
    """A text that may be with the carrier. `age`: since it was first posted; `next_at` is wall-clock time."""

    text_id: UUID
    query_id: UUID
    code: str
    kind: TextKind
    attempts: int
    asked: int
    age: timedelta = field(repr=False)  # it differs at each look
    next_at: datetime
    next_step: str


@dataclass(frozen=True)
class Quarantined:
    """A row that failed, or killed its worker, too often; the others flow past it."""

    what: What
    id: UUID
    query_id: UUID | None
    failures: int
    since: datetime | None
    reason: str
    next_step: str
    code: str | None = None


def list_unknown(
    ctx: Context,
    limit: int,
    after: UUID | None = None,
    *,
    of_queries: Filters | None = None,
    kind: TextKind | None = None,
) -> Page:
    """Texts whose outcome is unknown, oldest first; of these queries and of one kind, where these are given."""
    # Asked for each row that is shown: grouped beforehand, it would be every attempt there ever was.
    own = Attempt.text_id == Text.id
    first = select(func.min(Attempt.posting_at)).where(own).scalar_subquery().label("first")
    asked = select(func.sum(Attempt.asked)).where(own).scalar_subquery().label("asked")
    where = [Text.state == TextState.UNKNOWN, *where_of(ctx, of_queries or Filters())]
    where += [*([Text.id > after] if after else []), *([Text.kind == kind] if kind else [])]
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


def list_quarantined(
    ctx: Context, limit: int, after: UUID | None = None, *, of_queries: Filters | None = None, what: What | None = None
) -> Page:
    """Webhooks, queries and texts that are set aside, oldest first: ids of every table grow with time.

    `what`: of one kind alone; `of_queries`: of these queries, which leaves out webhooks, since none names its query.
    """
    kinds = [kind for kind in _SET_ASIDE if what in (None, kind) and not (of_queries and kind is What.WEBHOOK)]
    with ctx.database.read() as session:
        found = [row for kind in kinds for row in _SET_ASIDE[kind](session, ctx, limit + 1, after, of_queries)]
    rows = sorted(found, key=lambda row: row.id)[: limit + 1]
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def _webhooks(session: Session, _: Context, limit: int, after: UUID | None, __: Filters | None) -> list[Quarantined]:
    where = [Webhook.state == WebhookState.FAILED, *([Webhook.id > after] if after else [])]
    shown = (Webhook.id, Webhook.kind, Webhook.attempts, Webhook.received_at)  # what they hold is not for a list
    rows = session.execute(select(*shown).where(*where).order_by(Webhook.id).limit(limit))
    step = (
        "It is kept as it came: mend the cause the log names (webhook_failed), then let it be tried again "
        "from the list."
    )
    return [
        Quarantined(
            What.WEBHOOK, row.id, None, row.attempts, row.received_at, f"Working on this {row.kind} failed.", step
        )
        for row in rows
    ]


def _queries(
    session: Session, ctx: Context, limit: int, after: UUID | None, of_queries: Filters | None
) -> list[Quarantined]:
    where = [Query.quarantined_at.is_not(None), *where_of(ctx, of_queries or Filters())]
    if after is not None:
        where.append(Query.id > after)
    rows = session.scalars(select(Query).where(*where).order_by(Query.id).limit(limit))
    step = "Call the sender; its due time is tried again once a day. The log names the cause (due_time_not_fired)."
    why = "Its due time could not be fired."
    return [
        Quarantined(What.QUERY, row.id, row.id, row.firing_failures, row.quarantined_at, why, step, row.code)
        for row in rows
    ]


def _texts(
    session: Session, ctx: Context, limit: int, after: UUID | None, of_queries: Filters | None
) -> list[Quarantined]:
    given_up = Text.attempts - Text.refusals > ctx.sending.attempts_most
    where = [Text.state == TextState.FAILED, given_up, *where_of(ctx, of_queries or Filters())]
    if after is not None:
        where.append(Text.id > after)
    named = select(Text, Query.code).join(Query, Query.id == Text.query_id)
    step = "Call the sender, or ask again: a new round is a new text."
    return [
        Quarantined(
            What.TEXT, row.id, row.query_id, row.attempts, row.created_at, row.reason or "It failed.", step, code
        )
        for row, code in session.execute(named.where(*where).order_by(Text.id).limit(limit))
    ]


_SET_ASIDE: dict[What, Callable[[Session, Context, int, UUID | None, Filters | None], list[Quarantined]]] = {
    What.WEBHOOK: _webhooks,
    What.QUERY: _queries,
    What.TEXT: _texts,
}
