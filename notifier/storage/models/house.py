"""What the house itself remembers: keys, the clock, switches, imports, items under do-not-load."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.domain.permissions import Role
from notifier.storage.columns import Sealed, UtcDateTime, words
from notifier.storage.models.base import Base, new_id


class ApiKey(Base):
    """A key is shown once; only its hash is kept."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[Role] = mapped_column(words(Role))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdempotencyKey(Base):
    """A client's own key for one request, so that a repeated POST finds its query."""

    __tablename__ = "idempotency_keys"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # of principal and key
    request_hash: Mapped[str] = mapped_column(String(64))
    query_id: Mapped[UUID] = mapped_column(ForeignKey("queries.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BusinessClock(Base):
    """One row: how far business time runs ahead of the wall clock. Only the sandbox profile moves it."""

    __tablename__ = "business_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    offset_seconds: Mapped[float] = mapped_column(default=0.0)


class Cause(StrEnum):
    """What turned sending off."""

    PEOPLE = "people"
    CARRIER = "carrier"  # it refuses our account or what it is told of us
    CARRIER_DAY = "carrier_day"  # its limit for today is used up
    OWN_DAY = "own_day"  # our own cap for today is used up
    INSTALLATION = "installation"  # a copied database, or another sender than before


class Switch(Base):
    """Something people or the product can turn off, with the reason; `sending` is the one there is.

    `resume_at` (business time): when it goes on by itself; None: when somebody says so.
    """

    __tablename__ = "switches"
    __table_args__ = (CheckConstraint("off OR resume_at IS NULL", name="only_what_is_off_resumes"),)

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    off: Mapped[bool] = mapped_column(default=False)
    cause: Mapped[Cause | None] = mapped_column(words(Cause))
    reason: Mapped[str | None] = mapped_column(String(300))
    actor: Mapped[str | None] = mapped_column(String(80))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resume_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Deed(StrEnum):
    """What an operator does to the whole house."""

    PAUSED = "paused"
    RESUMED = "resumed"
    REPLAYED = "replayed"
    RETRIED = "retried"


class Steering(Base):
    """What an operator did: who, when (wall clock) and why, where that was asked. `about`: the webhook tried again."""

    __tablename__ = "steerings"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    deed: Mapped[Deed] = mapped_column(words(Deed))
    actor: Mapped[str] = mapped_column(String(80))
    because: Mapped[str] = mapped_column(Sealed("steerings.because"))
    about: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SendingDay(Base):
    """How many segments were handed over on one day of Hong Kong, where a cap is set; `lifted`: it holds no more."""

    __tablename__ = "sending_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    segments: Mapped[int] = mapped_column(default=0)
    lifted: Mapped[bool] = mapped_column(default=False)


class ItemEvent(Base):
    """News from customs about an item rather than a query: do not load."""

    __tablename__ = "item_events"
    __table_args__ = (Index("ix_item_events_item_id", "item_id"), Index("ix_item_events_at", "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    item_id: Mapped[str] = mapped_column(String(13))
    event: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImportRun(Base):
    """How far the import of one file got; committed with each chunk, so a file resumes where it stopped."""

    __tablename__ = "import_runs"

    file_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    rows_done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
