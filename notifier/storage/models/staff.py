"""People who sign in: staff, their sessions, failed tries, and whose number they looked at."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.domain.permissions import Role
from notifier.storage.columns import Sealed, UtcDateTime, words
from notifier.storage.models.base import Base, new_id


class Staff(Base):
    """Somebody who works here. Without a password nobody can sign in: a set-up link chooses one. Times: wall clock."""

    __tablename__ = "staff"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(200), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(80), unique=True)  # claims and the history know people by it
    role: Mapped[Role] = mapped_column(words(Role))
    language: Mapped[str | None] = mapped_column(String(16))  # of the console; None = what the browser asks for
    theme: Mapped[str | None] = mapped_column(String(8))  # light, dark; None = as the system
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(Sealed("staff.totp_secret"))
    totp_step: Mapped[int] = mapped_column(default=0)  # the last one used: a code opens once
    recovery_hashes: Mapped[list[str]] = mapped_column(JSON, default=list)
    link_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the link that works once
    link_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StaffSession(Base):
    """One browser that is signed in. The token is the browser's; only its hash is kept. Times: wall clock."""

    __tablename__ = "staff_sessions"
    __table_args__ = (Index("ix_staff_sessions_staff_id", "staff_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)  # whatever happens
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInTry(Base):
    """Tries that failed in a row, of one account name or one address, whether or not there is such an account."""

    __tablename__ = "sign_in_tries"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NumberView(Base):
    """Who saw a sender's whole number, when, and why; of a query, or of a reply that fits none. Never deleted."""

    __tablename__ = "number_views"
    __table_args__ = (
        Index("ix_number_views_query_id", "query_id"),
        Index("ix_number_views_reply_id", "reply_id"),
        CheckConstraint("(query_id IS NULL) <> (reply_id IS NULL)", name="of_one_thing"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    query_id: Mapped[UUID | None] = mapped_column(ForeignKey("queries.id"))
    reply_id: Mapped[UUID | None] = mapped_column(ForeignKey("replies.id"))
    viewer: Mapped[str] = mapped_column(String(80))
    because: Mapped[str] = mapped_column(Sealed("number_views.because"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)  # business time
