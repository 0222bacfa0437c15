"""Which alarms stand now, read from the rows. Counts and words of ours alone: nothing here knows a name or a number."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import Session

from notifier.domain.alarms import Alarm, AlarmKind, Urgency
from notifier.domain.lifecycle import State
from notifier.domain.permissions import SYSTEM
from notifier.service.context import Context
from notifier.service.duties import AUDIT
from notifier.service.gap import longest_hold
from notifier.service.handoffs import Reason
from notifier.service.joint_calls import stands_alone
from notifier.service.switches import find_pause, told
from notifier.storage.models import (
    Attempt,
    AuditFinding,
    Duty,
    Handoff,
    Query,
    RefusedWebhook,
    Reply,
    Text,
)
from notifier.storage.models.house import Cause
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.people import ClockState
from notifier.storage.models.texts import TextState

# Day and night: an item must not depart, or a deadline comes before the morning.
_WAKING = frozenset({Reason.DO_NOT_LOAD, Reason.DEADLINE_TOO_CLOSE})
# These have an alarm of their own.
_TOLD_OTHERWISE = (Reason.SENDING_PAUSED, Reason.CARRIER_NOT_ASKED, Reason.QUARANTINED)
_QUARANTINE = "quarantine"
# The one has an alarm of its own; of the other nobody would hear by the very way that does not work.
_NO_LAG = (_QUARANTINE, "alarm_message")
_UNFINISHED = 3  # audits in a row that began and did not end
_MOST_DETAIL = 300

_PAUSED = {
    Cause.PEOPLE: "by hand",
    Cause.CARRIER: "the carrier refuses our account or number",
    Cause.CARRIER_DAY: "the carrier's limit for today is used up",
    Cause.OWN_DAY: "our own cap for today is reached",
    Cause.INSTALLATION: "another database or sender than before",
}

_Condition = Callable[[Session, Context, datetime], Alarm | None]


def standing(session: Session, ctx: Context) -> Iterator[Alarm]:
    """Every alarm that stands."""
    now = ctx.clock.wall()
    for condition in _CONDITIONS:
        alarm = condition(session, ctx, now)
        if alarm is not None:
            yield alarm


def new_handoffs(session: Session, ctx: Context, *which: ColumnElement[bool]) -> Alarm | None:
    """Handoffs that are new to staff: open and not told of; or those that `which` picks instead."""
    where = which or untold()
    rows = session.execute(_grouped(func.min(Handoff.opened_at)).where(*where)).all()
    if not rows:
        return None
    urgency = Urgency.WAKE if any(row.reason in _WAKING for row in rows) else Urgency.CAN_WAIT
    return _of_handoffs(session, ctx, AlarmKind.NEW_HANDOFFS, rows, where, urgency)


def untold() -> tuple[ColumnElement[bool], ...]:
    """What makes a handoff new to staff."""
    new = (Handoff.closed_at.is_(None), Handoff.told_at.is_(None), stands_alone())
    return *new, Handoff.reason.not_in(_TOLD_OTHERWISE)


def _handoffs_waiting(session: Session, ctx: Context, now: datetime) -> Alarm | None:
    late = now + ctx.clock.offset(session) - ctx.people.handoff_within
    # What was put off waits for nobody until its time has come.
    waits_since = func.coalesce(Handoff.shown_from, Handoff.opened_at, type_=Handoff.opened_at.type)
    where = (
        Handoff.closed_at.is_(None),
        stands_alone(),
        or_(Handoff.claimed_by.is_(None), Handoff.claimed_until < now),
        waits_since <= late,
        Handoff.clock != ClockState.PARKED,  # it waits for staff to judge a reply, and that is told
        Handoff.reason.not_in(_TOLD_OTHERWISE),
    )
    rows = session.execute(_grouped(func.min(waits_since)).where(*where)).all()
    if not rows:
        return None
    return _of_handoffs(session, ctx, AlarmKind.HANDOFFS_WAITING, rows, where, Urgency.CAN_WAIT)


def _grouped(oldest: ColumnElement[Any]) -> Select[Any]:
    return select(Handoff.team, Handoff.reason, func.count().label("number"), oldest.label("oldest")).group_by(
        Handoff.team, Handoff.reason
    )


def _of_handoffs(
    session: Session,
    ctx: Context,
    kind: AlarmKind,
    rows: Iterable[Row[Any]],
    where: tuple[ColumnElement[bool], ...],
    urgency: Urgency,
) -> Alarm:
    """By team and reason, the most first."""
    groups = sorted(rows, key=lambda row: (-row.number, row.team, row.reason))
    who = func.coalesce(Handoff.phone_hash, Query.mobile_hash, Query.code, Reply.phone_hash)
    people = session.scalar(
        select(func.count(func.distinct(who)))
        .select_from(Handoff)
        .outerjoin(Query, Query.id == Handoff.query_id)
        .outerjoin(Reply, Reply.id == Handoff.reply_id)
        .where(*where)
    )
    since = min(row.oldest for row in groups) - ctx.clock.offset(session)
    told = _listed(f"{row.team.value} {row.reason} {row.number}" for row in groups)
    return Alarm(kind, people or 0, sum(row.number for row in groups), since, urgency, told)


def _sending_paused(session: Session, ctx: Context, now: datetime) -> Alarm | None:
    pause = find_pause(session)
    if pause is None:
        return None
    texts, people = session.execute(
        select(func.count(), func.count(func.distinct(Text.recipient_hash))).where(
            Text.state == TextState.QUEUED, Text.send_after <= now + ctx.clock.offset(session)
        )
    ).one()
    # Who paused it knows; the reason they gave is theirs, and is not told here. What ends by itself can wait.
    own_doing = pause.actor == SYSTEM.name and pause.resume_at is None
    urgency = Urgency.WAKE if own_doing else Urgency.CAN_WAIT
    ends = f"; it goes on by itself at {told(pause.resume_at)}" if pause.resume_at else ""
    detail = f"{_PAUSED[pause.cause]}; {texts} texts wait{ends}"
    return Alarm(AlarmKind.SENDING_PAUSED, people, people, pause.since, urgency, detail)


def _firing_held(session: Session, ctx: Context, now: datetime) -> Alarm | None:
    hold = longest_hold(session, ctx)
    if hold < ctx.reconcile.tell_after:
        return None
    people = session.scalar(
        select(func.count(func.distinct(func.coalesce(Query.mobile_hash, Query.code)))).where(
            Query.state.in_((State.RECEIVED, State.AWAITING_REPLY)),
            Query.next_due_at <= now + ctx.clock.offset(session),
        )
    )
    return Alarm(AlarmKind.FIRING_HELD, people or 0, people or 0, now - hold, Urgency.WAKE)


def _old_unknowns(session: Session, ctx: Context, now: datetime) -> Alarm | None:
    first = (
        select(Text.id, Text.recipient_hash, func.min(Attempt.posting_at).label("posted_at"))
        .join(Attempt, Attempt.text_id == Text.id)
        .where(Text.state == TextState.UNKNOWN)
        .group_by(Text.id, Text.recipient_hash)
        .having(func.min(Attempt.posting_at) <= now - ctx.alarms.unknown_after)
        .subquery()
    )
    people = func.count(func.distinct(first.c.recipient_hash))
    texts, people, since = session.execute(select(func.count(), people, func.min(first.c.posted_at))).one()
    if not texts:
        return None
    return Alarm(AlarmKind.OLD_UNKNOWNS, people, texts, since, Urgency.CAN_WAIT, f"{texts} texts")


def _webhooks_refused(session: Session, ctx: Context, now: datetime) -> Alarm | None:
    policy = ctx.alarms
    rows = session.execute(
        select(RefusedWebhook.kind, func.count().label("number"), func.min(RefusedWebhook.first_at).label("oldest"))
        .where(RefusedWebhook.last_at >= now - policy.refused_within, RefusedWebhook.replayed_at.is_(None))
        .group_by(RefusedWebhook.kind)
    ).all()
    number = sum(row.number for row in rows)
    if number < policy.refused_most:
        return None
    people = sum(row.number for row in rows if row.kind is WebhookKind.INBOUND)
    detail = f"{number} within {policy.refused_within // timedelta(minutes=1)} min"
    since = min(row.oldest for row in rows)
    # It can wait: what the carrier really sent is fetched from it by the next pass.
    return Alarm(AlarmKind.WEBHOOKS_REFUSED, people, number, since, Urgency.CAN_WAIT, detail)


def _quarantine(session: Session, ctx: Context, now: datetime) -> Alarm | None:
    found = session.get(AuditFinding, _QUARANTINE)
    if found is None or found.stands_since is None:
        return None
    since = found.stands_since
    return Alarm(AlarmKind.QUARANTINE, found.people, found.overdue, since, Urgency.CAN_WAIT, f"{found.overdue} rows")


def _audit_lag(session: Session, ctx: Context, now: datetime) -> Alarm | None:
    """What the auditor has been finding for a while; or that it has not been heard of."""
    rows = session.scalars(select(AuditFinding).order_by(AuditFinding.kind)).all()
    found = [row for row in rows if row.kind not in _NO_LAG and _is_lag(row, now - ctx.alarms.lag_after)]
    duty = session.get(Duty, AUDIT)
    if duty is not None and duty.turn - duty.done >= _UNFINISHED:
        last = max((row.audited_at for row in rows), default=now)
        return Alarm(AlarmKind.AUDIT_LAG, 0, 1, last, Urgency.WAKE, "the auditor itself does not finish")
    if not found:
        return None
    since = min(row.stands_since for row in found if row.stands_since is not None)
    weight = sum(row.overdue + row.missing + row.doubled for row in found)
    return Alarm(
        AlarmKind.AUDIT_LAG, max(row.people for row in found), weight, since, Urgency.WAKE, _listed(map(_told, found))
    )


def _is_lag(row: AuditFinding, until: datetime) -> bool:
    """What is only held has an alarm of its own."""
    stands = row.stands_since is not None and row.stands_since <= until
    return stands and bool((row.overdue and not row.held) or row.missing or row.doubled)


def _told(row: AuditFinding) -> str:
    told = {
        f"{row.overdue} overdue by {round(row.lag_seconds / 60)} min": row.overdue,
        f"{row.missing} without a due time": row.missing,
        f"{row.doubled} happened twice": row.doubled,
    }
    return f"{row.kind}: {', '.join(words for words, number in told.items() if number)}"


def _listed(parts: Iterable[str]) -> str:
    """As many as have room."""
    told = ""
    for part in parts:
        longer = f"{told}; {part}" if told else part
        if len(longer) > _MOST_DETAIL - len("; ..."):
            return f"{told}; ..."
        told = longer
    return told


_CONDITIONS: tuple[_Condition, ...] = (
    _sending_paused,
    _audit_lag,
    _firing_held,
    _old_unknowns,
    _webhooks_refused,
    _quarantine,
    _handoffs_waiting,
    lambda session, ctx, _: new_handoffs(session, ctx),
)
