"""Freezing what a text says: the words, the time it names, the number it comes from. Happens when it is claimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid, TextTooLong, UnsafeText
from notifier.domain.lifecycle import State
from notifier.domain.types import Channel, Language, TextKind
from notifier.domain.window import reply_by
from notifier.domain.wording import Slots, render
from notifier.service.context import Context
from notifier.storage.models import Query, Question, Round, Text

_TextRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class Unfit:
    """A text that may not go out, with a sentence for staff."""

    text_id: UUID
    query_id: UUID
    sentence: str


@dataclass(frozen=True)
class Unwanted:
    """A text nobody needs any more: its query moved on while it waited for another try."""

    text_id: UUID


@dataclass(frozen=True, repr=False)
class Frozen:
    """Columns of a text as it will be posted, and who gets it."""

    text_id: UUID
    query_id: UUID
    recipient: str
    columns: dict[str, Any]


def ref_of(code: str, round_number: int) -> str:
    """The reference a text shows: the query's code, and from the second round on its number."""
    return code if round_number == 1 else f"{code}-{round_number}"


def freeze(session: Session, ctx: Context, text_ids: Sequence[UUID], now: datetime) -> list[Frozen | Unfit | Unwanted]:
    """Render the given texts at business time `now`: one look at the rows for the whole batch."""
    rows = session.execute(
        select(
            Text.id,
            Text.query_id,
            Text.round_id,
            Text.kind,
            Text.recipient,
            Text.recipient_hash,
            Text.ever_posted,
            Text.body,
            Text.sender_id,
            Query.code,
            Query.item_id,
            Query.authority,
            Query.language,
            Query.deadline_at,
            Query.state,
            Query.round_number,
            Round.number,
            Round.close_at,
        )
        .join(Query, Query.id == Text.query_id)
        .join(Round, Round.id == Text.round_id)
        .where(Text.id.in_(text_ids))
    ).all()
    codes = _sms_codes(session, [row.round_id for row in rows])
    return [_freeze_one(ctx, row, codes.get(row.round_id, ()), now) for row in rows]


def _sms_codes(session: Session, round_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    asked: dict[UUID, tuple[str, ...]] = {}
    for round_id, code in session.execute(
        select(Question.round_id, Question.code)
        .where(Question.round_id.in_(round_ids), Question.channel == Channel.SMS)
        .order_by(Question.round_id, Question.position)
    ):
        asked[round_id] = (*asked.get(round_id, ()), code)
    return asked


def _freeze_one(ctx: Context, row: _TextRow, codes: tuple[str, ...], now: datetime) -> Frozen | Unfit | Unwanted:
    if not _wanted(row):
        return Unwanted(row.id)
    if row.ever_posted and row.body is not None:
        # It may be with the carrier in these very words: other words could not be found again.
        return Frozen(row.id, row.query_id, row.recipient, {"sender_id": row.sender_id, "body": row.body})
    closing = row.close_at or row.deadline_at
    if row.kind in (TextKind.QUESTION, TextKind.REMINDER) and closing is not None and closing <= now:
        return Unfit(row.id, row.query_id, "The deadline passed before the text could be sent: call the sender.")
    by = reply_by(now, closing, ctx.window) if closing is None or closing > now else None
    slots = Slots(row.item_id, row.authority, codes, ref_of(row.code, row.number), by)
    try:
        rendered = render(ctx.catalogue, ctx.guard, row.kind, slots, row.language)
    except (UnsafeText, TextTooLong, Invalid) as refusal:
        return Unfit(row.id, row.query_id, _why_unfit(refusal, row.language))
    columns = {
        "body": rendered.body,
        "body_hash": ctx.database.keyring.hash("body", rendered.body),
        "sender_id": _sender_id(ctx, row.recipient_hash),
        "language": rendered.language,
        "template": rendered.template,
        "encoding": rendered.size.encoding,
        "segments": rendered.size.segments,
        "reply_by": by,
    }
    return Frozen(row.id, row.query_id, row.recipient, columns)


def _wanted(row: _TextRow) -> bool:
    """A question while its query is received, a reminder while it waits, a notice until it is closed."""
    if row.kind in _WANTED_IN:
        return row.state is _WANTED_IN[row.kind] and row.number == row.round_number
    return row.state is not State.CLOSED


_WANTED_IN = {TextKind.QUESTION: State.RECEIVED, TextKind.REMINDER: State.AWAITING_REPLY}


def _why_unfit(refusal: Exception, language: Language | None) -> str:
    if isinstance(refusal, TextTooLong):
        return "These questions do not fit into one text: call the sender, or ask again with fewer questions."
    if isinstance(refusal, UnsafeText):
        return "The link guard refused the text: tell whoever keeps the wording, and call the sender."
    return f"There is no wording for this question in {language or 'both languages'}: call the sender."


def _sender_id(ctx: Context, recipient_hash: str) -> str:
    """The same number of the pool for the same phone, so that a sender sees one thread."""
    pool = ctx.sending.sender_ids
    return pool[int(recipient_hash[:8], 16) % len(pool)]
