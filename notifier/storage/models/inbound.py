"""What the carrier sends us: webhooks as they came, refused ones, and replies."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.domain.types import ReadingKind
from notifier.storage.columns import Sealed, UtcDateTime, words
from notifier.storage.models.base import Base, new_id


class WebhookKind(StrEnum):
    """Which of the two routes."""

    STATUS = "status"
    INBOUND = "inbound"


class WebhookState(StrEnum):
    """Whether a worker has dealt with it. FAILED: it broke its worker too often and waits for a person."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class Webhook(Base):
    """A verified webhook, stored once under the carrier's own key before it is answered."""

    __tablename__ = "webhooks"
    __table_args__ = (
        Index(
            "ix_webhooks_pending",
            "next_try_at",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
        Index(
            "ix_webhooks_failed", "id", postgresql_where=text("state = 'failed'"), sqlite_where=text("state = 'failed'")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[WebhookKind] = mapped_column(words(WebhookKind))
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    attempt_ref: Mapped[str | None] = mapped_column(String(64))  # the `m` of our callback address
    form: Mapped[str] = mapped_column(Sealed("webhooks.form"))  # JSON list of name and value
    state: Mapped[WebhookState] = mapped_column(words(WebhookState), default=WebhookState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)  # raised before the work
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)  # wall clock; doubles as the lease
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)  # wall clock
    business_at: Mapped[datetime] = mapped_column(UtcDateTime)  # business time of its arrival
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RefusedWebhook(Base):
    """A webhook we did not believe, kept aside: it may be a forgery, or our own configuration."""

    __tablename__ = "refused_webhooks"
    __table_args__ = (
        Index(
            "ix_refused_webhooks_waiting",
            "id",
            postgresql_where=text("replayed_at IS NULL"),
            sqlite_where=text("replayed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[WebhookKind] = mapped_column(words(WebhookKind))
    reason: Mapped[str] = mapped_column(String(80))
    raw: Mapped[str] = mapped_column(Sealed("refused_webhooks.raw"))
    # The path and query that were asked, and the signature: with them it can be verified again.
    target: Mapped[str | None] = mapped_column(Sealed("refused_webhooks.target"))
    signature: Mapped[str | None] = mapped_column(Sealed("refused_webhooks.signature"))
    count: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replayed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # believed after all, and worked on


class AskBackState(StrEnum):
    """Whether a phone still owes us which item it wrote about."""

    OPEN = "open"
    SETTLED = "settled"
    GIVEN_UP = "given_up"  # a person decides


_OPEN = text("state = 'open'")


class AskBack(Base):
    """ "Which item?", put to one phone in one thread; replies that named none are held until it is settled."""

    __tablename__ = "ask_backs"
    __table_args__ = (
        Index(
            "uq_ask_backs_open",
            "phone_hash",
            "our_number",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index("ix_ask_backs_due", "due_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    phone_hash: Mapped[str] = mapped_column(String(64))
    our_number: Mapped[str] = mapped_column(String(20))  # the thread it is asked in
    options: Mapped[list[str]] = mapped_column(JSON)  # ids of queries, in the order they were offered
    tries: Mapped[int] = mapped_column(default=0)
    state: Mapped[AskBackState] = mapped_column(words(AskBackState), default=AskBackState.OPEN)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)  # business time, as the next two
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Reply(Base):
    """An SMS from a phone, verbatim. `query_id` is None while nobody knows which query it is about."""

    __tablename__ = "replies"
    __table_args__ = (
        Index("ix_replies_query_id", "query_id"),
        Index("ix_replies_phone_hash", "phone_hash"),
        Index("ix_replies_ask_back_id", "ask_back_id"),
        Index("ix_replies_answer_id", "answer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id"), unique=True)
    carrier_sid: Mapped[str] = mapped_column(String(64), unique=True)
    query_id: Mapped[UUID | None] = mapped_column(ForeignKey("queries.id"))
    round_id: Mapped[UUID | None] = mapped_column(ForeignKey("rounds.id"))
    ask_back_id: Mapped[UUID | None] = mapped_column(ForeignKey("ask_backs.id"))  # held by it, or an answer to it
    # The answer it is part of. No foreign key: answers.reply_id points here, and a circle cannot be made in one go.
    answer_id: Mapped[UUID | None]
    phone: Mapped[str] = mapped_column(Sealed("replies.phone"))
    phone_hash: Mapped[str] = mapped_column(String(64))
    our_number: Mapped[str] = mapped_column(String(20))
    body: Mapped[str] = mapped_column(Sealed("replies.body"))
    body_hash: Mapped[str] = mapped_column(String(64))
    num_media: Mapped[int] = mapped_column(default=0)
    reading: Mapped[ReadingKind] = mapped_column(words(ReadingKind))
    late: Mapped[bool] = mapped_column(default=False)  # came after the query was closed
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)  # business time
