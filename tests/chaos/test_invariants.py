"""Each checker passes what holds and finds what was planted: a judge that sees nothing would acquit everybody."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest

from tests.chaos.example import ASKED, CLOSE, OTHER, at_rest, facts
from tests.chaos.facts import Attempt, Facts, Text
from tests.chaos.invariants import INVARIANTS, LATE, broken
from tests.chaos.journal import Timeline
from tests.chaos.planted import PLANTED, overlooked
from tests.chaos.punctuality import delays, figures, share, unpunctual

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
    "a question at another phone": (
        "I1",
        lambda f: replace(f, messages=_change(f.messages, 0, recipient=OTHER)),
    ),
    "a question about another query": (
        "I1",
        lambda f: replace(f, messages=_change(f.messages, 0, body=f.messages[2].body)),
    ),
    "two texts with each other's SID": (
        "I1",
        lambda f: replace(f, texts=_change(_change(f.texts, 0, sid="SM3"), 2, sid="SM1")),
    ),
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
    "a window that is too short": ("I3", lambda f: replace(f, window=f.window + timedelta(seconds=1))),
    "a window that is far too long": ("I3", lambda f: replace(f, window=f.window - timedelta(hours=1))),
    "a reminder after the answer": (
        "I3",
        lambda f: replace(f, history=_change(f.history, 1, event="reply_answered")),
    ),
    "a state its history does not end with": (
        "I4",
        lambda f: replace(f, queries=_change(f.queries, 1, state="replied")),
    ),
    "a detail that was changed": ("I4", lambda f: replace(f, history=_change(f.history, 1, detail={"round": 2}))),
    "an event that leads elsewhere": (
        "I4",
        lambda f: replace(f, history=_change(f.history, 4, event="reply_answered")),
    ),
    "an event that moves and should not": ("I4", lambda f: replace(f, history=_change(f.history, 3, effect="move"))),
    "a history that was longer once": (
        "I4",
        lambda f: replace(f, heads={f.queries[1].id: (9, "of a row that is gone")}),
    ),
    "a history that was another once": ("I4", lambda f: replace(f, heads={f.queries[0].id: (2, "another")})),
    "a decision that was told and is not there": (
        "I4",
        lambda f: replace(f, decided={str(f.queries[1].id): ["closed_by_staff"]}),
    ),
    "a text below its own receipt": ("I5", lambda f: replace(f, texts=_change(f.texts, 0, delivery="sent"))),
    "a reply that took effect twice": (
        "I6",
        lambda f: replace(f, history=[*f.history, f.history[5]._replace(seq=8)]),
    ),
    "a reply that took no effect": ("I6", lambda f: replace(f, history=_change(f.history, 5, detail={}))),
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
    "a question that was cancelled for no reason": (
        "I1",
        lambda f: replace(f, texts=_change(f.texts, 2, state="cancelled", sid=None)),
    ),
    "a question given up although no worker died of it": (
        "I1",
        lambda f: replace(f, texts=_change(f.texts, 2, state="failed", reason="Nobody learned in 5 tries", sid=None)),
    ),
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


def test_a_question_may_stay_away_when_it_killed_its_workers_or_nothing_could_leave() -> None:
    given_up = _change(at_rest().texts, 2, state="failed", reason="Nobody learned in 5 tries", sid=None)
    unsent = replace(at_rest(), texts=given_up, messages=[*at_rest().messages[:2], at_rest().messages[3]])
    assert broken(unsent).keys() == {"I1"}
    assert broken(replace(unsent, poisoned={"R2"})) == {}
    away = Timeline(outages=[(ASKED + timedelta(seconds=9), ASKED + timedelta(seconds=11))])
    assert broken(replace(unsent, timeline=away)) == {}


def test_a_late_reply_need_not_stand_in_the_history() -> None:
    silent = _change(facts().history, 5, detail={})
    late = replace(facts(), history=silent, replies=_change(facts().replies, 0, late=True))
    assert "I6" not in broken(late)


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
    hour = timedelta(hours=1)
    earlier = [asked._replace(close_at=CLOSE - hour) for asked in facts().rounds]
    late = replace(facts(), window=facts().window - hour, rounds=earlier)
    assert delays(late)[-1] == timedelta(hours=1)
    assert broken(late).keys() == {"I3"}
    away = Timeline(outages=[(CLOSE - timedelta(hours=2), CLOSE - timedelta(seconds=2))])
    assert broken(replace(late, timeline=away)) == {}
    assert delays(replace(late, timeline=away))[-1] == timedelta(seconds=2)
    jumped = Timeline()
    jumped.wound(timedelta(hours=2), CLOSE - timedelta(hours=2))
    assert delays(replace(late, timeline=jumped))[-1] == timedelta(0)


def test_overlapping_outages_count_once() -> None:
    hour = timedelta(hours=1)
    line = Timeline(outages=[(ASKED + hour, ASKED + 3 * hour), (ASKED, ASKED + 2 * hour), (ASKED + 4 * hour, None)])
    assert line.working(ASKED, ASKED + 5 * hour) == hour


def test_half_of_all_due_times_may_not_be_late() -> None:
    second = timedelta(seconds=1)
    assert (share([], 0.5), share([second, 2 * second, 9 * second], 0.5)) == (timedelta(0), 2 * second)
    assert list(unpunctual([second, second, 19 * second])) == []
    assert list(unpunctual([second, 6 * second, 6 * second])) == ["Half of all due times fired more than 6.0 s late."]
    assert figures(facts())["latest due time"] == "0.0 s"
