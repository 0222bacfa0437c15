"""Freezing what a text says: the words, the time it names, the number it comes from. Happens when it is claimed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, exists, select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid, TextTooLong, UnsafeText
from notifier.domain.lifecycle import Event, State
from notifier.domain.types import Channel, Language, Team, TextKind
from notifier.domain.window import WindowPolicy, closing_by, last_asking, reply_by
from notifier.domain.wording import Slots, render
from notifier.service.bars import on_the_list, stopped, stops_since
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason
from notifier.service.special_slots import Special, special_slots
from notifier.service.threads import sender_ids
from notifier.service.unplaced import last_unplaced, wrote_since
from notifier.service.windows import comes_too_late
from notifier.storage.models import AskBack, Handoff, Query, Question, Round, Suppression, Text
from notifier.storage.models.inbound import AskBackState

_TextRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class Unfit:
    """A text that may not go out, and what people have to do about it."""

    text_id: UUID
    query_id: UUID
    kind: TextKind
    need: Need


@dataclass(frozen=True)
class Unwanted:
    """A text nobody needs any more: its query moved on while it waited for another try, or its time has passed."""

    text_id: UUID
    because: str | None = None


@dataclass(frozen=True, repr=False)
class Frozen:
    """Columns of a text as it will be posted, and who gets it. `promises`: the round whose reply-by time it sets."""

    text_id: UUID
    query_id: UUID
    kind: TextKind
    recipient: str
    phone_hash: str
    columns: dict[str, Any]
    promises: UUID | None = None


def ref_of(code: str, round_number: int) -> str:
    """The reference a text shows: the query's code, and from the second round on its number."""
    return code if round_number == 1 else f"{code}-{round_number}"


def freeze(session: Session, ctx: Context, text_ids: Sequence[UUID], now: datetime) -> list[Frozen | Unfit | Unwanted]:
    """Render the given texts at business time `now`: one look at the rows for the whole batch."""
    rows = _look(session, text_ids, now)
    codes = _sms_codes(session, [row.round_id for row in rows])
    numbers = sender_ids(session, ctx, rows)
    unplaced = last_unplaced(session, [row.recipient_hash for row in rows if row.kind is TextKind.REMINDER])
    return [
        _hindrance(session, ctx, row, now, unplaced)
        or _freeze_one(ctx, row, codes.get(row.round_id, ()), numbers[row.id], now, special_slots(session, ctx, row))
        for row in rows
    ]


# Built once: putting a statement together costs more than running it.
_LOOK = (
    select(
        Text.id,
        Text.query_id,
        Text.round_id,
        Text.kind,
        Text.recipient,
        Text.recipient_hash,
        Text.send_after,
        Text.any_hour,
        Text.ever_posted,
        Text.body,
        Text.sender_id,
        Query.code,
        Query.item_id,
        Query.authority,
        Query.kind.label("asked_kind"),
        Query.language,
        Query.deadline_at,
        Query.mobile_hash,
        Query.state,
        Query.round_number,
        Text.call_id,
        exists().where(Handoff.id == Text.call_id, Handoff.closed_at.is_(None)).label("called"),
        AskBack.state.label("asked_back"),
        AskBack.our_number.label("thread"),
        Round.number,
        Round.reason,
        Round.created_at.label("asked_at"),
        Round.close_at,
        Round.reply_by,
        exists()
        .where(Suppression.phone_hash == Text.recipient_hash, Suppression.lifted_at.is_(None))
        .label("silenced"),
        stopped(Query.item_id, bindparam("stops_since")).label("stopped"),
    )
    .join(Query, Query.id == Text.query_id)
    .join(Round, Round.id == Text.round_id)
    .outerjoin(AskBack, AskBack.id == Text.ask_back_id)
    .where(Text.id.in_(bindparam("of_texts", expanding=True)))
    .order_by(Text.urgent_by, Text.id)
)
_SMS_CODES = (
    select(Question.round_id, Question.code)
    .where(Question.round_id.in_(bindparam("of_rounds", expanding=True)), Question.channel == Channel.SMS)
    .order_by(Question.round_id, Question.position)
)


def _look(session: Session, text_ids: Sequence[UUID], now: datetime) -> Sequence[_TextRow]:
    session.flush()
    wanted = {"of_texts": list(text_ids), "stops_since": stops_since(now)}
    return session.connection().execute(_LOOK, wanted).all()


