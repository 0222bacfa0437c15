"""The seven invariants, each a function from facts to sentences about what breaks it.

I1 every id answered 2xx exists, is open or finished, and was asked of the phone that customs named. I2 one POST an
attempt, one message a text. I3 each due time fires once, late by at most outage + tick + lease. I4 history has no gap,
loses nothing it was ever seen with, and folds to the state. I5 a delivery status never goes back. I6 one inbound SID is
one reply, with a query of its phone and item, and takes effect once. I7 an unknown outcome is resolved, and never
silently sent again.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import TypeVar
from uuid import UUID

from tests.chaos.facts import Attempt, Entry, Facts, Query, Round, Text

# Tick, lease on the line, and a pass over the carrier's lists; beyond that, a machine that is busy with other things.
LATE = timedelta(seconds=1 + 3 + 8) + timedelta(seconds=8)
_SLACK = timedelta(seconds=0.1)
# Where each event leads a query that it moves; written out here, so that a wrong table is no excuse.
_LEADS_TO = {
    "window_opened": "awaiting_reply",
    "reply_answered": "replied",
    "asked_again": "received",
    "corrected": "received",
    "window_closed": "escalated",
    "escalated": "escalated",
    "text_failed": "escalated",
    "sender_opted_out": "escalated",
    "number_wrong": "escalated",
    "answer_accepted": "closed",
    "closed_by_staff": "closed",
    "withdrawn": "closed",
}
_STATES = {"received", "awaiting_reply", "replied", "escalated", "closed"}
_TO_LEAVE = timedelta(seconds=30)  # a question that has not left by then is taken over by people
_ASKING = ("question", "reminder")
_OF_A_PHONE = ("stop", "start", "cancel", "wrong_number")
_OVERTAKES = ("reply_answered", "sender_opted_out", "number_wrong", "closed_by_staff", "answer_accepted")
_ON_THE_WAY = ("queued", "claimed", "posting", "unknown")
_NEW_ROUND = ("asked_again", "corrected")
_LEVELS = {"scheduled": 1, "accepted": 1, "queued": 2, "sending": 3, "sent": 4}  # others are final
_FINAL = 5
_ITEM = re.compile(r"[A-Z]{2}[0-9]{9}HK")
Row = TypeVar("Row")


def i1_nothing_is_lost(facts: Facts) -> Iterator[str]:
    """Whatever was answered 2xx, or imported to the end, is there; at rest, its question met a known fate."""
    by_reference: dict[str, list[Query]] = defaultdict(list)
    for query in facts.queries:
        by_reference[query.reference].append(query)
        if query.state not in _STATES or (query.due_at is None) != (query.state == "closed"):
            yield f"query {query.code} is {query.state}, and due {query.due_at}"
    for reference, told in facts.promised.items():
        if told not in [str(query.id) for query in by_reference[reference]]:
            yield f"{reference} was answered with {told}, which does not exist"
    for reference in facts.imported:
        if not by_reference[reference]:
            yield f"{reference} was imported and does not exist"
    for reference, found in by_reference.items():
        if len(found) > 1:
            yield f"{reference} became {len(found)} queries"
    yield from _misdirected(facts)
    if facts.at_rest:
        yield from _still_under_way(facts)
        yield from _never_asked(facts)


def _misdirected(facts: Facts) -> Iterator[str]:
    """By the carrier's own log: each question and reminder names its query, and went to whom customs named."""
    queries = {query.id: query for query in facts.queries}
    texts = {text.id: text for text in facts.texts}
    of_attempt = {str(attempt.id): texts.get(attempt.text_id) for attempt in facts.attempts}
    for message in facts.messages:
        text = of_attempt.get(message.attempt or "")
        query = queries.get(text.query_id) if text else None
        if text is None or query is None or text.kind not in _ASKING:
            continue
        if facts.phones.get(query.reference, message.recipient) != message.recipient:
            yield f"{message.sid} about {query.code} went to a phone that customs did not name"
        if query.code not in message.body:
            yield f"{message.sid} does not name {query.code}"
    told = {message.sid: of_attempt.get(message.attempt or "") for message in facts.messages if not message.inbound}
    for text in facts.texts:
        if (sent := told.get(text.sid or "")) is not None and sent.id != text.id:
            yield f"text {text.id} has the SID of another text"


