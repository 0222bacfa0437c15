"""What we send: texts, the attempts to post them, and the carrier's receipts."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.domain.types import TextKind, Trouble
from notifier.storage.columns import Sealed, UtcDateTime, words
from notifier.storage.models.base import Base, new_id


class TextState(StrEnum):
    """How far a text is on its way to the carrier; what happens after is `delivery`."""

    QUEUED = "queued"  # waits for its time and a worker
    CLAIMED = "claimed"  # a worker holds it under a lease; surely not posted yet
    POSTING = "posting"  # the POST may be under way
    UNKNOWN = "unknown"  # it may have been sent: ask before sending again
    HANDED_OVER = "handed_over"  # the carrier has it
    FAILED = "failed"  # will never be sent
    CANCELLED = "cancelled"  # was not needed any more


class AttemptOutcome(StrEnum):
    """How one POST ended."""

    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    NEVER = "never"
    UNKNOWN = "unknown"


_REMINDERS = text("state = 'queued' AND kind = 'reminder'")
_SUMMARY = text("kind = 'summary' AND state <> 'cancelled'")


class Text(Base):
    """One SMS to a sender; unique in its round for questions and reminders, in its joint call for summaries, and one
    notice of a kind in a query.
    """

    __tablename__ = "texts"
    __table_args__ = (
        Index(
            "uq_texts_round_kind",
            "round_id",
            "kind",
            unique=True,
            postgresql_where=text("kind IN ('question', 'reminder')"),
            sqlite_where=text("kind IN ('question', 'reminder')"),
        ),
        Index("uq_texts_summary", "call_id", unique=True, postgresql_where=_SUMMARY, sqlite_where=_SUMMARY),
        # The queue, in the order in which it is claimed; what makes a text due stands beside it, to be seen at once.
        Index(
            "ix_texts_queue",
            "urgent_by",
            "send_after",
            "next_try_at",
            postgresql_where=text("state = 'queued'"),
            sqlite_where=text("state = 'queued'"),
        ),
        Index(
            "ix_texts_on_their_way",
            "state",
            "next_try_at",
            postgresql_where=text("state IN ('claimed', 'posting', 'unknown')"),
            sqlite_where=text("state IN ('claimed', 'posting', 'unknown')"),
        ),
        # Whether any reminder waits is asked at every claim.
        Index("ix_texts_reminders", "urgent_by", postgresql_where=_REMINDERS, sqlite_where=_REMINDERS),
        Index(
            "ix_texts_failed", "id", postgresql_where=text("state = 'failed'"), sqlite_where=text("state = 'failed'")
        ),
        Index("ix_texts_recipient_hash", "recipient_hash", "query_id"),
        Index("ix_texts_query_id", "query_id"),
        CheckConstraint(
            "state NOT IN ('claimed', 'posting') OR (lease_until IS NOT NULL AND lease_token IS NOT NULL)",
            name="held_has_lease",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    query_id: Mapped[UUID] = mapped_column(ForeignKey("queries.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    kind: Mapped[TextKind] = mapped_column(words(TextKind))
    ask_back_id: Mapped[UUID | None] = mapped_column(ForeignKey("ask_backs.id"))  # which "Which item?" it puts
    call_id: Mapped[UUID | None] = mapped_column(ForeignKey("handoffs.id"))  # of a summary: the joint call it announces
    recipient: Mapped[str] = mapped_column(Sealed("texts.recipient"))  # E.164
    recipient_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[TextState] = mapped_column(words(TextState), default=TextState.QUEUED)
    send_after: Mapped[datetime] = mapped_column(UtcDateTime)  # business time: quiet hours
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)  # wall clock: retries, and asking about unknowns
    # Business time; the soonest is claimed first.
    urgent_by: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("CURRENT_TIMESTAMP"))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # wall clock
    lease_token: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(default=0)  # raised before the work
    refusals: Mapped[int] = mapped_column(default=0)  # of these, refused for now: surely not sent, and no fault of ours
    any_hour: Mapped[bool] = mapped_column(default=False)  # quiet hours do not hold it: staff decided so
    ever_posted: Mapped[bool] = mapped_column(default=False)  # a POST of this body had an unknown outcome once
    # Frozen when claimed:
    body: Mapped[str | None] = mapped_column(Sealed("texts.body"))
    body_hash: Mapped[str | None] = mapped_column(String(64))
    sender_id: Mapped[str | None] = mapped_column(String(20))
    language: Mapped[str | None] = mapped_column(String(16))
    template: Mapped[str | None] = mapped_column(String(64))
    encoding: Mapped[str | None] = mapped_column(String(8))
    segments: Mapped[int | None]
    reply_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Told by the carrier:
    carrier_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    delivery: Mapped[str | None] = mapped_column(String(24))
    error_code: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(300))  # a sentence for staff
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # business time, as the next
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when we learned that it arrived, or never will
    trouble: Mapped[Trouble | None] = mapped_column(words(Trouble))  # what its failure tells of the phone
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Attempt(Base):
    """One POST to the carrier. Its id rides in the callback, so a receipt can name it."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_text_id", "text_id"), Index("ix_attempts_carrier_sid", "carrier_sid"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    number: Mapped[int]
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime)  # wall clock, as the next two
    posting_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # committed before the POST
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[AttemptOutcome | None] = mapped_column(words(AttemptOutcome))
    carrier_sid: Mapped[str | None] = mapped_column(String(64))
    error_code: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(300))
    asked: Mapped[int] = mapped_column(default=0)  # how often the carrier was asked about it
    failed_later: Mapped[bool] = mapped_column(default=False)  # accepted, failed by a receipt, and so sent anew


class Receipt(Base):
    """One delivery status as it came; every one is kept, `texts.delivery` holds the highest."""

    __tablename__ = "receipts"
    __table_args__ = (Index("ix_receipts_text_id", "text_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id"), unique=True)
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempts.id"))
    carrier_sid: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(24))
    error_code: Mapped[int | None]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
