"""What staff keep of the telephone: notes about calls, and what they looked up for people who called."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.storage.columns import Sealed, UtcDateTime, words
from notifier.storage.models.base import Base, new_id


class CallOutcome(StrEnum):
    """How a call ended, or what became of its handoff."""

    ANSWERED = "answered"  # for the sender: the answer is written down, staff judge it
    NO_ANSWER = "no_answer"  # nobody picked up: it comes back on the list at the next try
    WRONG_NUMBER = "wrong_number"
    PREFERS_CALLS = "prefers_calls"
    WANTS_RETURN = "wants_return"  # the item is to come back to the sender
    HANDED_OVER = "handed_over"  # to another team
    DONE = "done"


class CallNote(Base):
    """What somebody wrote down about a handoff: words, how a call ended, or both. Never changed, never deleted."""

    __tablename__ = "call_notes"
    __table_args__ = (
        CheckConstraint("outcome IS NOT NULL OR body IS NOT NULL", name="says_something"),
        Index("ix_call_notes_handoff_id", "handoff_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    handoff_id: Mapped[UUID] = mapped_column(ForeignKey("handoffs.id"))
    author: Mapped[str] = mapped_column(String(80))
    outcome: Mapped[CallOutcome | None] = mapped_column(words(CallOutcome))
    body: Mapped[str | None] = mapped_column(Sealed("call_notes.body"))  # personal data may stand in it
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # business time, as the next
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CheckKind(StrEnum):
    """What a caller wanted to be looked up."""

    ITEM = "item"  # their item, to answer customs
    TEXT = "text"  # whether a text they got is ours


class CheckOutcome(StrEnum):
    """What the look-up found."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    LOOKS_ALIKE = "looks_alike"  # words of ours, but nothing like it went to this phone
    HAS_LINK = "has_link"  # none of ours has one, whatever else it says
    LIMITED = "limited"  # too many were not found before: nobody looked


class CallerCheck(Base):
    """What staff looked up for somebody who called: by whom, for which phone, what was found. No words of anybody's."""

    __tablename__ = "caller_checks"
    __table_args__ = (
        Index("ix_caller_checks_staff", "staff", "at"),
        Index("ix_caller_checks_phone_hash", "phone_hash", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[CheckKind] = mapped_column(words(CheckKind))
    staff: Mapped[str] = mapped_column(String(80))
    phone_hash: Mapped[str] = mapped_column(String(64))
    last4: Mapped[str] = mapped_column(Sealed("caller_checks.last4"))  # to show: a masked number
    outcome: Mapped[CheckOutcome] = mapped_column(words(CheckOutcome))
    query_id: Mapped[UUID | None] = mapped_column(ForeignKey("queries.id"))  # what was found
    text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the caller answered what only the sender knows
    at: Mapped[datetime] = mapped_column(UtcDateTime)  # wall clock, as the one before
