"""A number as clients see it: never the number itself, but what keeps texts from it and how its texts fared."""

from datetime import datetime

from notifier.domain.number_health import NumberPolicy
from notifier.service.number_health import Health
from notifier.service.numbers import NumberSeen
from notifier.service.silencing import Added
from notifier.storage.models import Suppression
from notifier.storage.models.people import SuppressionReason
from notifier.web.representations import Json, local

_ADDED = {
    SuppressionReason.OPTED_OUT: "The phone gets no texts until the sender writes START, or staff lift this.",
    SuppressionReason.WRONG_NUMBER: "The number gets no texts until staff lift this; correct the queries that have it.",
    SuppressionReason.PREFERS_CALLS: "The hotline calls instead, also for queries to come, until START or staff lift "
    "this.",
}


def suppression(row: Suppression, old_before: datetime) -> Json:
    """Why a phone gets no texts, with its evidence, without the phone. `old`: the number may have a new owner."""
    return {
        "id": str(row.id),
        "reason": row.reason,
        "source": row.source,
        "evidence": row.evidence,
        "reply_id": _id(row.reply_id),
        "attempt_id": _id(row.attempt_id),
        "error_code": row.error_code,
        "handoff_id": _id(row.handoff_id),
        "because": row.because,
        "recorded_by": row.recorded_by,
        "since": local(row.created_at),
        "old": row.created_at < old_before,
        "lifted_at": local(row.lifted_at),
        "lifted_by": row.lifted_by,
        "lifted_because": row.lifted_because,
        "lifted_reply_id": _id(row.lifted_reply_id),
    }


def added(one: Added, old_before: datetime) -> Json:
    """An entry of the list, and what it leads to."""
    told = [_ADDED[one.suppression.reason]] if one.new else ["It is on the list for this reason already."]
    if one.taken_over:
        told.append(f"{one.taken_over} open queries go to the hotline; what has not left is not texted.")
    return suppression(one.suppression, old_before) | {"consequences": told}


def number(seen: NumberSeen, policy: NumberPolicy) -> Json:
    """What staff need to know before they text or call."""
    old_before = seen.at - policy.old_after
    return {
        "textable": seen.why_not is None,
        "why_not": seen.why_not,
        "overridden_for_query": seen.query_overridden,
        "suppressions": [suppression(row, old_before) for row in seen.entries],
        "health": _health(seen.health, policy),
    }


def _health(health: Health, policy: NumberPolicy) -> Json:
    return {
        "verdict": health.verdict,
        "failures_in_a_row": len(health.failures),
        "last_failed_at": local(health.failures[0].at) if health.failures else None,
        "failures": {str(trouble): count for trouble, count in sorted(health.troubles.items())},
        "delivered": health.delivered,
        "last_delivered_at": local(health.last_delivered_at),
        "texts_in_hour": health.load.hour,
        "most_in_hour": policy.texts_per_hour,
        "texts_in_day": health.load.day,
        "most_in_day": policy.texts_per_day,
        "texts_in_week": health.load.week,
        "most_in_week": policy.texts_per_week,
        "overridden_at": local(health.overridden_at),
    }


def _id(row_id: object) -> str | None:
    return str(row_id) if row_id else None
