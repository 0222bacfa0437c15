"""Where people come in: handoffs, answers for customs, and phones that must not be texted."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.domain.types import Team
from notifier.storage.columns import Sealed, UtcDateTime, words
from notifier.storage.models.base import Base, new_id

_OPEN = text("closed_at IS NULL")
_JOINT = text("closed_at IS NULL AND phone_hash IS NOT NULL")
_LISTED = text("closed_at IS NULL AND call_id IS NULL")
_TICKING = text("closed_at IS NULL AND clock IN ('new', 'running')")


class ClockState(StrEnum):
    """Where a handoff's clock stands."""

    NEW = "new"  # the next sweep reckons until when somebody should have taken it on
    RUNNING = "running"
    PARKED = "parked"  # a reply came: nobody calls until staff have judged it
    RUNG = "rung"  # as urgent as can be: there is nothing left to raise


class Overdue(StrEnum):
    """Which of people's clocks ran out."""

    CLAIM = "overdue_claim"  # nobody took the work on
    REVIEW = "overdue_review"  # nobody judged the reply
    SENDING = "overdue_sending"  # the accepted answer has not left


class Handoff(Base):
    """Work for people: why, for whom, how urgent, and who holds it until when. Open while `closed_at` is None.

    With a `phone_hash` it is a joint call: one for a person, with the handoffs that name it in `call_id` as its parts.
    """

    __tablename__ = "handoffs"
    __table_args__ = (
        Index(
            "uq_handoffs_open",
            "query_id",
            "team",
            "reason",
            unique=True,
            postgresql_where=text("closed_at IS NULL AND query_id IS NOT NULL AND reply_id IS NULL"),
            sqlite_where=text("closed_at IS NULL AND query_id IS NOT NULL AND reply_id IS NULL"),
        ),
        Index("uq_handoffs_joint_call", "phone_hash", unique=True, postgresql_where=_JOINT, sqlite_where=_JOINT),
        Index("ix_handoffs_call_id", "call_id"),
        Index("ix_handoffs_open", "team", "priority", "opened_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_handoffs_pressing", "priority", "due_at", "id", postgresql_where=_LISTED, sqlite_where=_LISTED),
        Index("ix_handoffs_query_id", "query_id"),
        Index("ix_handoffs_due", "due_at", postgresql_where=_TICKING, sqlite_where=_TICKING),
        CheckConstraint(
            "(clock = 'parked') = (parked_at IS NOT NULL AND priority_before IS NOT NULL)",
            name="parked_has_what_it_was",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    query_id: Mapped[UUID | None] = mapped_column(ForeignKey("queries.id"))
    reply_id: Mapped[UUID | None] = mapped_column(ForeignKey("replies.id"))
    phone_hash: Mapped[str | None] = mapped_column(String(64))  # of a joint call: the person's phone
    call_id: Mapped[UUID | None] = mapped_column(ForeignKey("handoffs.id"))  # of a part: the joint call it belongs to
    team: Mapped[Team] = mapped_column(words(Team))
    reason: Mapped[str] = mapped_column(String(40))
    sentence: Mapped[str] = mapped_column(String(300))  # why and what to do next; never personal data
    note: Mapped[str | None] = mapped_column(Sealed("handoffs.note"))  # a colleague's own words
    priority: Mapped[int]  # 1 first
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # wall clock; a claim is a lease
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # wall clock; staff were told that it is new
    shown_from: Mapped[datetime | None] = mapped_column(UtcDateTime)  # more may be under way until then; business time
    clock: Mapped[ClockState] = mapped_column(words(ClockState), default=ClockState.NEW, server_default="new")
    # Business time, as the next two; the database's own default is for code that knows nothing of clocks yet.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("CURRENT_TIMESTAMP"))
    call_from: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when somebody is there to call
    parked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    priority_before: Mapped[int | None]  # of a parked one
    overdue: Mapped[Overdue | None] = mapped_column(words(Overdue))  # the last clock that ran out
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str | None] = mapped_column(String(80))
    closed_because: Mapped[str | None] = mapped_column(Sealed("handoffs.closed_because"))


class AnswerState(StrEnum):
    """From a sender's words to customs' desk. WITHDRAWN: its replies turned out to be about another query."""

    PROPOSED = "proposed"
    REJECTED = "rejected"  # by staff: it does not answer what customs asked
    ACCEPTED = "accepted"
    SENT = "sent"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Answer(Base):
    """What goes back to customs: proposed by a reply, accepted by staff, sent, or refused by customs."""

    __tablename__ = "answers"
    __table_args__ = (
        CheckConstraint("state <> 'accepted' OR next_due_at IS NOT NULL", name="accepted_has_due"),
        Index("ix_answers_query_id", "query_id"),
        Index("ix_answers_state", "state", "id"),
        Index(
            "ix_answers_due",
            "next_due_at",
            postgresql_where=text("state = 'accepted'"),
            sqlite_where=text("state = 'accepted'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    query_id: Mapped[UUID] = mapped_column(ForeignKey("queries.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    reply_id: Mapped[UUID | None] = mapped_column(ForeignKey("replies.id"), unique=True)
    state: Mapped[AnswerState] = mapped_column(words(AnswerState))
    code: Mapped[str | None] = mapped_column(String(8))  # customs' answer code (R100 ...)
    body: Mapped[str] = mapped_column(Sealed("answers.body"))
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # business time
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_by: Mapped[str | None] = mapped_column(String(80))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refusal: Mapped[str | None] = mapped_column(Sealed("answers.refusal"))  # why customs refused, or staff rejected it


class SuppressionReason(StrEnum):
    """Why a phone must not be texted."""

    OPTED_OUT = "opted_out"
    WRONG_NUMBER = "wrong_number"
    PREFERS_CALLS = "prefers_calls"


class Source(StrEnum):
    """Who says so."""

    REPLY = "reply"
    CARRIER = "carrier"
    HOTLINE = "hotline"
    STAFF = "staff"


class Suppression(Base):
    """A phone that must not be texted, with its evidence; in force while `lifted_at` is None. Never deleted.

    The evidence is what the row points to: the reply, the carrier's code with the attempt it was told for, the handoff
    in whose call it was said, or the reason staff gave.
    """

    __tablename__ = "suppressions"
    __table_args__ = (
        Index(
            "uq_suppressions_in_force",
            "phone_hash",
            "reason",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
            sqlite_where=text("lifted_at IS NULL"),
        ),
        Index("ix_suppressions_phone_hash", "phone_hash"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    phone_hash: Mapped[str] = mapped_column(String(64))
    reason: Mapped[SuppressionReason] = mapped_column(words(SuppressionReason))
    reply_id: Mapped[UUID | None] = mapped_column(ForeignKey("replies.id"))
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempts.id"))
    error_code: Mapped[int | None]
    handoff_id: Mapped[UUID | None] = mapped_column(ForeignKey("handoffs.id"))
    because: Mapped[str | None] = mapped_column(Sealed("suppressions.because"))  # people's own words
    evidence: Mapped[str] = mapped_column(String(120))  # the same as a sentence; never personal data
    recorded_by: Mapped[str] = mapped_column(String(80), server_default="system")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)  # business time, as the next
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str | None] = mapped_column(String(80))
    lifted_because: Mapped[str | None] = mapped_column(Sealed("suppressions.lifted_because"))
    lifted_reply_id: Mapped[UUID | None] = mapped_column(ForeignKey("replies.id"))  # the sender's own START

    @property
    def source(self) -> Source:
        """Who said so, read from what the row points to."""
        if self.reply_id is not None:
            return Source.REPLY
        if self.handoff_id is not None:
            return Source.HOTLINE
        return Source.CARRIER if self.because is None else Source.STAFF


class NumberOverride(Base):
    """Staff's word that a phone may be texted although its health speaks against it.

    Without a query: what happened to the phone before no longer counts. With one: that query's texts go out anyhow.
    """

    __tablename__ = "number_overrides"
    __table_args__ = (Index("ix_number_overrides_phone_hash", "phone_hash"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    phone_hash: Mapped[str] = mapped_column(String(64))
    query_id: Mapped[UUID | None] = mapped_column(ForeignKey("queries.id"))
    because: Mapped[str] = mapped_column(Sealed("number_overrides.because"))
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)  # business time
