"""Phones as rows know them: keyed hashes to search by, and the list of those that must not be texted."""

from dataclasses import dataclass
from datetime import datetime

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
        select(Suppression.reason).where(Suppression.phone_hash == mobile_hash, Suppression.lifted_at.is_(None))
    )


def suppress(
    session: Session,
    mobile_hash: str,
    reason: SuppressionReason,
    evidence: str,
    at: datetime,
    reply: Reply | None = None,
) -> None:
    """Put a phone on the list; once is enough, also when two hear of it in one instant."""
    row = {"id": new_id(), "phone_hash": mobile_hash, "reason": reason, "evidence": evidence, "created_at": at}
    insert_unless_there(session, Suppression, row | {"reply_id": reply.id if reply else None})


def lift(session: Session, mobile_hash: str, reason: SuppressionReason, at: datetime) -> None:
    """The sender takes a phone off the list, as far as it was put there before."""
    session.flush()
    session.execute(
        update(Suppression)
        .where(
            Suppression.phone_hash == mobile_hash,
            Suppression.reason == reason,
            Suppression.lifted_at.is_(None),
            Suppression.created_at <= at,
        )
        .values(lifted_at=at, lifted_by=SENDER.name)
    )
