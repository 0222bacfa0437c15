"""Webhooks: stored once before they are answered, worked on afterwards, tried again, and at last shown to people."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.firing import is_passing
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.service.receipts import NotYetKnown, apply_receipt
from notifier.service.replies import take_reply
from notifier.service.set_aside import set_aside
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import RefusedWebhook, Webhook
from notifier.storage.models.base import first_id, new_id
from notifier.storage.models.inbound import WebhookKind, WebhookState

log = structlog.get_logger()

Form = list[tuple[str, str]]

_PASSES_BY = timedelta(minutes=10)  # trouble of the database's
_TRIES = 5  # a webhook that broke its worker so often waits for a person
_REFUSED_KEPT = 1000  # distinct refused ones of a day; a flood must not fill the disk
_REFUSED_TOGETHER = 100  # new ones between two looks for old ones
_DAY = timedelta(days=1)
_REFUSED_FOR = timedelta(days=30)  # from the last time it came
_COUNTED_ONLY = "counted only"
_RAW_KEPT = 20_000  # characters of each: the longest text as a form, every character of it escaped
_TARGET_KEPT = 1000


@dataclass(frozen=True)
class Arrived:
    """A verified webhook: its unique key by the carrier's own words, and the attempt its address named.

    `at`: when it came, if not now (wall clock): what is found late counts from its arrival.
    """

    kind: WebhookKind
    form: Form
    attempt_ref: str | None = None
    at: datetime | None = None

    def dedupe_key(self) -> str:
        """One receipt per message and status, one reply per message."""
        fields = dict(self.form)
        if self.kind is WebhookKind.INBOUND:
            return f"i:{fields.get('MessageSid', '')[:64]}"
        return f"s:{fields.get('MessageSid', '')[:64]}:{fields.get('MessageStatus', '')[:24]}:{self.attempt_ref or ''}"


def store(ctx: Context, arrived: Arrived) -> bool:
    """Keep it, once; False when it is known. The reply to the carrier may go out after this."""
    with ctx.database.begin() as session:
        came = arrived.at or ctx.clock.wall()
        row = {
            "id": new_id(),
            "kind": arrived.kind,
            "dedupe_key": arrived.dedupe_key(),
            "attempt_ref": arrived.attempt_ref,
            "form": json.dumps(arrived.form, ensure_ascii=False),
            "state": WebhookState.PENDING,
            "attempts": 0,
            "next_try_at": came,
            "received_at": came,
            "business_at": came + ctx.clock.offset(session),
        }
        stored = insert_unless_there(session, Webhook, row)
        if stored:
            wake_after_commit(session, Wake.WEBHOOKS)
        return stored


def keep_refused(
    ctx: Context, kind: WebhookKind, reason: str, raw: str, target: str = "", signature: str | None = None
) -> None:
    """Keep what was not believed, and count it; beyond the limit it is only counted, in one row a kind and reason.

    `target` is the path and query that were asked: with them and the signature it can be verified once more.
    """
    with ctx.database.begin() as session:
        now = ctx.clock.wall()
        said = _fingerprint(kind, reason, raw, target, signature or "")
        if not _count_refused(session, said, now):
            if _kept_today(session, now) < _REFUSED_KEPT:
                content = {
                    "reason": reason[:80],
                    "raw": _writable(raw[:_RAW_KEPT]),
                    "target": _writable(target[:_TARGET_KEPT]) or None,
                    "signature": _writable(signature[:_TARGET_KEPT]) if signature else None,
                }
            else:
                said = _fingerprint(kind, reason, _COUNTED_ONLY)
                content = {"reason": counted_only(reason), "raw": "", "target": None, "signature": None}
            # Two of the same kind may arrive in one instant: one is kept, none is an error, and both are counted.
            row = {"id": new_id(), "fingerprint": said, "kind": kind, "count": 0, "first_at": now, "last_at": now}
            insert_unless_there(session, RefusedWebhook, row | content)
            _count_refused(session, said, now)
        sentence = f"A webhook was refused ({reason}): if the carrier sent it, check the public URL and the tokens."
        need = Need(Team.STAFF, Reason.WEBHOOK_REFUSED, sentence)
        open_handoff(session, need, now + ctx.clock.offset(session))


def _kept_today(session: Session, now: datetime) -> int:
    """How many new ones are kept of the last day. Now and then the old ones go."""
    fresh = (RefusedWebhook.replayed_at.is_(None), RefusedWebhook.first_at > now - _DAY)
    number = session.scalar(select(func.count(RefusedWebhook.id)).where(*fresh)) or 0
    if number % _REFUSED_TOGETHER == 0:
        session.execute(delete(RefusedWebhook).where(RefusedWebhook.last_at <= now - _REFUSED_FOR))
    return number


def counted_only(reason: str) -> str:
    """The reason as the row of those says it of which nothing is kept but their number."""
    return f"{reason[:60]} ({_COUNTED_ONLY})"


def is_counted_only(reason: str) -> bool:
    """Whether a row's reason says so."""
    return reason.endswith(f"({_COUNTED_ONLY})")