def _never_asked(facts: Facts) -> Iterator[str]:
    """A question that never left: somebody was quicker, it killed its workers, or nothing could leave in its time."""
    queries = {query.id: query for query in facts.queries}
    overtaken = {entry.query_id for entry in facts.history if entry.event in _OVERTAKES}
    for text in facts.texts:
        query = queries.get(text.query_id)
        if text.kind != "question" or text.state not in ("cancelled", "failed") or query is None:
            continue
        poisoned = text.state == "failed" and query.reference in facts.poisoned
        quicker = text.state == "cancelled" and query.id in overtaken
        made = facts.timeline.wall_of(text.created_at)
        if not (poisoned or quicker or facts.timeline.disturbed(made, made + _TO_LEAVE)):
            yield f"the question {text.id} of {query.code} is {text.state} and never reached the carrier"


def _still_under_way(facts: Facts) -> Iterator[str]:
    asked = {text.query_id for text in facts.texts if text.kind == "question"}
    for query in facts.queries:
        if query.id not in asked:
            yield f"query {query.code} has no question"
        if query.state in ("received", "awaiting_reply"):
            yield f"query {query.code} is still {query.state}"
    sent = {message.sid for message in facts.messages if not message.inbound}
    for text in facts.texts:
        if text.state in _ON_THE_WAY:
            yield f"{text.kind} {text.id} is still {text.state}"
        elif text.state == "handed_over" and text.sid not in sent:
            yield f"{text.kind} {text.id} is handed over, and the carrier never had it"
        elif text.state == "failed" and not text.reason:
            yield f"{text.kind} {text.id} failed for no reason"


def i2_nobody_is_texted_twice(facts: Facts) -> Iterator[str]:
    """One message for an attempt, for a text, and for the same words to a phone; by the carrier's own log."""
    sent = [message for message in facts.messages if not message.inbound]
    yield from _twice((message.attempt for message in sent if message.attempt), "attempt {} was posted {} times")
    words = ((message.recipient[-4:], message.recipient + message.body) for message in sent)
    yield from _twice(words, "a phone ..{0[0]} got the same words {1} times")
    of_attempt = {str(attempt.id): attempt.text_id for attempt in facts.attempts}
    texts = (of_attempt[message.attempt] for message in sent if message.attempt in of_attempt)
    yield from _twice(texts, "text {} reached the carrier {} times")
    questions = ((text.round_id, text.kind) for text in facts.texts if text.kind in ("question", "reminder"))
    yield from _twice(questions, "round {0[0]} has {1} texts of a kind")
    if facts.at_rest:
        known = {text.sid for text in facts.texts}
        for message in sent:
            if message.sid not in known:
                yield f"{message.sid} is at the carrier and on no text"


def _twice(keys: Iterable[object], sentence: str) -> Iterator[str]:
    for key, times in Counter(keys).items():
        if times > 1:
            yield sentence.format(key, times)


def i3_due_times_fire_once(facts: Facts) -> Iterator[str]:
    """Each reminder and closing of a round at most once, not early, not late; and nothing due lies about."""
    rounds = {(asked.query_id, asked.number): asked for asked in facts.rounds}
    for query_id, number, entries in askings(facts.history):
        asked = rounds.get((query_id, number))
        for event, due in (("reminder_queued", asked and asked.remind_at), ("window_closed", asked and asked.close_at)):
            fired = [entry for entry in entries if entry.event == event and entry.effect != "late"]
            if len(fired) > 1:
                yield f"{event} of {query_id} round {number} fired {len(fired)} times"
            for entry in fired:
                yield from _punctual(facts, entry, due)
        yield from _after_an_answer(entries)
        yield from _of_its_length(facts, entries, asked)
    for query in facts.queries:
        if query.due_at and facts.timeline.delay(query.due_at, facts.now + facts.timeline.offset()) > LATE:
            yield f"query {query.code} is {query.state} and was due at {query.due_at}"


def _punctual(facts: Facts, entry: Entry, due: datetime | None) -> Iterator[str]:
    if due is None or entry.at < due:
        yield f"{entry.event} of {entry.query_id} fired before it was due ({due})"
    elif (late := facts.timeline.delay(due, entry.at)) > LATE:
        yield f"{entry.event} of {entry.query_id} fired {late.total_seconds():.1f} s late"


