"""An audit: every check is asked in one short read, and what was found of each kind is written down.

One process at a time, every minute. A reminder that the quiet hours hold, a text while sending is paused, and a
backlog that is drained at the set pace are no lag; what the gap rule holds is lag, and named as held.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from re import findall, sub
from typing import Any

from sqlalchemy import Boolean, Integer, Row, String, bindparam, delete, insert, select, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import TextualSelect
from sqlalchemy.types import TypeEngine

from notifier.audit.checks import CHECKS, KINDS, Check, Fault, Time
from notifier.audit.findings import Audited, Finding
from notifier.domain.quiet_hours import HONG_KONG, QuietHours
from notifier.service.context import Context
from notifier.service.duties import AUDIT, Turn, finish_turn, take_turn
from notifier.storage.columns import UtcDateTime
from notifier.storage.models import AuditFinding

# Further away than any policy puts a due time: as good as none.
_FAR = timedelta(days=14)
_AWAKE = timedelta(hours=1)  # after that whoever wrote at night is not answered before the morning
_STUCK = timedelta(minutes=15)  # a webhook; a receipt may wait ten minutes for its text
_LONGEST_TEXT = 5  # segments: the bilingual budget
_TYPES: dict[str, TypeEngine[Any]] = {"quiet": Boolean(), "most_tries": Integer(), "late_text": String()}
_DETAIL = {"sqlite": r"json_extract(h.detail, '$.\1')", "postgresql": r"(h.detail ->> '\1')"}
_SWITCH = text("SELECT off, changed_at FROM switches WHERE name = 'sending'").columns(
    off=Boolean, changed_at=UtcDateTime
)
_NEWEST = text("SELECT claimed_at FROM attempts ORDER BY id DESC LIMIT 1").columns(claimed_at=UtcDateTime)
_UNSURE = (
    text("SELECT direction FROM watermarks WHERE hold_since IS NOT NULL OR known_until <= :unheard_since")
    .bindparams(bindparam("unheard_since", type_=UtcDateTime()))
    .columns(direction=String)
)


@dataclass(frozen=True)
class _Moment:
    """What an audit is held against. unsure: directions in which too little was heard to fire.

    posting_since: since when texts may go out, wall clock; None: they may not, or flow at their pace.
    """

    business: datetime
    wall: datetime
    unsure: frozenset[str]
    posting_since: datetime | None
    values: Mapping[str, Any]


def audit_due(ctx: Context) -> bool:
    """Audit, if it is time and nobody else does; whether it was done here."""
    turn = take_turn(ctx, AUDIT, ctx.audit.every)
    if turn is None:
        return False
    with ctx.database.read() as session:
        found = list(audit(session, ctx))
    return _write(ctx, turn, found)


def audit(session: Session, ctx: Context) -> Iterator[Finding]:
    """What is wrong now, a finding for every kind."""
    moment = _moment(session, ctx)
    seen = [(check, one) for check in CHECKS if (one := _ask(session, check, moment)) is not None]
    for kind in KINDS:
        yield _merge(kind, [(check, row) for check, row in seen if check.kind == kind], moment)


def read_audit(session: Session, ctx: Context) -> Audited:
    """What the last audit found; kinds it did not know of are silent."""
    now = ctx.clock.wall()
    rows = {row.kind: row for row in session.scalars(select(AuditFinding))}
    ago = min((now - row.audited_at for row in rows.values()), default=None)
    return Audited([_read(kind, rows.get(kind), now) for kind in KINDS], ago)


def _read(kind: str, row: AuditFinding | None, now: datetime) -> Finding:
    if row is None:
        return Finding(kind)
    stands = None if row.stands_since is None else max(now - row.stands_since, timedelta(0))
    lag = timedelta(seconds=row.lag_seconds)
    return Finding(kind, row.overdue, row.missing, row.doubled, row.people, lag, row.held, stands)


def _moment(session: Session, ctx: Context) -> _Moment:
    wall = ctx.clock.wall()
    business = wall + ctx.clock.offset(session)
    late = business - ctx.audit.tolerance
    quiet = ctx.window.quiet_hours
    values = {
        "business": business,
        "late_business": late,
        "late_wall": wall - ctx.audit.tolerance,
        "stuck_wall": wall - _STUCK,
        "awake_business": business - _AWAKE,
        "late_text": late.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "far_business": business + _FAR,
        "far_wall": wall + _FAR,
        "quiet": quiet is not None and quiet.contains(business),
        "most_tries": ctx.sending.attempts_most,
    }
    unsure = session.execute(_UNSURE, {"unheard_since": wall - ctx.reconcile.gap}).scalars()
    return _Moment(business, wall, frozenset(unsure), _posting_since(session, ctx, wall, business), values)


def _posting_since(session: Session, ctx: Context, wall: datetime, business: datetime) -> datetime | None:
    switch = session.execute(_SWITCH).one_or_none()
    if (switch is not None and switch.off) or _flows(session, ctx, wall):
        return None
    free = [datetime.min.replace(tzinfo=UTC)]
    if switch is not None:
        free.append(switch.changed_at)
    if ctx.window.quiet_hours is not None:
        free.append(_morning(ctx.window.quiet_hours, business) - (business - wall))
    return None if max(free) > wall - ctx.audit.tolerance else max(free)


def _flows(session: Session, ctx: Context, wall: datetime) -> bool:
    """Whether a backlog is being drained at the set pace: a text was taken up not longer ago than the longest lasts."""
    if ctx.pace is None:
        return False
    newest = session.execute(_NEWEST).scalar()
    return newest is not None and newest > wall - ctx.audit.tolerance - ctx.pace.rate.busy_for(_LONGEST_TEXT)


def _morning(quiet: QuietHours, at: datetime) -> datetime:
    """When quiet hours last ended."""
    local = at.astimezone(HONG_KONG)
    end = datetime.combine(local.date(), quiet.end, HONG_KONG)
    return (end if end <= local else end - timedelta(days=1)).astimezone(UTC)


def _ask(session: Session, check: Check, moment: _Moment) -> Row[Any] | None:
    """What the check finds; None when it finds nothing, or has nothing to say at present."""
    if check.posts and moment.posting_since is None:
        return None
    statement, names = _statement(check, session.get_bind().dialect.name)
    row = session.execute(statement, {name: moment.values[name] for name in names}).one()
    return row if row.number else None


@cache
def _statement(check: Check, dialect: str) -> tuple[TextualSelect, tuple[str, ...]]:
    sql = sub(r"DETAIL\((\w+)\)", _DETAIL[dialect], check.sql)
    names = tuple(dict.fromkeys(findall(r":([a-z_]+)", sql)))
    bound = text(sql).bindparams(*(bindparam(name, type_=_TYPES.get(name, UtcDateTime())) for name in names))
    since = String() if check.time is Time.TOLD else UtcDateTime()
    return bound.columns(number=Integer, people=Integer, since=since), names


def _merge(kind: str, seen: Iterable[tuple[Check, Row[Any]]], moment: _Moment) -> Finding:
    finding = Finding(kind)
    free = False
    for check, row in seen:
        changes: dict[str, Any] = {"people": max(finding.people, row.people)}
        changes[check.fault] = getattr(finding, check.fault) + row.number
        if check.fault is not Fault.DOUBLED:
            changes["lag"] = max(finding.lag, _lag(check, row.since, moment))
        if check.fault is Fault.OVERDUE:
            free |= not check.needs & moment.unsure
        finding = replace(finding, **changes)
    return replace(finding, held=finding.overdue > 0 and not free)


def _lag(check: Check, since: datetime | str | None, moment: _Moment) -> timedelta:
    if since is None:
        return timedelta(0)  # Nothing is known of when it began.
    began = datetime.fromisoformat(since).replace(tzinfo=UTC) if isinstance(since, str) else since
    if check.posts and moment.posting_since is not None:
        began = max(began, moment.posting_since)
    return max((moment.wall if check.time is Time.WALL else moment.business) - began, timedelta(0))


def _write(ctx: Context, turn: Turn, found: list[Finding]) -> bool:
    with ctx.database.begin() as session:
        if not finish_turn(session, turn):
            return False  # It took so long that somebody else has a newer one.
        now = ctx.clock.wall()
        stood = {row.kind: row.stands_since for row in session.scalars(select(AuditFinding))}
        session.execute(delete(AuditFinding))
        session.execute(insert(AuditFinding), [_row(one, stood.get(one.kind), now) for one in found])
    return True


def _row(finding: Finding, stood: datetime | None, now: datetime) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "overdue": finding.overdue,
        "missing": finding.missing,
        "doubled": finding.doubled,
        "people": finding.people,
        "lag_seconds": finding.lag.total_seconds(),
        "held": finding.held,
        "stands_since": None if finding.silent else stood or now,
        "audited_at": now,
    }
