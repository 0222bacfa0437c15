"""What the house knows of its own gaps: when it last ticked, what it asked the carrier, and where it lives."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.domain.types import Direction
from notifier.storage.columns import UtcDateTime, words
from notifier.storage.models.base import Base, new_id


class Heartbeat(Base):
    """When a role last said that it lives, on both clocks; `sweep` is the one there is."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)  # wall clock
    business_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Part(StrEnum):
    """A part of the product that runs by itself, or beside the others in one process."""

    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"


class LifeSign(Base):
    """When a part last said that it lives (wall clock). `name`: the part, and its process as `place`: host and pid."""

    __tablename__ = "life_signs"

    name: Mapped[str] = mapped_column(String(160), primary_key=True)
    part: Mapped[Part] = mapped_column(words(Part))
    place: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Watermark(Base):
    """How far we know what the carrier has, one row a direction; also who asks at present, and when to ask again.

    Everything is wall-clock time. While `hold_since` is set, there was a gap that no complete pass has covered yet. The
    pass that covers it sets `read_until`: what had come by then is worked on before anybody is reminded or called.
    """

    __tablename__ = "watermarks"

    direction: Mapped[Direction] = mapped_column(words(Direction), primary_key=True)
    known_until: Mapped[datetime] = mapped_column(UtcDateTime)
    hold_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Reconciliation(Base):
    """One pass over the carrier's messages. Unfinished: its process died. `error`: why it is not complete."""

    __tablename__ = "reconciliations"
    __table_args__ = (Index("ix_reconciliations_started_at", "started_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    direction: Mapped[Direction] = mapped_column(words(Direction))
    by_hand: Mapped[bool] = mapped_column(default=False)
    since: Mapped[datetime] = mapped_column(UtcDateTime)  # the carrier's dates, as the next one
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)  # wall clock, as the next one
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    found: Mapped[int] = mapped_column(default=0)
    applied: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(300))


class Installation(Base):
    """One row: where this database lives and as whom it last sent, so that a copy or a stranger is noticed.

    While `copied_at` is set, this is a copy whose carrier has not been asked since `active_until`; while `stranger`
    is set, the settings name another sending identity than the one that last sent.
    """

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    lives_at: Mapped[str] = mapped_column(String(1000))
    sends_as: Mapped[str] = mapped_column(String(1000))
    stranger: Mapped[str | None] = mapped_column(String(1000))
    copied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # wall clock, as the next one
    active_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
