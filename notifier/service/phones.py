"""Phones as rows know them: keyed hashes to search by, and the list of those that must not be texted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifier.domain.permissions import SENDER
from notifier.domain.phone import Number, NumberKind, last4, read_number
from notifier.service.context import Context
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import Reply, Suppression
from notifier.storage.models.base import new_id
from notifier.storage.models.people import SuppressionReason
from notifier.storage.sealing import Keyring


@dataclass(frozen=True, repr=False)
class Phone:
    """A number as given and as read, and what rows store of it."""

    number: Number
    given: str
    mobile: str | None  # E.164; None = cannot be texted
    mobile_hash: str | None
    last4_hash: str | None


def phone_hash(keyring: Keyring, e164: str) -> str:
    """The hash that texts, replies and suppressions share."""
    return keyring.hash("phone", e164)


def read_phone(ctx: Context, given: str) -> Phone:
    """Read a number by the plan of the configured regions; never raises."""
    number = read_number(given, ctx.regions)
    ring = ctx.database.keyring
    usable = number.e164 if number.kind is NumberKind.SENDABLE else None
    return Phone(
        number=number,
        given=given,
        mobile=usable,
        mobile_hash=phone_hash(ring, usable) if usable else None,
        last4_hash=ring.hash("last4", last4(number.e164)) if number.e164 else None,
    )


def suppressed(session: Session, mobile_hash: str) -> SuppressionReason | None:
    """Why this phone must not be texted, or None."""
    return session.scalar(
        select(Suppression.reason)
        .where(Suppression.phone_hash == mobile_hash, Suppression.lifted_at.is_(None))
        .limit(1)
    )


@dataclass(frozen=True, repr=False)
class Evidence:
    """What says that a phone must not be texted: a sentence without personal data, who recorded it, what it rests on.

    `because`: people's own words; they are sealed.
    """

    sentence: str
    by: str
    reply_id: UUID | None = None
    attempt_id: UUID | None = None
    error_code: int | None = None
    handoff_id: UUID | None = None
    because: str | None = None


def suppress(session: Session, mobile_hash: str, reason: SuppressionReason, evidence: Evidence, at: datetime) -> bool:
    """Put a phone on the list; once is enough, also when two hear of it in one instant. Whether it was new."""
    row = {
        "id": new_id(),
        "phone_hash": mobile_hash,
        "reason": reason,
        "evidence": evidence.sentence,
        "recorded_by": evidence.by,
        "reply_id": evidence.reply_id,
        "attempt_id": evidence.attempt_id,
        "error_code": evidence.error_code,
        "handoff_id": evidence.handoff_id,
        "because": evidence.because,
        "created_at": at,
    }
    return insert_unless_there(session, Suppression, row)


def lift(
    session: Session, mobile_hash: str, reasons: Collection[SuppressionReason], at: datetime, reply: Reply
) -> None:
    """The sender takes a phone off the list, as far as it was put there before."""
    session.flush()
    session.execute(
        update(Suppression)
        .where(
            Suppression.phone_hash == mobile_hash,
            Suppression.reason.in_(reasons),
            Suppression.lifted_at.is_(None),
            Suppression.created_at <= at,
        )
        .values(lifted_at=at, lifted_by=SENDER.name, lifted_reply_id=reply.id)
    )
