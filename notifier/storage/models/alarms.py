"""What is watched, and what staff were told: duties, the auditor's findings, alarms, and messages on their way."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.domain.alarms import AlarmKind, Urgency
from notifier.storage.columns import UtcDateTime, words
from notifier.storage.models.base import Base, new_id


class Duty(Base):
    """What one process at a time does every so often. Each turn has a number: who was overtaken writes nothing.

    `done`: the last turn that wrote what came of it; where it stays behind `turn`, turns begin and do not end.
    """

    __tablename__ = "duties"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    turn: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)  # wall clock


class AuditFinding(Base):
    """What the auditor found of one kind of due thing, one row a kind, written anew by each audit.

    `lag_seconds`: of the oldest, on the clock it is due by. `held`: what is overdue waits by the gap rule.
    """

    __tablename__ = "audit_findings"

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    overdue: Mapped[int]
    missing: Mapped[int]  # due times that are not there, or too far away to be any
    doubled: Mapped[int]  # what happened twice and must happen once
    people: Mapped[int]
    lag_seconds: Mapped[float]
    held: Mapped[bool]
    stands_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # wall clock, as the next; None: nothing found
    audited_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Alarm(Base):
    """An alarm that stands, or did a moment ago; `told_at` None: staff have not heard of it. Wall clock throughout."""

    __tablename__ = "alarms"

    kind: Mapped[AlarmKind] = mapped_column(words(AlarmKind), primary_key=True)
    people: Mapped[int]
    weight: Mapped[int]
    urgency: Mapped[Urgency] = mapped_column(words(Urgency))
    detail: Mapped[str] = mapped_column(String(300))  # never personal data
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_weight: Mapped[int] = mapped_column(default=0)
    told_urgency: Mapped[Urgency | None] = mapped_column(words(Urgency))


class MessageState(StrEnum):
    """Whether a receiver has a message. GIVEN_UP: nobody learned in several tries whether it arrived."""

    WAITING = "waiting"
    TOLD = "told"
    GIVEN_UP = "given_up"


class AlarmMessage(Base):
    """One message to staff on its way to one receiver. Never personal data, and never the receiver's address."""

    __tablename__ = "alarm_messages"
    __table_args__ = (
        Index(
            "ix_alarm_messages_waiting",
            "next_try_at",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
        Index("ix_alarm_messages_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    receiver: Mapped[str] = mapped_column(String(64))  # a name for an address of the settings
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[MessageState] = mapped_column(words(MessageState), default=MessageState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)  # raised before the work
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)  # wall clock; doubles as the lease
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
