"""The life of a query as a table: every pair is decided, news is never refused, and few deeds are."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.errors import Conflict
from notifier.domain.lifecycle import OPEN_STATES, TABLE, Effect, Event, State, decide

CLOSING = {
    Event.ANSWER_ACCEPTED,
    Event.CLOSED_BY_STAFF,
    Event.WITHDRAWN,
    Event.CLEARED,
    Event.DO_NOT_LOAD,
}
# What our own people and machinery decide to do. Everything else is news from outside: it cannot be undone by us.
DEEDS = {
    Event.INTAKE_ACCEPTED,
    Event.ESCALATED,
    Event.ASKED_AGAIN,
    Event.CORRECTED,
    Event.ANSWER_ACCEPTED,
    Event.ANSWER_REJECTED,
    Event.CLOSED_BY_STAFF,
    Event.REOPENED,
}
REFUSALS = {
    (State.AWAITING_REPLY, Event.INTAKE_ACCEPTED): "A query that is awaiting reply cannot be taken in again.",
    (State.REPLIED, Event.INTAKE_ACCEPTED): "A query that is replied cannot be taken in again.",
    (State.ESCALATED, Event.INTAKE_ACCEPTED): "A query that is escalated cannot be taken in again.",
    (State.CLOSED, Event.INTAKE_ACCEPTED): "A query that is closed cannot be taken in again.",
    (State.CLOSED, Event.ESCALATED): "A query that is closed cannot be escalated.",
    (State.RECEIVED, Event.ASKED_AGAIN): "A query that is received cannot be asked again.",
    (State.CLOSED, Event.ASKED_AGAIN): "A query that is closed cannot be asked again.",
    (State.CLOSED, Event.CORRECTED): "A query that is closed cannot be corrected.",
    (State.CLOSED, Event.ANSWER_ACCEPTED): "A query that is closed cannot be answered.",
    (State.RECEIVED, Event.ANSWER_REJECTED): "A query that is received cannot be denied a reply.",
    (State.AWAITING_REPLY, Event.ANSWER_REJECTED): "A query that is awaiting reply cannot be denied a reply.",
    (State.CLOSED, Event.ANSWER_REJECTED): "A query that is closed cannot be denied a reply.",
    (State.CLOSED, Event.CLOSED_BY_STAFF): "A query that is closed cannot be closed again.",
    (State.RECEIVED, Event.REOPENED): "A query that is received cannot be reopened.",
    (State.AWAITING_REPLY, Event.REOPENED): "A query that is awaiting reply cannot be reopened.",
    (State.REPLIED, Event.REOPENED): "A query that is replied cannot be reopened.",
    (State.ESCALATED, Event.REOPENED): "A query that is escalated cannot be reopened.",
}


def moves() -> dict[tuple[State, Event], State]:
    return {pair: decision.to for pair, decision in TABLE.items() if decision.effect is Effect.MOVE}


def test_every_pair_is_decided() -> None:
    assert set(TABLE) == set(product(State, Event))


def test_a_move_moves_and_nothing_else_does() -> None:
    for (state, _), decision in TABLE.items():
        assert (decision.to is not state) == (decision.effect is Effect.MOVE)


def test_reopening_is_the_only_way_out_of_closed() -> None:
    assert {event: to for (state, event), to in moves().items() if state is State.CLOSED} == {
        Event.REOPENED: State.ESCALATED
    }


def test_closing_events_close_from_every_open_state_and_lead_nowhere_else() -> None:
    assert {pair for pair, to in moves().items() if to is State.CLOSED} == set(product(OPEN_STATES, CLOSING))
    for event in CLOSING:
        assert {to for (_, moved), to in moves().items() if moved is event} == {State.CLOSED}


def test_neither_the_end_of_the_window_nor_a_failed_text_closes_a_query() -> None:
    for event in (Event.WINDOW_CLOSED, Event.TEXT_FAILED, Event.SENDER_OPTED_OUT, Event.NUMBER_WRONG):
        assert {to for (_, moved), to in moves().items() if moved is event} == {State.ESCALATED}


def test_an_answer_ends_the_waiting_also_after_people_took_over() -> None:
    for state in (State.RECEIVED, State.AWAITING_REPLY, State.ESCALATED):
        assert decide(state, Event.REPLY_ANSWERED).to is State.REPLIED
    assert decide(State.REPLIED, Event.REPLY_ANSWERED).effect is Effect.STAY


def test_what_people_have_may_be_given_to_other_people() -> None:
    assert decide(State.ESCALATED, Event.ESCALATED).effect is Effect.STAY


def test_only_staff_begin_another_round() -> None:
    assert {event for (_, event), to in moves().items() if to is State.RECEIVED} == {
        Event.ASKED_AGAIN,
        Event.CORRECTED,
    }


@pytest.mark.parametrize(("pair", "sentence"), REFUSALS.items())
def test_a_refusal_is_a_sentence(pair: tuple[State, Event], sentence: str) -> None:
    with pytest.raises(Conflict) as refused:
        decide(*pair)
    assert str(refused.value) == sentence


def test_only_deeds_are_refused_never_news() -> None:
    refused = {pair for pair, decision in TABLE.items() if decision.effect is Effect.REFUSE}
    assert refused == set(REFUSALS)
    assert {event for _, event in refused} <= DEEDS


def test_all_news_about_a_closed_query_is_late_but_that_of_its_answer_on_the_way() -> None:
    on_the_way = {Event.ANSWER_SENT, Event.OVERDUE}
    for event in set(Event) - DEEDS - on_the_way:
        assert decide(State.CLOSED, event).effect is Effect.LATE
    assert {decide(State.CLOSED, event).effect for event in on_the_way} == {Effect.STAY}


@pytest.mark.parametrize(
    ("event", "late_in"),
    [
        (Event.TEXT_HANDED_OVER, {State.REPLIED, State.ESCALATED, State.CLOSED}),
        (Event.TEXT_FAILED, {State.REPLIED, State.ESCALATED, State.CLOSED}),
        (Event.WINDOW_OPENED, {State.AWAITING_REPLY, State.REPLIED, State.ESCALATED, State.CLOSED}),
        (Event.REMINDER_QUEUED, {State.RECEIVED, State.REPLIED, State.ESCALATED, State.CLOSED}),
        (Event.WINDOW_CLOSED, {State.REPLIED, State.ESCALATED, State.CLOSED}),
        (Event.REVIEW_OVERDUE, {State.RECEIVED, State.AWAITING_REPLY, State.CLOSED}),
        (Event.OVERDUE, set()),
        (Event.CALL_PARKED, {State.RECEIVED, State.AWAITING_REPLY, State.ESCALATED, State.CLOSED}),
        (Event.CALL_RESTORED, {State.CLOSED}),
        (Event.ANSWER_SENT, set(OPEN_STATES)),
        (Event.ANSWER_REFUSED, {State.CLOSED}),
        (Event.REPLY_ANSWERED, {State.CLOSED}),
        (Event.REPLY_NOTED, {State.CLOSED}),
        (Event.REPLY_MOVED, {State.CLOSED}),
        (Event.REPLY_TAKEN_AWAY, {State.CLOSED}),
        (Event.SENDER_OPTED_OUT, {State.CLOSED}),
        (Event.NUMBER_WRONG, {State.CLOSED}),
        (Event.CONFLICT_RECORDED, {State.CLOSED}),
        (Event.WITHDRAWN, {State.CLOSED}),
        (Event.CLEARED, {State.CLOSED}),
        (Event.DO_NOT_LOAD, {State.CLOSED}),
    ],
)
def test_where_news_comes_too_late(event: Event, late_in: set[State]) -> None:
    assert {state for state in State if decide(state, event).effect is Effect.LATE} == late_in


@given(st.lists(st.sampled_from(Event), max_size=60))
def test_whatever_happens_a_query_ends_only_by_closing_and_comes_back_only_by_reopening(events: list[Event]) -> None:
    state = State.RECEIVED
    for event in events:
        before = state
        if TABLE[state, event].effect is not Effect.REFUSE:
            state = decide(state, event).to
        if before is State.CLOSED:
            assert (state is State.CLOSED) == (event is not Event.REOPENED)
        elif state is State.CLOSED:
            assert event in CLOSING
