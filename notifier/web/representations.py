"""A query as clients see it: numbers masked, instants in Hong Kong's time."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from notifier.domain.phone import mask, read_number
from notifier.domain.referral import Referral
from notifier.service.intake import Taken
from notifier.service.lookups import WholeQuery
from notifier.service.moving import Moved
from notifier.service.resolution import Done
from notifier.service.text_status import text_status
from notifier.storage.models import (
    Answer,
    Attempt,
    Conflict,
    Handoff,
    History,
    Query,
    Question,
    Reply,
    Round,
    Text,
)
from notifier.storage.models.people import ClockState

_LOCAL = ZoneInfo("Asia/Hong_Kong")
_HIDDEN = "••••"
_Row = TypeVar("_Row")

# Whoever holds the claim on a parked call has to know.
_REPLIED = "The sender has replied: do not call before staff have judged the reply; if it will not do, this comes back."

Json = dict[str, Any]


def local(instant: datetime | None) -> str | None:
    """ISO 8601 with Hong Kong's offset."""
    return None if instant is None else instant.astimezone(_LOCAL).isoformat()


def masked(number: str | None) -> str | None:
    """A number that may be shown: its country and last four digits, or nothing of it when it cannot be read."""
    if not number:
        return None
    read = read_number(number).e164
    return mask(read) if read else _HIDDEN


def new_brief(taken: Taken, referral: Referral) -> Json:
    """A query that was just taken in, without asking the database again."""
    return {
        "id": str(taken.id),
        "code": taken.code,
        "state": taken.state,
        "outcome": None,
        "authority": referral.authority,
        "mrn": referral.mrn or None,
        "referral_reference": referral.referral_reference,
        "kind": referral.kind,
        "item_id": referral.item_id,
        "received_at": local(taken.received_at),
        "next_due_at": local(taken.next_due_at),
    }


def brief(query: Query) -> Json:
    """A query in a list."""
    return {
        "id": str(query.id),
        "code": query.code,
        "state": query.state,
        "outcome": query.outcome,
        "authority": query.authority,
        "mrn": query.mrn or None,
        "referral_reference": query.referral_reference,
        "kind": query.kind,
        "item_id": query.item_id,
        "received_at": local(query.received_at),
        "next_due_at": local(query.next_due_at),
    }


def done(deed: Done) -> Json:
    """What a decision led to."""
    return {
        "id": str(deed.id),
        "code": deed.code,
        "state": deed.state,
        "outcome": deed.outcome,
        "consequences": list(deed.consequences),
        "preview": deed.preview,
    }


def moved(move: Moved) -> Json:
    """What moving a reply led to."""
    return {
        "id": str(move.reply_id),
        "query_id": str(move.query_id) if move.query_id else None,
        "consequences": list(move.consequences),
        "preview": move.preview,
    }


def whole(seen: WholeQuery) -> Json:
    """A query with everything that hangs on it."""
    query = seen.query
    questions = _grouped(seen.questions, lambda row: row.round_id)
    attempts = _grouped(seen.attempts, lambda row: row.text_id)
    numbers = {asked.id: asked.number for asked in seen.rounds}
    return brief(query) | {
        "destination": query.destination,
        "language": query.language,
        "mobile": masked(query.mobile or query.mobile_given),
        "deadline_at": local(query.deadline_at),
        "closed_at": local(query.closed_at),
        "source": query.source,
        "rounds": [_round(row, questions[row.id]) for row in seen.rounds],
        "texts": [_text(row, numbers[row.round_id], attempts[row.id]) for row in seen.texts],
        "replies": [_reply(row, numbers.get(row.round_id) if row.round_id else None) for row in seen.replies],
        "answers": [answer(row) for row in seen.answers],
        "handoffs": [handoff(row) for row in seen.handoffs],
        "conflicts": [_conflict(row) for row in seen.conflicts],
        "history": [_history(row) for row in seen.history],
    }