def _of_its_length(facts: Facts, entries: list[Entry], asked: Round | None) -> Iterator[str]:
    """The sender has the whole window from its opening on."""
    opened = next((entry for entry in entries if entry.event == "window_opened" and entry.effect == "move"), None)
    if opened is None or asked is None or asked.close_at is None:
        return
    if not timedelta(0) <= asked.close_at - opened.at - facts.window + _SLACK <= LATE:
        yield f"the window of {opened.query_id} lasts {asked.close_at - opened.at}"


def _after_an_answer(entries: list[Entry]) -> Iterator[str]:
    """Reply or closing: whoever comes first wins, and a closing never overrules an answer."""
    answered = next((entry.seq for entry in entries if entry.event == "reply_answered"), None)
    for entry in entries:
        if answered and entry.seq > answered and entry.event in ("window_closed", "reminder_queued"):
            yield f"{entry.event} of {entry.query_id} fired after the sender had answered"


def askings(history: Iterable[Entry]) -> Iterator[tuple[UUID, int, list[Entry]]]:
    """Each query's history, cut where a new round begins."""
    for query_id, entries in _grouped(history, lambda entry: entry.query_id).items():
        number, part = 1, list[Entry]()
        for entry in sorted(entries, key=lambda entry: entry.seq):
            if entry.event in _NEW_ROUND:
                yield query_id, number, part
                number, part = number + 1, []
            part.append(entry)
        yield query_id, number, part


def i4_history_folds_to_the_state(facts: Facts) -> Iterator[str]:
    """Numbered without gaps, chained by hashes, each row where the one before ended, and the query at its end."""
    histories = _grouped(facts.history, lambda entry: entry.query_id)
    for query in facts.queries:
        state, chained = None, "0" * 64
        entries = sorted(histories.get(query.id, []), key=lambda entry: entry.seq)
        for place, entry in enumerate(entries, 1):
            if (entry.seq, entry.from_state) != (place, state):
                yield f"history of {query.code} breaks at {place}"
            if entry.prev_hash != chained or entry.hash != entry_hash(entry):
                yield f"the chain of {query.code} breaks at {place}"
            if entry.to_state != (_LEADS_TO.get(entry.event) if entry.effect == "move" else state or "received"):
                yield f"{entry.event} led {query.code} from {state} to {entry.to_state}"
            state, chained = entry.to_state, entry.hash
        if (query.history_seq, query.history_hash, query.state) != (len(entries), chained, state):
            yield f"query {query.code} is {query.state}, and its history ends with {state}"
        seq, seen = facts.heads.get(query.id, (0, ""))
        if seq > len(entries) or (seq and entries[seq - 1].hash != seen):
            yield f"history of {query.code} is no longer what it was at {seq}"
    yield from _undone(facts)


def _undone(facts: Facts) -> Iterator[str]:
    """What staff were told was done is in the history."""
    events: dict[str, set[str]] = defaultdict(set)
    for entry in facts.history:
        events[str(entry.query_id)].add(entry.event)
    for query in facts.queries:
        for event in facts.decided.get(str(query.id), ()):
            if event not in events[str(query.id)]:
                yield f"{event} of {query.code} was answered 2xx and is not in its history"