def _fingerprint(*said: str) -> str:
    return sha256("\0".join(said).encode(errors="replace")).hexdigest()


def _count_refused(session: Session, fingerprint: str, now: datetime) -> bool:
    """Once more; False when it is not kept yet."""
    counted = session.execute(
        update(RefusedWebhook)
        .where(RefusedWebhook.fingerprint == fingerprint)
        .values(count=RefusedWebhook.count + 1, last_at=now)
        .returning(RefusedWebhook.id)
    )
    return counted.scalar() is not None


def _writable(text: str) -> str:
    """Without halves of characters, which no file takes."""
    return text.encode(errors="replace").decode()


def process_webhooks(ctx: Context, most: int = 1000) -> int:
    """Work on what is stored, oldest first; returns how many were done."""
    done = 0
    while done < most and (batch := _claim(ctx)):
        done += sum(_process(ctx, webhook) for webhook in batch)
    return done


def _claim(ctx: Context) -> list[Webhook]:
    """Each claim is counted before the work, so that one which kills its worker is set aside in the end.

    New ones are claimed in batches. One that was in a worker's hands before is claimed alone: whatever becomes of that
    worker then is counted against this one, and not against its neighbours.
    """
    with ctx.database.begin() as session:
        now, lease = ctx.clock.wall(), ctx.webhook_lease
        return _take(session, now, lease, Webhook.attempts > 0, 1) or _take(
            session, now, lease, Webhook.attempts == 0, ctx.sending.batch
        )


def _take(session: Session, now: datetime, lease: timedelta, which: ColumnElement[bool], most: int) -> list[Webhook]:
    picked = (
        select(Webhook.id)
        .where(Webhook.state == WebhookState.PENDING, Webhook.next_try_at <= now, which)
        .order_by(Webhook.next_try_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("picked")
    )
    claimed = session.scalars(
        update(Webhook)
        .where(Webhook.id.in_(select(picked.c.id)))
        .values(attempts=Webhook.attempts + 1, next_try_at=now + lease)
        .returning(Webhook)
        .execution_options(synchronize_session=False)
    ).all()
    return sorted(claimed, key=lambda webhook: (webhook.received_at, webhook.id))


_WORK: dict[WebhookKind, Callable[[Session, Context, Webhook, Form], None]] = {
    WebhookKind.STATUS: apply_receipt,
    WebhookKind.INBOUND: take_reply,
}


def _process(ctx: Context, webhook: Webhook) -> bool:
    if webhook.attempts > _TRIES:
        set_aside(ctx, webhook.id)
        return False
    try:
        with ctx.database.begin() as session:
            if not _mark_done(session, ctx, webhook.id):
                return False
            form = [(name, value) for name, value in json.loads(webhook.form)]
            _WORK[webhook.kind](session, ctx, webhook, form)
        return True
    except NotYetKnown:
        _try_again(ctx, webhook, counted=False)
    except Exception as failure:
        # The form holds numbers and words: only its id and the kind of failure may be logged.
        log.warning("webhook_failed", webhook=str(webhook.id), tries=webhook.attempts, error=type(failure).__name__)
        # A database that is away says nothing about the webhook. One that fails for so long while others are worked on
        # would be tried for ever, and would hold what waits for it.
        long = webhook.id < first_id(ctx.clock.wall() - _PASSES_BY)  # stored; it may have come much earlier
        _try_again(ctx, webhook, counted=long or not is_passing(failure))
    return False


def _mark_done(session: Session, ctx: Context, webhook_id: UUID) -> bool:
    """In the same transaction as the work: a webhook takes effect once, whoever else holds it."""
    marked = session.execute(
        update(Webhook)
        .where(Webhook.id == webhook_id, Webhook.state == WebhookState.PENDING)
        .values(state=WebhookState.DONE, done_at=ctx.clock.wall())
        .returning(Webhook.id)
        .execution_options(synchronize_session=False)
    )
    return marked.scalar() is not None


def _try_again(ctx: Context, webhook: Webhook, *, counted: bool) -> None:
    with ctx.database.begin() as session:
        session.execute(
            update(Webhook)
            .where(Webhook.id == webhook.id, Webhook.state == WebhookState.PENDING)
            .values(
                next_try_at=_retry_at(ctx.clock.wall(), webhook.attempts),
                attempts=webhook.attempts if counted else webhook.attempts - 1,
            )
            .execution_options(synchronize_session=False)
        )


def _retry_at(now: datetime, attempts: int) -> datetime:
    return now + timedelta(seconds=2**attempts)