def _grouped(rows: Iterable[_Row], key: Callable[[_Row], Any]) -> dict[Any, list[_Row]]:
    groups: dict[Any, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _round(row: Round, questions: Sequence[Question]) -> Json:
    return {
        "number": row.number,
        "reason": row.reason,
        "mobile": masked(row.mobile),
        "item_id": row.item_id,
        "language": row.language,
        "questions": [{"code": q.code, "channel": q.channel, "text": q.customs_words} for q in questions],
        "opened_at": local(row.opened_at),
        "reply_by": local(row.reply_by),
        "remind_at": local(row.remind_at),
        "close_at": local(row.close_at),
    }


def _text(row: Text, round_number: int, attempts: Sequence[Attempt]) -> Json:
    return {
        "id": str(row.id),
        "round": round_number,
        "kind": row.kind,
        "status": text_status(row.state, row.delivery),
        "state": row.state,
        "delivery": row.delivery,
        "segments": row.segments,
        "encoding": row.encoding,
        "language": row.language,
        "body": row.body,
        "reply_by": local(row.reply_by),
        "send_after": local(row.send_after),
        "reason": row.reason,
        "error_code": row.error_code,
        "sid": row.carrier_sid,
        "attempts": [
            {
                "id": str(attempt.id),
                "number": attempt.number,
                "outcome": attempt.outcome,
                "reason": attempt.reason,
                "error_code": attempt.error_code,
            }
            for attempt in attempts
        ],
    }


def _reply(row: Reply, round_number: int | None) -> Json:
    return {
        "id": str(row.id),
        "round": round_number,
        "text": row.body,
        "reading": row.reading,
        "media": row.num_media,
        "late": row.late,
        "answer_id": str(row.answer_id) if row.answer_id else None,
        "received_at": local(row.received_at),
    }


def _conflict(row: Conflict) -> Json:
    content = json.loads(row.content)
    questions = [{"code": code, "text": words} for code, words in content["questions"]]
    return {
        "id": str(row.id),
        "fields": row.fields.split(","),
        "received_at": local(row.received_at),
        "referral": content | {"questions": questions, "sender_mobile": masked(content["sender_mobile"])},
    }


def _history(row: History) -> Json:
    return {
        "seq": row.seq,
        "event": row.event,
        "effect": row.effect,
        "from": row.from_state,
        "to": row.to_state,
        "actor": row.actor,
        "at": local(row.at),
        "detail": {name: _as_shown(name, value) for name, value in row.detail.items()},
        "hash": row.hash,
    }


def _as_shown(name: str, value: Any) -> Any:
    """Instants of a detail stand in its row in UTC, as its hash covers them; they are shown as all others."""
    return local(datetime.fromisoformat(value)) if name.endswith("_at") and value is not None else value


def answer(row: Answer) -> Json:
    """An answer for customs."""
    return {
        "id": str(row.id),
        "state": row.state,
        "code": row.code,
        "text": row.body,
        "proposed_at": local(row.proposed_at),
        "accepted_at": local(row.accepted_at),
        "accepted_by": row.accepted_by,
        "sent_at": local(row.sent_at),
        "refused_at": local(row.refused_at),
        "refusal": row.refusal,
    }


def answer_with_query(row: Answer, query: Query) -> Json:
    """An answer with what a relay needs to address it."""
    return answer(row) | {
        "query": {
            "id": str(query.id),
            "code": query.code,
            "authority": query.authority,
            "destination": query.destination,
            "mrn": query.mrn or None,
            "referral_reference": query.referral_reference,
            "item_id": query.item_id,
            "kind": query.kind,
        }
    }


def handoff(row: Handoff) -> Json:
    """Work for people. A claim is held on the wall clock, the rest is business time.

    due_at: until when somebody should have taken it on. call_from: when somebody is there to call; null = any time.
    call_id: of a part, the joint call that is claimed and counted in its place.
    """
    parked = row.clock is ClockState.PARKED
    return {
        "id": str(row.id),
        "call_id": str(row.call_id) if row.call_id else None,
        "team": row.team,
        "reason": row.reason,
        "sentence": row.sentence,
        "priority": row.priority,
        "note": row.note,
        "claimed_by": row.claimed_by,
        "claimed_until": local(row.claimed_until),
        "opened_at": local(row.opened_at),
        "shown_from": local(row.shown_from),
        "due_at": None if parked else local(row.due_at),
        "overdue": row.overdue,
        "call_from": local(row.call_from),
        "parked_at": local(row.parked_at),
        "hint": _REPLIED if parked else None,
        "closed_at": local(row.closed_at),
        "closed_by": row.closed_by,
        "closed_because": row.closed_because,
    }
