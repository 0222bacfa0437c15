"""What the auditor found, and which alarms stand. Counts alone: no number, no name, no word of anybody's."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from notifier.audit import Finding, read_audit
from notifier.domain.permissions import Permission
from notifier.service.alarms import Shown as ShownAlarm
from notifier.service.alarms import count_messages, list_alarms
from notifier.web import documents
from notifier.web.auth import Caller, needs
from notifier.web.representations import Json, local
from notifier.web.responses import Shown

router = APIRouter(prefix="/api/v1", tags=["operations"], responses=documents.PROBLEMS)

Watcher = Annotated[Caller, needs(Permission.SEE_OPERATIONS)]


@router.get("/audit")
def see_audit(caller: Watcher) -> Response:
    """What the last audit found of each kind of due thing: overdue, without a due time, happened twice."""
    with caller.ctx.database.read() as session:
        audited = read_audit(session, caller.ctx)
    ago = None if audited.ago is None else round(audited.ago.total_seconds())
    return Shown({"audited_seconds_ago": ago, "items": [_finding(one) for one in audited.findings]})


def _finding(found: Finding) -> Json:
    return {
        "kind": found.kind,
        "overdue": found.overdue,
        "missing": found.missing,
        "doubled": found.doubled,
        "people": found.people,
        "lag_seconds": round(found.lag.total_seconds()),
        "held": found.held,
        "stands_seconds": None if found.stands is None else round(found.stands.total_seconds()),
    }


@router.get("/alarms")
def see_alarms(caller: Watcher) -> Response:
    """Alarms that stand, the most urgent first, each with the next safe action; and how messages to staff fare."""
    with caller.ctx.database.read() as session:
        messages = count_messages(session)
    return Shown({"items": [_alarm(one) for one in list_alarms(caller.ctx)], "messages": messages})


def _alarm(shown: ShownAlarm) -> Json:
    return {
        "kind": shown.alarm.kind,
        "means": shown.means,
        "detail": shown.alarm.detail,
        "people": shown.alarm.people,
        "since": local(shown.alarm.since),
        "next_step": shown.step,
        "urgency": shown.urgency,
        "told_at": local(shown.told_at),
        "waits_for_the_day": shown.waits,
    }
