"""One violation of each invariant, planted into facts that hold: its checker has to find it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from tests.chaos.facts import Attempt, Facts
from tests.chaos.invariants import LATE, broken

Row = TypeVar("Row")
_LONG = LATE + timedelta(days=30)


def _lost(facts: Facts) -> Facts:
    """A client was told an id, and the query is gone."""
    told = next(iter(facts.promised.values()))
    return replace(facts, queries=[query for query in facts.queries if str(query.id) != told])


def _texted_twice(facts: Facts) -> Facts:
    """The carrier has one text under two SIDs."""
    sent = next(message for message in facts.messages if not message.inbound)
    return replace(facts, messages=[*facts.messages, sent._replace(sid="SM" + "0" * 32)])


def _missed(facts: Facts) -> Facts:
    """A due time lies long back, and nobody fired it."""
    # Closed ones are never due; at the end of a run there may be no other.
    query = next((query for query in facts.queries if query.state != "closed"), facts.queries[0])
    overdue = query._replace(due_at=min(_beginnings(facts)) - _LONG)
    return replace(facts, queries=_with(facts.queries, query, overdue))


def _beginnings(facts: Facts) -> Iterator[datetime]:
    """When anything began that might excuse a delay."""
    yield facts.now
    yield from (begin for begin, _ in facts.timeline.outages)
    yield from (at for at, _ in facts.timeline.windings)


def _gap(facts: Facts) -> Facts:
    """A row of history is gone."""
    entry = next(entry for entry in facts.history if entry.seq == 2)
    return replace(facts, history=[row for row in facts.history if row is not entry])


def _gone_back(facts: Facts) -> Facts:
    """A text that was delivered is only sent now."""
    text = next(text for text in facts.texts if text.delivery == "delivered")
    reached = {**facts.reached, text.id: "delivered"}
    return replace(facts, reached=reached, texts=_with(facts.texts, text, text._replace(delivery="sent")))


def _reply_twice(facts: Facts) -> Facts:
    """One message of a sender's stands there as two replies."""
    return replace(facts, replies=[*facts.replies, facts.replies[0]])


def _sent_again(facts: Facts) -> Facts:
    """A second POST of a text of which nobody knew whether it had arrived, and nobody asked."""
    first = next(attempt for attempt in facts.attempts if attempt.posting_at)
    others = [attempt for attempt in facts.attempts if attempt.text_id != first.text_id]
    again = Attempt(UUID(int=1), first.text_id, first.number + 1, facts.now, "accepted", first.sid, 0)
    return replace(facts, attempts=[*others, first._replace(outcome="unknown", sid=None, asked=0), again])


def _with(rows: Sequence[Row], old: Row, new: Row) -> list[Row]:
    return [new if row is old else row for row in rows]


PLANTED: Mapping[str, Callable[[Facts], Facts]] = {
    "I1": _lost,
    "I2": _texted_twice,
    "I3": _missed,
    "I4": _gap,
    "I5": _gone_back,
    "I6": _reply_twice,
    "I7": _sent_again,
}


def overlooked(facts: Facts) -> list[str]:
    """The checkers that do not see what is planted for them, beside what is wrong anyway; none, when all work."""
    anyway = broken(facts)
    return [
        name
        for name, plant in PLANTED.items()
        if not set(broken(plant(facts)).get(name, ())).difference(anyway.get(name, ()))
    ]
