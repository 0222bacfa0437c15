"""What the auditor looks for: one entry a question, its SQL straight on the tables, for both databases.

Each statement answers `number`, `people` (distinct senders) and `since` (the oldest; NULL when there is none). The
instants they are given stand in `auditing.py`. Words are written out here, not taken from who fires: the auditor must
not share their mistakes. `DETAIL(name)` is a member of a history row's detail, written for the database at hand.
"""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong with what a check finds."""

    OVERDUE = "overdue"
    MISSING = "missing"
    DOUBLED = "doubled"


class Time(StrEnum):
    """The clock that `since` is read on."""

    BUSINESS = "business"
    WALL = "wall"
    TOLD = "told"  # business time too, in the words of a history row


@dataclass(frozen=True)
class Check:
    """One question. `needs`: directions the carrier must have been asked about before it may fire. `posts`: it waits
    while sending is paused or paced.
    """

    kind: str
    fault: Fault
    sql: str
    time: Time = Time.BUSINESS
    needs: frozenset[str] = frozenset()
    posts: bool = False


_BOTH, _IN = frozenset({"in", "out"}), frozenset({"in"})
_PEOPLE = "count(DISTINCT coalesce(q.mobile_hash, q.code)) AS people"
_LAST = "(SELECT max(l.at) FROM history l WHERE l.query_id = q.id)"  # the last thing that happened to it
_OPENED = (
    "history h ON h.query_id = q.id AND h.event = 'window_opened' AND h.effect = 'move' "
    "AND CAST(DETAIL(round) AS INTEGER) = q.round_number"
)
_ROUND = "rounds r ON r.query_id = q.id AND r.number = q.round_number"


def _queries(state: str, where: str, since: str = "q.next_due_at", joins: str = "") -> str:
    return (
        f"SELECT count(*) AS number, {_PEOPLE}, min({since}) AS since FROM queries q {joins} "
        f"WHERE q.state = '{state}' AND ({where})"
    )


def _no_due_time(state: str, or_else: str = "q.next_due_at > :far_business", joins: str = "") -> str:
    """A due time that is not there, or so far away that it is none; the lag is the time since anything happened."""
    return _queries(state, f"q.next_due_at IS NULL OR {or_else}", _LAST, joins)


def _twice(event: str, effect: str, by: str, most: str = "1") -> str:
    """What its history tells more often than once of one round, or of one query."""
    return (
        "SELECT count(*) AS number, count(DISTINCT f.sender) AS people, min(f.first_at) AS since FROM ("
        "SELECT coalesce(q.mobile_hash, q.code) AS sender, min(h.at) AS first_at FROM queries q "
        f"JOIN history h ON h.query_id = q.id AND h.event = '{event}' AND h.effect = '{effect}' "
        f"WHERE q.state <> 'closed' GROUP BY q.id, q.mobile_hash, q.code, {by} HAVING count(*) > {most}) AS f"
    )


def _texts(where: str, since: str) -> str:
    return (
        "SELECT count(*) AS number, count(DISTINCT t.recipient_hash) AS people, "
        f"min({since}) AS since FROM texts t WHERE {where}"
    )


_DUE = "q.next_due_at <= :late_business AND q.quarantined_at IS NULL"
_POSTABLE = (
    "t.state = 'queued' AND t.next_try_at <= :late_wall AND t.send_after <= :late_business "
    "AND (NOT :quiet OR (t.send_after > :awake_business "
    "AND (t.any_hour OR t.kind NOT IN ('question', 'reminder', 'summary'))))"
)
_ANSWERS = (
    f"SELECT count(*) AS number, {_PEOPLE}, min({{since}}) AS since FROM answers a JOIN queries q ON q.id = a.query_id "
    "WHERE a.state = 'accepted' AND ({where})"
)
# Its phone was asked "Which item?": until that is over nobody is reminded or called, and it has a clock of its own.
_ASKED_BACK = "EXISTS (SELECT 1 FROM ask_backs b WHERE b.phone_hash = q.mobile_hash AND b.state = 'open')"
# The closing as the history told it when the window opened, not as the rows say now.
_CLOSING = (
    f"SELECT count(*) AS number, {_PEOPLE}, min(substr(DETAIL(close_at), 1, 19)) AS since "
    f"FROM queries q JOIN {_OPENED} "
    f"WHERE q.state = 'awaiting_reply' AND q.quarantined_at IS NULL AND NOT {_ASKED_BACK} "
    "AND substr(DETAIL(close_at), 1, 19) <= :late_text"
)
_REMINDER = (
    f"q.quarantined_at IS NULL AND NOT {_ASKED_BACK} AND r.remind_at <= :late_business AND r.close_at > :business "
    "AND NOT EXISTS (SELECT 1 FROM history h WHERE h.query_id = q.id AND h.event = 'reminder_queued' "
    "AND CAST(DETAIL(round) AS INTEGER) = r.number)"
)
_WINDOWLESS = (
    "h.seq IS NULL OR r.close_at IS NULL "
    f"OR (q.next_due_at > r.close_at AND q.firing_failures = 0 AND NOT {_ASKED_BACK})"
)
_PAST_DEADLINE = f"q.deadline_at <= :late_business AND q.quarantined_at IS NULL AND NOT {_ASKED_BACK}"
_IN_HAND = "t.state IN ('claimed', 'posting')"
_TEXTED_TWICE = (
    "SELECT count(*) AS number, count(DISTINCT f.sender) AS people, min(f.first_at) AS since FROM ("
    "SELECT t.recipient_hash AS sender, min(a.posting_at) AS first_at FROM queries q JOIN texts t ON t.query_id = q.id "
    "JOIN attempts a ON a.text_id = t.id AND a.outcome = 'accepted' AND NOT a.failed_later "
    "WHERE q.state <> 'closed' GROUP BY t.id, t.recipient_hash HAVING count(*) > 1) AS f"
)
_WEBHOOKS = (
    "SELECT count(*) AS number, coalesce(sum(CASE WHEN w.kind = 'inbound' THEN 1 ELSE 0 END), 0) AS people, "
    "min({since}) AS since FROM webhooks w WHERE w.state = 'pending' AND {where}"
)
# One that is tried again and again is always due in a moment.
_NOT_WORKED_ON = "(w.next_try_at <= :late_wall OR w.received_at <= :stuck_wall)"
_TRIED_SINCE = "CASE WHEN w.received_at <= :stuck_wall THEN w.received_at ELSE w.next_try_at END"
_SET_ASIDE = (
    "SELECT count(*) AS number, count(DISTINCT f.sender) AS people, min(f.at) AS since FROM ("
    "SELECT coalesce(q.mobile_hash, q.code) AS sender, q.quarantined_at AS at FROM queries q "
    "WHERE q.quarantined_at IS NOT NULL AND q.state <> 'closed' "
    "UNION ALL SELECT NULL, w.business_at FROM webhooks w WHERE w.state = 'failed' "
    "UNION ALL SELECT t.recipient_hash, t.created_at FROM texts t JOIN queries q ON q.id = t.query_id "
    "WHERE t.state = 'failed' AND t.attempts - t.refusals > :most_tries AND q.state <> 'closed') AS f"
)
_PASSES = (
    "SELECT count(*) AS number, 0 AS people, min(m.next_at) AS since FROM watermarks m "
    "WHERE m.next_at <= :late_wall AND (m.lease_until IS NULL OR m.lease_until <= :late_wall)"
)
# Work that nobody holds: its clock should have been reckoned, or have rung.
_CLAIMS = (
    "SELECT count(*) AS number, count(DISTINCT coalesce(f.phone_hash, q.mobile_hash, q.code)) AS people, "
    "min({since}) AS since FROM handoffs f "
    "LEFT JOIN queries q ON q.id = f.query_id "
    "WHERE f.closed_at IS NULL AND f.call_id IS NULL AND f.clock IN ('new', 'running') AND ({where})"
)
# Work that stands on no list: part of a joint call that is over.
_LOST_PARTS = (
    f"SELECT count(*) AS number, {_PEOPLE}, min(c.closed_at) AS since FROM handoffs f "
    "JOIN handoffs c ON c.id = f.call_id JOIN queries q ON q.id = f.query_id "
    "WHERE f.closed_at IS NULL AND c.closed_at IS NOT NULL"
)
_UNCLAIMED = "f.due_at <= :late_business AND (f.claimed_until IS NULL OR f.claimed_until <= :late_wall)"
_ASK_BACKS = (
    "SELECT count(*) AS number, count(DISTINCT b.phone_hash) AS people, min({since}) AS since FROM ask_backs b "
    "WHERE b.state = 'open' AND {where}"
)
_MESSAGES = (
    "SELECT count(*) AS number, 0 AS people, min(m.next_try_at) AS since FROM alarm_messages m "
    "WHERE m.state = 'waiting' AND m.next_try_at <= :late_wall"
)

_PAUSES = (
    "SELECT count(*) AS number, 0 AS people, min(s.resume_at) AS since FROM switches s "
    "WHERE s.off AND s.resume_at <= :late_business"
)

_OVERDUE, _MISSING, _DOUBLED, _WALL = Fault.OVERDUE, Fault.MISSING, Fault.DOUBLED, Time.WALL
CHECKS: tuple[Check, ...] = (
    Check("receipt", _OVERDUE, _queries("received", _DUE), needs=_BOTH),
    Check("receipt", _MISSING, _no_due_time("received")),
    Check("window", _OVERDUE, _queries("awaiting_reply", _DUE), needs=_IN),
    Check("window", _MISSING, _no_due_time("awaiting_reply", _WINDOWLESS, f"LEFT JOIN {_ROUND} LEFT JOIN {_OPENED}")),
    Check("window", _DOUBLED, _twice("window_opened", "move", "DETAIL(round)")),
    Check("reminder", _OVERDUE, _queries("awaiting_reply", _REMINDER, "r.remind_at", f"JOIN {_ROUND}"), needs=_IN),
    Check(
        "reminder", _OVERDUE, _texts(f"{_POSTABLE} AND t.kind = 'reminder'", "t.next_try_at"), _WALL, _IN, posts=True
    ),
    Check("reminder", _DOUBLED, _twice("reminder_queued", "stay", "DETAIL(round)")),
    Check("closing", _OVERDUE, _CLOSING, Time.TOLD, _IN),
    Check("closing", _DOUBLED, _twice("window_closed", "move", "q.round_number", "q.round_number")),
    Check("ask_back", _OVERDUE, _ASK_BACKS.format(since="b.due_at", where="b.due_at <= :late_business"), needs=_IN),
    Check("ask_back", _MISSING, _ASK_BACKS.format(since="b.created_at", where="b.due_at > :far_business")),
    Check("deadline", _OVERDUE, _queries("received", _PAST_DEADLINE, "q.deadline_at"), needs=_BOTH),
    Check("deadline", _OVERDUE, _queries("awaiting_reply", _PAST_DEADLINE, "q.deadline_at"), needs=_IN),
    Check("review", _OVERDUE, _queries("replied", _DUE)),
    Check("review", _MISSING, _no_due_time("replied")),
    Check("escalation", _OVERDUE, _queries("escalated", _DUE)),
    Check("escalation", _MISSING, _no_due_time("escalated")),
    Check("answer", _OVERDUE, _ANSWERS.format(since="a.next_due_at", where="a.next_due_at <= :late_business")),
    Check(
        "answer",
        _MISSING,
        _ANSWERS.format(since="a.accepted_at", where="a.next_due_at IS NULL OR a.next_due_at > :far_business"),
    ),
    Check("claim", _OVERDUE, _CLAIMS.format(since="f.due_at", where=_UNCLAIMED)),
    Check("claim", _MISSING, _CLAIMS.format(since="f.opened_at", where="f.due_at > :far_business")),
    Check("claim", _MISSING, _LOST_PARTS),
    Check("text", _OVERDUE, _texts(f"{_POSTABLE} AND t.kind <> 'reminder'", "t.next_try_at"), _WALL, posts=True),
    Check("text", _MISSING, _texts("t.state = 'queued' AND t.send_after > :far_business", "t.created_at")),
    Check("text", _DOUBLED, _TEXTED_TWICE, _WALL),
    Check("lease", _OVERDUE, _texts(f"{_IN_HAND} AND t.lease_until <= :late_wall", "t.lease_until"), _WALL),
    Check("lease", _MISSING, _texts(f"{_IN_HAND} AND t.lease_until IS NULL", "t.created_at")),
    Check("unknown", _OVERDUE, _texts("t.state = 'unknown' AND t.next_try_at <= :late_wall", "t.next_try_at"), _WALL),
    Check("unknown", _MISSING, _texts("t.state = 'unknown' AND t.next_try_at > :far_wall", "t.created_at")),
    Check("webhook", _OVERDUE, _WEBHOOKS.format(since=_TRIED_SINCE, where=_NOT_WORKED_ON), _WALL),
    Check("webhook", _MISSING, _WEBHOOKS.format(since="w.received_at", where="w.next_try_at > :far_wall"), _WALL),
    Check("pause", _OVERDUE, _PAUSES),
    Check("reconciliation", _OVERDUE, _PASSES, _WALL),
    Check("alarm_message", _OVERDUE, _MESSAGES, _WALL),
    Check("quarantine", _OVERDUE, _SET_ASIDE),
)
KINDS: tuple[str, ...] = tuple(dict.fromkeys(check.kind for check in CHECKS))
