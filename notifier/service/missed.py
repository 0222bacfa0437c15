"""What webhooks missed, from a list of the carrier's messages to the very forms its webhooks would have brought."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from notifier.carriers.port import CarrierMessage
from notifier.domain.receipts import advance
from notifier.domain.types import Direction
from notifier.service.context import Context
from notifier.service.phones import phone_hash
from notifier.service.webhooks import Arrived, Form, store
from notifier.storage.models import Attempt, Receipt, Reply, Text, Webhook
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.texts import TextState


@dataclass(frozen=True)
class Tally:
    """Messages found; news applied; messages that told nothing new; and texts at the carrier that no row knows."""

    found: int = 0
    applied: int = 0
    known: int = 0
    strange: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.found + other.found,
            self.applied + other.applied,
            self.known + other.known,
            self.strange + other.strange,
        )


def apply_missed(ctx: Context, direction: Direction, messages: Sequence[CarrierMessage]) -> Tally:
    """Store what we have not heard of, as if its webhook had come when the carrier had the news; oldest first."""
    ordered = sorted(messages, key=lambda message: (_arrival(ctx, message), message.sid))
    with ctx.database.read() as session:
        arrived, strange = (_replies if direction is Direction.IN else _receipts)(session, ctx, ordered)
    applied = sum(store(ctx, one) for one in arrived)
    return Tally(len(ordered), applied, len(ordered) - applied - strange, strange)


def _arrival(ctx: Context, message: CarrierMessage) -> datetime:
    """When the carrier had this news; never in our future, and now where it does not say."""
    told = message.changed_at if message.direction is Direction.OUT else None
    now = ctx.clock.wall()
    return min(told or message.sent_at or message.created_at or now, now)


def _replies(session: Session, ctx: Context, messages: Sequence[CarrierMessage]) -> tuple[list[Arrived], int]:
    arrived = [Arrived(WebhookKind.INBOUND, _reply_form(message), at=_arrival(ctx, message)) for message in messages]
    sids = [message.sid for message in messages]
    taken = set(session.scalars(select(Reply.carrier_sid).where(Reply.carrier_sid.in_(sids))))
    return _new(session, [one for one in arrived if dict(one.form)["MessageSid"] not in taken]), 0


def _reply_form(message: CarrierMessage) -> Form:
    return [
        ("MessageSid", message.sid),
        ("From", message.sender_id),
        ("To", message.to),
        ("Body", message.body),
        ("NumMedia", str(message.num_media)),
    ]


def _new(session: Session, arrived: Iterable[Arrived]) -> list[Arrived]:
    """Those whose webhook never came. The unique key would refuse the others too; this saves a statement each."""
    by_key = {one.dedupe_key(): one for one in arrived}
    known = session.scalars(select(Webhook.dedupe_key).where(Webhook.dedupe_key.in_(by_key)))
    for key in known:
        del by_key[key]
    return list(by_key.values())


@dataclass(frozen=True)
class _Bound:
    """A text of ours that the carrier names: by its SID, or by its exact words."""

    text_id: UUID
    delivery: str | None
    by_words: bool = False


def _receipts(session: Session, ctx: Context, messages: Sequence[CarrierMessage]) -> tuple[list[Arrived], int]:
    texts = _texts_of(session, ctx, messages)
    attempts = _attempts_of(session, {text.text_id for text in texts.values()})
    told, strange = [], 0
    others = _second_messages(session, [message.sid for message in messages if message.sid not in texts])
    for message in messages:
        text = texts.get(message.sid)
        if text is None:
            strange += message.sid not in others
        elif text.by_words or advance(text.delivery, message.status) != text.delivery:
            attempt = attempts.get(message.sid) or attempts.get(text.text_id)
            arrived = Arrived(WebhookKind.STATUS, _receipt_form(message), at=_arrival(ctx, message))
            told.append(replace(arrived, attempt_ref=str(attempt) if attempt else None))
    return _new(session, told), strange


def _receipt_form(message: CarrierMessage) -> Form:
    form = [
        ("MessageSid", message.sid),
        ("MessageStatus", message.status),
        ("From", message.sender_id),
        ("To", message.to),
    ]
    return form if message.error_code is None else [*form, ("ErrorCode", str(message.error_code))]


def _texts_of(session: Session, ctx: Context, messages: Sequence[CarrierMessage]) -> dict[str, _Bound]:
    """Our text for each SID. Every body holds its query's reference and round: the same words are the same text."""
    sids = [message.sid for message in messages]
    rows = session.execute(select(Text.carrier_sid, Text.id, Text.delivery).where(Text.carrier_sid.in_(sids)))
    found = {str(row.carrier_sid): _Bound(row.id, row.delivery) for row in rows}
    in_doubt = _in_doubt(session)
    ring = ctx.database.keyring
    for message in messages:
        words = (ring.hash("body", message.body), phone_hash(ring, message.to))
        if message.sid not in found and words in in_doubt:
            found[message.sid] = _Bound(in_doubt[words], None, by_words=True)
    return found


def _in_doubt(session: Session) -> dict[tuple[str | None, str], UUID]:
    """Texts without a SID of which the carrier may know, by words and phone."""
    rows = session.execute(
        select(Text.body_hash, Text.recipient_hash, Text.id).where(
            or_(Text.state.in_((TextState.UNKNOWN, TextState.POSTING)), Text.state == TextState.QUEUED),
            Text.body_hash.is_not(None),
        )
    )
    return {(row.body_hash, row.recipient_hash): row.id for row in rows}


def _attempts_of(session: Session, text_ids: set[UUID]) -> dict[str | UUID, UUID]:
    """The attempt behind a SID, and the last one of each text: with it the key is the one the webhook would have."""
    rows = session.execute(
        select(Attempt.id, Attempt.text_id, Attempt.carrier_sid)
        .where(Attempt.text_id.in_(text_ids), Attempt.posting_at.is_not(None))
        .order_by(Attempt.number)
    )
    found: dict[str | UUID, UUID] = {}
    for row in rows:
        found[row.text_id] = row.id
        if row.carrier_sid:
            found[row.carrier_sid] = row.id
    return found


def _second_messages(session: Session, sids: Sequence[str]) -> set[str]:
    """SIDs of texts that went out twice: their fate is kept beside the one that counts."""
    return set(session.scalars(select(Receipt.carrier_sid).where(Receipt.carrier_sid.in_(sids))))
