"""A query, its rounds and questions, its history, and what customs sent that contradicts it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.domain.lifecycle import Event, Outcome, State
from notifier.domain.types import Channel, Kind, Language
from notifier.storage.columns import Sealed, UtcDateTime, words
from notifier.storage.models.base import Base, new_id


class Query(Base):
    """One referral on one item. `state` is written by notifier.service.transitions alone."""

    __tablename__ = "queries"
    __table_args__ = (
        UniqueConstraint("authority", "mrn", "referral_reference"),
        CheckConstraint("state = 'closed' OR next_due_at IS NOT NULL", name="open_has_due"),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_has_outcome"),
        Index("ix_queries_due", "next_due_at", postgresql_where=text("state <> 'closed'")),
        Index(
            "ix_queries_quarantined",
            "quarantined_at",
            postgresql_where=text("quarantined_at IS NOT NULL"),
            sqlite_where=text("quarantined_at IS NOT NULL"),
        ),
        Index("ix_queries_item_id", "item_id"),
        Index("ix_queries_mobile_hash", "mobile_hash"),
        Index("ix_queries_state", "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    authority: Mapped[str] = mapped_column(String(2))
    destination: Mapped[str] = mapped_column(String(2))
    kind: Mapped[Kind] = mapped_column(words(Kind))
    mrn: Mapped[str] = mapped_column(String(64), default="")  # "" = none, so that uniqueness holds on both databases
    referral_reference: Mapped[str] = mapped_column(String(64))
    item_id: Mapped[str] = mapped_column(String(13))
    language: Mapped[Language | None] = mapped_column(words(Language))
    mobile_given: Mapped[str] = mapped_column(Sealed("queries.mobile_given"))
    mobile: Mapped[str | None] = mapped_column(Sealed("queries.mobile"))  # E.164; None = cannot be texted
    mobile_hash: Mapped[str | None] = mapped_column(String(64))
    last4_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    deadline_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    content_hash: Mapped[str] = mapped_column(
        String(64)
    )  # of the referral as it came, to tell "the same" from "different"
    source: Mapped[str] = mapped_column(String(16))
    state: Mapped[State] = mapped_column(words(State))
    outcome: Mapped[Outcome | None] = mapped_column(words(Outcome))
    round_number: Mapped[int] = mapped_column(default=1)
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # business time
    history_seq: Mapped[int]
    history_hash: Mapped[str] = mapped_column(String(64))
    firing_failures: Mapped[int] = mapped_column(default=0)  # raised before the work, back to 0 when it succeeds
    quarantined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # its due time failed too often
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Round(Base):
    """One asking: one phone, one item, one language, one window, one or more questions."""

    __tablename__ = "rounds"
    __table_args__ = (UniqueConstraint("query_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    query_id: Mapped[UUID] = mapped_column(ForeignKey("queries.id"))
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(String(32))  # intake, asked_again, corrected
    mobile: Mapped[str] = mapped_column(Sealed("rounds.mobile"))  # as asked: in E.164, or as given when unusable
    item_id: Mapped[str] = mapped_column(String(13))
    language: Mapped[Language | None] = mapped_column(words(Language))
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the window; business time, as the next three
    reply_by: Mapped[datetime | None] = mapped_column(UtcDateTime)  # what the sender was told
    remind_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    close_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Question(Base):
    """One thing customs wants to know. Their own words are for staff and are never texted."""

    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("round_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(17))
    channel: Mapped[Channel] = mapped_column(words(Channel))
    customs_words: Mapped[str | None] = mapped_column(Sealed("questions.customs_words"))


class History(Base):
    """What happened to a query, numbered without gaps and chained by hashes. Never personal data."""

    __tablename__ = "history"

    query_id: Mapped[UUID] = mapped_column(ForeignKey("queries.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[Event] = mapped_column(words(Event))
    effect: Mapped[str] = mapped_column(String(8))
    from_state: Mapped[State | None] = mapped_column(words(State))
    to_state: Mapped[State] = mapped_column(words(State))
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime)  # business time
    detail: Mapped[dict[str, Any]]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Conflict(Base):
    """A referral that came again with different content: kept for staff, neither applied nor ignored."""

    __tablename__ = "conflicts"
    __table_args__ = (UniqueConstraint("query_id", "content_hash"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    query_id: Mapped[UUID] = mapped_column(ForeignKey("queries.id"))
    content_hash: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Sealed("conflicts.content"))  # the referral as JSON
    fields: Mapped[str] = mapped_column(String(200))  # names of the fields that differ
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
