"""The carrier's receipts: they bind a text to its SID, move its delivery up, and open the window."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.errors import NotifierError
from notifier.domain.lifecycle import State
from notifier.domain.receipts import advance
from notifier.domain.types import TextKind
from notifier.domain.window import grace_due
from notifier.service.acceptances import bind
from notifier.service.context import Context
from notifier.service.outcomes import send_anew, settle, text_failed
from notifier.service.planning import first_due
from notifier.service.switches import pause_for_news
from notifier.service.windows import open_round
from notifier.storage.models import Attempt, Query, Receipt, Round, Text, Webhook

log = structlog.get_logger()

_FAILED = ("failed", "undelivered", "canceled")
# A receipt may overtake the answer to our POST by the length of the slowest call, and by a restart.
_PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class News:
    """What the carrier says of a text, and when (business time) we were told."""

    status: str
    error_code: int | None
    at: datetime


class NotYetKnown(NotifierError):
    """A receipt came for a SID we do not know yet: it is looked at again shortly."""


def apply_receipt(session: Session, ctx: Context, webhook: Webhook, form: list[tuple[str, str]]) -> None:
    """Let one receipt take effect. Raises NotYetKnown while its text may still become known."""
    fields = dict(form)
    sid, status = fields.get("MessageSid", ""), fields.get("MessageStatus", "")
    attempt, text_id = _find(session, webhook.attempt_ref, sid)
    if text_id is None:
        if ctx.clock.wall() - webhook.received_at < _PATIENCE:
            raise NotYetKnown("No text has this SID yet.")
        log.warning("receipt_without_text", webhook=str(webhook.id), status=status)
        return
    query_id = session.scalars(select(Text.query_id).where(Text.id == text_id)).one()
    query = session.get_one(Query, query_id, with_for_update={"key_share": True})
    bind(session, ctx, query, text_id, sid, "accepted")
    text = session.get_one(Text, text_id, with_for_update=True, populate_existing=True)
    error_code = _code(fields.get("ErrorCode"))
    session.add(
        Receipt(
            webhook_id=webhook.id,
            text_id=text_id,
            attempt_id=attempt,
            carrier_sid=sid,
            status=status[:24],
            error_code=error_code,
            received_at=webhook.business_at,
        )
    )
    if text.carrier_sid != sid:
        # Another attempt of this text arrived too; its fate is kept, and must not overwrite the one that counts.
        log.warning("second_message_for_text", text=str(text_id), status=status)
        return
    apply_status(session, ctx, query, text, News(status, error_code, webhook.business_at))


def _find(session: Session, attempt_ref: str | None, sid: str) -> tuple[UUID | None, UUID | None]:
    """The attempt named by our own id, or the text known under the SID."""
    try:
        named = UUID(attempt_ref) if attempt_ref else None
    except ValueError:
        named = None
    if named is not None:
        found = session.execute(select(Attempt.id, Attempt.text_id).where(Attempt.id == named)).one_or_none()
        if found is not None:
            return found.id, found.text_id
    return None, session.scalar(select(Text.id).where(Text.carrier_sid == sid))


def _code(raw: str | None) -> int | None:
    return int(raw) if raw and raw.isascii() and raw.isdigit() and len(raw) < 9 else None


def apply_status(session: Session, ctx: Context, query: Query, text: Text, news: News) -> None:
    """Move the text's delivery up, with all that follows; the rows of query and text are locked."""
    before, text.delivery = text.delivery, advance(text.delivery, news.status)
    if text.delivery == before:
        return  # Late or repeated news: it is kept as a receipt and moves nothing.
    text.error_code = news.error_code
    current = _round_if_current(session, query, text)
    if text.delivery == "delivered":
        settle(text, news.at, None)
    if text.delivery == "delivered" and current is not None:
        open_round(session, ctx, query, current, news.at)
    elif text.delivery == "sent" and current is not None and query.state is State.RECEIVED:
        policy = ctx.window_of(query.authority, query.kind)
        query.next_due_at = grace_due(news.at, query.deadline_at, policy)
    elif text.delivery in _FAILED:
        _failed(session, ctx, query, text, news)


def _failed(session: Session, ctx: Context, query: Query, text: Text, news: News) -> None:
    explained = ctx.carrier.explain(news.error_code)
    pause_for_news(session, ctx, explained.reason, explained.hold, news.at)
    asked = _round_if_current(session, query, text) is not None
    # Once its window is open a question would be taken for answered, and dropped: then people ask.
    if explained.again and text.attempts < ctx.sending.attempts_most and (not asked or query.state is State.RECEIVED):
        send_anew(session, ctx, text)
        if asked:
            query.next_due_at = first_due(ctx, ctx.clock.business(session), query)  # as if it had never left
        return
    text.reason = explained.reason[:300]
    settle(text, news.at, explained.trouble)
    text_failed(session, ctx, query, text, explained.reason, explained.fault)


def _round_if_current(session: Session, query: Query, text: Text) -> Round | None:
    """The round whose question this text is, while it is the one being asked."""
    asked = session.get_one(Round, text.round_id)
    return asked if text.kind is TextKind.QUESTION and asked.number == query.round_number else None