def _sms_codes(session: Session, round_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    asked: dict[UUID, tuple[str, ...]] = {}
    for round_id, code in session.connection().execute(_SMS_CODES, {"of_rounds": list(round_ids)}):
        asked[round_id] = (*asked.get(round_id, ()), code)
    return asked


def _freeze_one(
    ctx: Context, row: _TextRow, codes: tuple[str, ...], sender_id: str, now: datetime, special: Special
) -> Frozen | Unfit | Unwanted:
    policy = ctx.window_of(row.authority, row.asked_kind)
    closing = row.close_at or closing_by(now, row.deadline_at, policy)
    overtaken = _overtaken(ctx, policy, row, closing, now)
    if row.ever_posted and row.body is not None and (overtaken is None or row.kind is not TextKind.REMINDER):
        # It may be with the carrier in these very words: other words could not be found again.
        return _frozen(row, {"sender_id": row.sender_id, "body": row.body})
    if overtaken is not None:
        return overtaken
    by = _reply_by(policy, row, closing, now)
    slots = Slots(row.item_id, row.authority, codes, ref_of(row.code, row.number), by, **asdict(special))
    try:
        rendered = render(ctx.catalogue, ctx.guard, row.kind, slots, row.language)
    except (UnsafeText, TextTooLong, Invalid) as refusal:
        return _unfit(row, why_unfit(refusal, row.language))
    columns = {
        "body": rendered.body,
        "body_hash": ctx.database.keyring.hash("body", rendered.body),
        "sender_id": sender_id,
        "language": rendered.language,
        "template": rendered.template,
        "encoding": rendered.size.encoding,
        "segments": rendered.size.segments,
        "reply_by": by,
    }
    promises = row.round_id if row.kind is TextKind.QUESTION else None
    return _frozen(row, columns, promises)


def _frozen(row: _TextRow, columns: dict[str, Any], promises: UUID | None = None) -> Frozen:
    return Frozen(row.id, row.query_id, row.kind, row.recipient, row.recipient_hash, columns, promises)


def _overtaken(
    ctx: Context, policy: WindowPolicy, row: _TextRow, closing: datetime | None, now: datetime
) -> Unfit | Unwanted | None:
    """What has lost its sense by waiting: the closing came, or is so near that a late reminder would only hurry."""
    passed = closing is not None and closing <= now
    if row.kind is TextKind.QUESTION and not passed and row.deadline_at is not None and not row.any_hour:
        passed = last_asking(row.deadline_at, policy) <= now
    if row.kind is TextKind.REMINDER and passed:
        return Unwanted(row.id)  # The closing is about to fire.
    if row.kind is TextKind.REMINDER and comes_too_late(ctx, row.send_after, now, closing):
        return Unwanted(row.id, "It was late, and too little time was left before the closing.")
    if row.kind is TextKind.QUESTION and passed:
        return _unfit(row, "The deadline passed before the text could be sent: call the sender.")
    return None


def _hindrance(
    session: Session, ctx: Context, row: _TextRow, now: datetime, unplaced: Mapping[str, datetime]
) -> Unfit | Unwanted | None:
    """What keeps a text from going out, whatever it says."""
    # Nothing goes to a number that was corrected meanwhile.
    if row.recipient_hash != row.mobile_hash or not _wanted(row):
        return Unwanted(row.id)
    # Its intake did not see the stop, nor the stop the query: the sweep closes it. Staff who ask again have seen it.
    if row.stopped and row.kind is TextKind.QUESTION and row.reason != Event.ASKED_AGAIN:
        return Unwanted(row.id, "Customs said this item must not be loaded.")
    if row.kind is TextKind.REMINDER and wrote_since(unplaced, row.recipient_hash, row.asked_at):
        return Unwanted(row.id, "A reply of this phone waits to be placed.")
    if row.kind is TextKind.SUMMARY and row.silenced:
        return Unwanted(row.id, "This phone gets no texts; the call comes all the same.")
    # Since it was queued the phone may have opted out, or the carrier said so.
    need = on_the_list(session, ctx, row.recipient_hash, now) if row.silenced else None
    return Unfit(row.id, row.query_id, row.kind, need) if need is not None else None


def _reply_by(policy: WindowPolicy, row: _TextRow, closing: datetime | None, now: datetime) -> datetime | None:
    """What the round's question promised stands in its later texts too, while it is still ahead."""
    if row.kind is not TextKind.QUESTION and row.reply_by is not None and row.reply_by > now:
        promised: datetime = row.reply_by
        return promised
    return reply_by(now, closing, policy) if closing is None or closing > now else None


def _unfit(row: _TextRow, sentence: str) -> Unfit:
    return Unfit(row.id, row.query_id, row.kind, text_refused(sentence))


def text_refused(sentence: str) -> Need:
    """Staff find another way to ask."""
    return Need(Team.STAFF, Reason.TEXT_REFUSED, sentence, priority=2)


def _wanted(row: _TextRow) -> bool:
    """A question while its query is received, a reminder while it waits, a summary while its joint call is open, a
    notice until it is closed or settled.
    """
    if row.kind in _WANTED_IN:
        return row.state is _WANTED_IN[row.kind] and row.number == row.round_number
    if row.kind is TextKind.WHICH_ITEM:
        return row.asked_back is AskBackState.OPEN
    if row.kind is TextKind.SUMMARY:
        return bool(row.called)
    return row.state is not State.CLOSED or row.kind in _ALSO_AFTER_CLOSING


_ALSO_AFTER_CLOSING = (TextKind.LATE, TextKind.IDENTITY)
_WANTED_IN = {TextKind.QUESTION: State.RECEIVED, TextKind.REMINDER: State.AWAITING_REPLY}


def why_unfit(refusal: Exception, language: Language | None) -> str:
    """What staff are told when a text cannot be made (Invalid: no wording, TextTooLong, UnsafeText)."""
    if isinstance(refusal, TextTooLong):
        return "These questions do not fit into one text: call the sender, or ask again with fewer questions."
    if isinstance(refusal, UnsafeText):
        return "The link guard refused the text: tell whoever keeps the wording, and call the sender."
    return f"There is no wording for this question in {language or 'both languages'}: call the sender."