def entry_hash(entry: Entry) -> str:
    """Worked out a second time, from its description alone: the columns in their order, as compact JSON."""
    row = [str(entry.query_id), *entry[1:7], entry.at.isoformat(), entry.detail, entry.prev_hash]
    return sha256(json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def i5_delivery_never_goes_back(facts: Facts) -> Iterator[str]:
    """No text below what it was seen with, or below any receipt of its message; at rest, where the carrier is."""
    received = _grouped(facts.receipts, lambda receipt: receipt.text_id)
    carrier = {message.sid: message.status for message in facts.messages}
    for text in facts.texts:
        seen = [receipt.status for receipt in received.get(text.id, []) if receipt.sid == text.sid]
        if text.id in facts.reached:
            seen.append(facts.reached[text.id])
        for status in seen:
            if level(status) > level(text.delivery):
                yield f"text {text.id} is {text.delivery} after it was {status}"
        if facts.at_rest and text.sid and carrier.get(text.sid) != text.delivery:
            yield f"text {text.id} is {text.delivery}, and the carrier says {carrier.get(text.sid)}"


def level(status: str | None) -> int:
    """How far a status is on its way."""
    return 0 if status is None else _LEVELS.get(status, _FINAL)


def i6_one_message_is_one_reply(facts: Facts) -> Iterator[str]:
    """No reply twice, none made up, none with a query of another phone or item; at rest, every message is one."""
    yield from _twice((reply.sid for reply in facts.replies), "message {} became {} replies")
    yield from _misfiled(facts)
    yield from _effects(facts)
    if facts.at_rest:
        inbound = {message.sid for message in facts.messages if message.inbound}
        taken = {reply.sid for reply in facts.replies}
        for sid in inbound - taken:
            yield f"reply {sid} was lost"
        for sid in taken - inbound:
            yield f"reply {sid} was never written"


def _misfiled(facts: Facts) -> Iterator[str]:
    """By the carrier's own log: whom the query was texted to, and which item the reply names."""
    written = {message.sid: message for message in facts.messages}
    items = {query.id: query.item_id for query in facts.queries}
    phones: dict[UUID, set[str]] = defaultdict(set)
    for text in facts.texts:
        if text.sid in written:
            phones[text.query_id].add(written[text.sid].recipient)
    for reply in facts.replies:
        message = written.get(reply.sid)
        if message is None or reply.query_id not in items:
            continue
        if phones[reply.query_id] and message.sender not in phones[reply.query_id]:
            yield f"reply {reply.sid} is with a query of another phone"
        if (named := _ITEM.findall(message.body)) and items[reply.query_id] not in named:
            yield f"reply {reply.sid} is with a query on another item"


def _effects(facts: Facts) -> Iterator[str]:
    """A reply that is placed stands once in the history of its query. One that came too late need not, nor one that is
    about the phone: the query it named may be closed by whoever was quicker.
    """
    told = Counter((entry.query_id, entry.detail.get("reply")) for entry in facts.history)
    known = {query.id for query in facts.queries}
    for reply in facts.replies:
        times = told[reply.query_id, str(reply.id)] if reply.query_id else 0
        least = 0 if reply.late or reply.reading in _OF_A_PHONE else 1
        if reply.query_id in known and not least <= times <= 1:
            yield f"reply {reply.sid} stands {times} times in the history of its query"


def i7_the_unknown_is_resolved(facts: Facts) -> Iterator[str]:
    """A POST that may have arrived is asked about before another is made; and nothing stays unknown."""
    for text_id, attempts in _grouped(facts.attempts, lambda attempt: attempt.text_id).items():
        posted = sorted((one for one in attempts if one.posting_at), key=lambda one: one.number)
        for earlier, later in pairwise(posted):
            if earlier.outcome in (None, "unknown") and not _asked_between(attempts, earlier, later):
                yield f"text {text_id} was sent again after attempt {earlier.number}, of which nobody knew"
    for text in facts.texts:
        since = _in_doubt_since(text)
        if since is not None and facts.timeline.working(since, facts.now) > LATE:
            yield f"text {text.id} is {text.state} since {since}"


def _asked_between(attempts: Iterable[Attempt], earlier: Attempt, later: Attempt) -> bool:
    """The question is counted on the latest attempt there was, which may be one that was never posted."""
    return any(one.asked for one in attempts if earlier.number <= one.number < later.number)


def _in_doubt_since(text: Text) -> datetime | None:
    if text.state == "unknown":
        return text.next_try_at
    return text.lease_until if text.state in ("claimed", "posting") else None


def _grouped(rows: Iterable[Row], key: Callable[[Row], UUID]) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


INVARIANTS: Mapping[str, Callable[[Facts], Iterator[str]]] = {
    "I1": i1_nothing_is_lost,
    "I2": i2_nobody_is_texted_twice,
    "I3": i3_due_times_fire_once,
    "I4": i4_history_folds_to_the_state,
    "I5": i5_delivery_never_goes_back,
    "I6": i6_one_message_is_one_reply,
    "I7": i7_the_unknown_is_resolved,
}


def broken(facts: Facts) -> dict[str, list[str]]:
    """What each invariant has to say; empty when all hold."""
    told = {name: list(check(facts)) for name, check in INVARIANTS.items()}
    return {name: sentences for name, sentences in told.items() if sentences}
