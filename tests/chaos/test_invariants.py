"""Each checker passes what holds and finds what was planted: a judge that sees nothing would acquit everybody."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest

from tests.chaos.example import ASKED, CLOSE, at_rest, facts
from tests.chaos.facts import Attempt, Facts, Text
from tests.chaos.invariants import INVARIANTS, LATE, broken, latest
from tests.chaos.journal import Timeline
from tests.chaos.planted import PLANTED, overlooked

Row = TypeVar("Row")


def test_what_holds_is_not_complained_of() -> None:
    assert broken(facts()) == {}
    assert broken(at_rest()) == {}


def test_every_invariant_has_a_violation_of_its_own() -> None:
    assert PLANTED.keys() == INVARIANTS.keys()
    assert overlooked(facts()) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_violation_is_found_by_its_checker(name: str) -> None:
    found = broken(PLANTED[name](facts()))
    assert found[name]
    assert all(sentence and "+852" not in sentence for sentence in found[name]), "a verdict shows no number"


def _change(rows: Sequence[Row], place: int, **changes: Any) -> list[Row]:
    return [row._replace(**changes) if at == place else row for at, row in enumerate(rows)]  # type: ignore[attr-defined]  # rows are named tuples


_MORE: dict[str, tuple[str, Callable[[Facts], Facts]]] = {
    "an import that is not there": ("I1", lambda f: replace(f, imported=["R3"])),
    "a reference with two queries": ("I1", lambda f: replace(f, queries=[*f.queries, f.queries[0]])),
    "open and never due": ("I1", lambda f: replace(f, queries=_change(f.queries, 1, due_at=None))),
    "an attempt posted twice": (
        "I2",
        lambda f: replace(f, messages=[*f.messages, f.messages[0]._replace(sid="SM9", body="other words")]),
    ),
    "the same words from another attempt": (
        "I2",
        lambda f: replace(f, messages=[*f.messages, f.messages[0]._replace(sid="SM9", attempt=None)]),
    ),
    "a closing that fired twice": (
        "I3",
        lambda f: replace(f, history=[*f.history, f.history[4]._replace(seq=8)]),
    ),
    "a closing before its time": (
        "I3",
        lambda f: replace(f, rounds=_change(f.rounds, 0, close_at=CLOSE + timedelta(seconds=1))),
    ),
    "a closing that came late": (
        "I3",
        lambda f: replace(f, rounds=_change(f.rounds, 0, close_at=CLOSE - LATE - timedelta(seconds=1))),
    ),
    "a reminder after the answer": (
        "I3",
        lambda f: replace(f, history=_change(f.history, 1, event="reply_answered")),
    ),
    "a state its history does not end with": (
        "I4",
        lambda f: replace(f, queries=_change(f.queries, 1, state="replied")),
    ),
    "a detail that was changed": ("I4", lambda f: replace(f, history=_change(f.history, 1, detail={"round": 2}))),
    "a text below its own receipt": ("I5", lambda f: replace(f, texts=_change(f.texts, 0, delivery="sent"))),
    "a reply with another phone's query": (
        "I6",
        lambda f: replace(f, replies=_change(f.replies, 0, query_id=f.queries[1].id)),
    ),
    "a reply with a query on another item": (
        "I6",
        lambda f: replace(f, messages=_change(f.messages, 3, body="CP203011144HK two shirts")),
    ),
    "a text that is unknown for long": (
        "I7",
        lambda f: replace(f, texts=_change(f.texts, 2, state="unknown", next_try_at=ASKED)),
    ),
}


@pytest.mark.parametrize("what", _MORE)
def test_other_violations_are_found_as_well(what: str) -> None:
    name, plant = _MORE[what]
    assert broken(plant(facts())).get(name)


_AT_REST: dict[str, tuple[str, Callable[[Facts], Facts]]] = {
    "a query that nobody ended": ("I1", lambda f: replace(f, queries=_change(f.queries, 1, state="awaiting_reply"))),
    "a text under way": ("I1", lambda f: replace(f, texts=_change(f.texts, 2, state="queued"))),
    "a text that failed and nobody knows why": ("I1", lambda f: replace(f, texts=_change(f.texts, 2, state="failed"))),
    "a text the carrier never had": ("I1", lambda f: replace(f, messages=[*f.messages[:2], f.messages[3]])),
    "a query without a question": ("I1", lambda f: replace(f, texts=f.texts[:2])),
    "a message that is on no text": ("I2", lambda f: replace(f, texts=_change(f.texts, 2, sid=None))),
    "a delivery the carrier knows better": (
        "I5",
        lambda f: replace(f, messages=_change(f.messages, 2, status="failed")),
    ),
    "a reply that was lost": ("I6", lambda f: replace(f, replies=[])),
    "a reply nobody wrote": ("I6", lambda f: replace(f, messages=f.messages[:3])),
}


@pytest.mark.parametrize("what", _AT_REST)
def test_violations_that_only_rest_shows_are_found(what: str) -> None:
    name, plant = _AT_REST[what]
    assert broken(plant(at_rest())).get(name)


def test_a_second_post_is_right_once_the_carrier_was_asked() -> None:
    text: Text = facts().texts[0]
    first = Attempt(UUID(int=50), text.id, 1, ASKED, None, None, 0)
    never_posted = Attempt(UUID(int=51), text.id, 2, None, None, None, 0)
    again = Attempt(UUID(int=52), text.id, 3, ASKED, "accepted", "SM1", 0)
    unasked = replace(facts(), attempts=[first, never_posted, again], messages=[], receipts=[])
    assert broken(unasked).keys() == {"I7"}
    for place in (0, 1):
        assert broken(replace(unasked, attempts=_change(unasked.attempts, place, asked=1))) == {}


def test_an_outage_and_a_jump_of_the_clock_excuse_a_delay() -> None:
    """A closing that was due an hour before it fired: in an outage, or in a time that was jumped over."""
    late = replace(facts(), rounds=_change(facts().rounds, 0, close_at=CLOSE - timedelta(hours=1)))
    assert latest(late) == timedelta(hours=1)
    assert broken(late).keys() == {"I3"}
    away = Timeline(outages=[(CLOSE - timedelta(hours=2), CLOSE - timedelta(seconds=2))])
    assert broken(replace(late, timeline=away)) == {}
    assert latest(replace(late, timeline=away)) == timedelta(seconds=2)
    jumped = Timeline()
    jumped.wound(timedelta(hours=2), CLOSE - timedelta(hours=2))
    assert latest(replace(late, timeline=jumped)) == timedelta(0)


def test_overlapping_outages_count_once() -> None:
    hour = timedelta(hours=1)
    line = Timeline(outages=[(ASKED + hour, ASKED + 3 * hour), (ASKED, ASKED + 2 * hour), (ASKED + 4 * hour, None)])
    assert line.working(ASKED, ASKED + 5 * hour) == hour
