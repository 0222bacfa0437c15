"""Webhooks that were not believed: shown without a word of what they hold, and worked on once they are believed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from notifier.domain.types import Disbelief
from notifier.service.context import Context
from notifier.service.handoffs import Reason, close_house_handoffs
from notifier.service.lookups import Page
from notifier.service.webhooks import Arrived, counted_only, is_counted_only, store
from notifier.storage.models import RefusedWebhook
from notifier.storage.models.inbound import WebhookKind

_BATCH = 100

# Kind, path and query, body, signature; to what it says, or the reason why it is not believed.
Judge = Callable[[WebhookKind, str, str, str | None], Arrived | Disbelief]


@dataclass(frozen=True)
class Refused:
    """A webhook that is not believed: how often it came, first and last (wall clock); nothing of what it holds."""

    id: UUID
    kind: WebhookKind
    reason: str
    count: int
    first_at: datetime
    last_at: datetime

    @property
    def why(self) -> Disbelief | None:
        """The reason as one of those there are; None: it is of an older version."""
        return next((one for one in Disbelief if self.reason in (one, counted_only(one))), None)

    @property
    def counted_only(self) -> bool:
        """Whether nothing of it was kept but its number."""
        return is_counted_only(self.reason)


@dataclass(frozen=True)
class Replayed:
    """What a replay came to. `known`: believed now, but the carrier had told it in another way already."""

    applied: int
    known: int
    refused: int


def list_refused(
    ctx: Context,
    limit: int,
    after: UUID | None = None,
    *,
    kind: WebhookKind | None = None,
    reason: Disbelief | None = None,
) -> Page:
    """Those that still are not believed, newest first; of one kind, and for one reason, where these are given."""
    where: list[ColumnElement[bool]] = [RefusedWebhook.replayed_at.is_(None)]
    if after is not None:
        where.append(RefusedWebhook.id < after)
    if kind is not None:
        where.append(RefusedWebhook.kind == kind)
    if reason is not None:
        where.append(RefusedWebhook.reason.in_((reason.value, counted_only(reason))))
    columns = (RefusedWebhook.id, RefusedWebhook.kind, RefusedWebhook.reason, RefusedWebhook.count)
    times = (RefusedWebhook.first_at, RefusedWebhook.last_at)
    with ctx.database.read() as session:
        found = select(*columns, *times).where(*where).order_by(RefusedWebhook.id.desc()).limit(limit + 1)
        rows = [Refused(*row) for row in session.execute(found)]
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def replay_refused(ctx: Context, judge: Judge) -> Replayed:
    """Judge each once more by the present configuration; what is believed takes the usual path, and counts from the
    time it first came. Doing it twice, or being stopped in the middle, changes nothing. Those that were only counted
    hold nothing to judge: a reconcile finds what of them was the carrier's.
    """
    applied = known = refused = 0
    for row in _waiting(ctx):
        if is_counted_only(row.reason):
            continue
        judged = judge(row.kind, row.target or "", row.raw, row.signature)
        if isinstance(judged, Disbelief):
            refused += 1
            continue
        fresh = store(ctx, replace(judged, at=row.first_at))
        applied, known = applied + fresh, known + (not fresh)
        _settle(ctx, row.id)
    if not refused:
        _nothing_left(ctx)
    return Replayed(applied, known, refused)


def _waiting(ctx: Context) -> Iterator[RefusedWebhook]:
    """A batch at a time, each read by itself: no transaction stays open while they are worked on."""
    after: UUID | None = None
    while True:
        where = [RefusedWebhook.replayed_at.is_(None), *([RefusedWebhook.id > after] if after else [])]
        with ctx.database.read() as session:
            rows = session.scalars(select(RefusedWebhook).where(*where).order_by(RefusedWebhook.id).limit(_BATCH)).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].id


def _settle(ctx: Context, refused_id: UUID) -> None:
    with ctx.database.begin() as session:
        session.execute(
            update(RefusedWebhook).where(RefusedWebhook.id == refused_id).values(replayed_at=ctx.clock.wall())
        )


def _nothing_left(ctx: Context) -> None:
    with ctx.database.begin() as session:
        close_house_handoffs(session, Reason.WEBHOOK_REFUSED, ctx.clock.business(session), "every one is believed now")
