"""Answers on their way to customs: taken back when the query opens again, and refused ones that are no news."""

from datetime import timedelta

import pytest

from notifier.domain.errors import Conflict
from notifier.domain.lifecycle import Outcome, State
from notifier.domain.permissions import Principal, Role
from notifier.service.answers import mark_refused, mark_sent
from notifier.service.lookups import list_answers
from notifier.service.resolution import accept_answer, reopen
from notifier.storage.models.people import AnswerState
from tests.journeys.world import World

RELAY = Principal("relay", Role.LIAISON)
HOUR = timedelta(hours=1)


def accepted(world: World):
    taken = world.texted()
    world.reply("Two cotton shirts")
    world.do(taken.id, accept_answer(None, "R100"))
    (answer,) = world.see(taken.id).answers
    return taken, answer


def test_reopening_takes_an_answer_that_has_not_left_back_from_the_relay(world: World) -> None:
    taken, answer = accepted(world)
    world.wind(5 * HOUR)
    assert world.open_handoffs(taken.id) == [("staff", "answer_waits")]
    done = world.do(taken.id, reopen("It was two dolls"))
    assert "taken back" in " ".join(done.consequences)
    assert list(list_answers(world.ctx, AnswerState.ACCEPTED, 10).rows) == [], "the relay finds nothing"
    (back,) = world.see(taken.id).answers
    assert (back.state, back.next_due_at, back.accepted_by) == (AnswerState.PROPOSED, None, None)
    assert world.see(taken.id).history[-1].detail == {"taken_back": [str(answer.id)]}
    assert world.open_handoffs(taken.id) == [("staff", "reopened")], "nobody waits for it to leave"
    assert world.do(taken.id, accept_answer(None, "R100")).state is State.CLOSED
    assert mark_sent(world.ctx, answer.id, RELAY).state is AnswerState.SENT


def test_an_answer_that_customs_has_stays_sent(world: World) -> None:
    taken, answer = accepted(world)
    mark_sent(world.ctx, answer.id, RELAY)
    done = world.do(taken.id, reopen("Customs rang"))
    assert "taken back" not in " ".join(done.consequences)
    assert [row.state for row in world.see(taken.id).answers] == [AnswerState.SENT]
    assert world.see(taken.id).history[-1].detail == {}


def test_what_customs_refuses_while_the_query_is_open_stands_in_its_history(world: World) -> None:
    taken, answer = accepted(world)
    mark_sent(world.ctx, answer.id, RELAY)
    world.do(taken.id, reopen("Customs rang"))
    due = world.see(taken.id).query.next_due_at
    mark_refused(world.ctx, answer.id, "Which material?", RELAY)
    whole = world.see(taken.id)
    assert (whole.history[-1].event, whole.history[-1].actor) == ("answer_refused", "customs")
    assert whole.history[-1].detail == {"answer": str(answer.id), "told_by": "relay"}
    assert (whole.query.state, whole.query.next_due_at) == (State.ESCALATED, due)
    assert ("staff", "answer_refused") in world.open_handoffs(taken.id)


def test_nobody_is_to_send_an_answer_that_customs_has_refused(world: World) -> None:
    taken, answer = accepted(world)
    world.wind(5 * HOUR)
    assert world.open_handoffs(taken.id) == [("staff", "answer_waits")]
    mark_refused(world.ctx, answer.id, "Which material?", RELAY)
    assert world.open_handoffs(taken.id) == [("staff", "answer_refused")]


def test_customs_refusing_one_answer_takes_another_back_that_has_not_left(world: World) -> None:
    taken, first = accepted(world)
    mark_sent(world.ctx, first.id, RELAY)
    world.do(taken.id, reopen("Customs rang"))
    world.do(taken.id, accept_answer("TWO COTTON SHIRTS FOR MEN", "R100"))
    mark_refused(world.ctx, first.id, "Which shirts?", RELAY)
    whole = world.see(taken.id)
    assert sorted(row.state.value for row in whole.answers) == ["proposed", "refused"]
    assert whole.query.state is State.ESCALATED
    assert list(list_answers(world.ctx, AnswerState.ACCEPTED, 10).rows) == []


def test_news_of_an_answer_that_left_before_it_was_taken_back_is_believed(world: World) -> None:
    """The relay had pulled it. Customs has it now, and the query is open all the same: staff see both."""
    taken, answer = accepted(world)
    world.do(taken.id, reopen("It was two dolls"))
    for _ in range(2):  # saying so twice is fine
        assert mark_sent(world.ctx, answer.id, RELAY).state is AnswerState.SENT
    whole = world.see(taken.id)
    assert (whole.query.state, whole.query.outcome) == (State.ESCALATED, None)
    assert (whole.history[-1].event, whole.history[-1].actor) == ("answer_sent", "relay")
    assert [row.event for row in whole.history].count("answer_sent") == 1
    assert world.open_handoffs(taken.id) == [("staff", "reopened"), ("staff", "sent_all_the_same")]
    (sent,) = whole.answers
    assert (sent.code, sent.accepted_by, sent.next_due_at) == ("R100", "liaison", None), "as it left"


def test_an_answer_that_customs_has_is_accepted_once_more_without_leaving_again(world: World) -> None:
    taken, answer = accepted(world)
    world.do(taken.id, reopen("It was two dolls"))
    mark_sent(world.ctx, answer.id, RELAY)
    done = world.do(taken.id, accept_answer(None, None, answer.id))
    assert (done.state, done.outcome) == (State.CLOSED, Outcome.ANSWERED)
    assert "nothing is sent again" in " ".join(done.consequences)
    assert list(list_answers(world.ctx, AnswerState.ACCEPTED, 10).rows) == []
    assert world.open_handoffs(taken.id) == []


@pytest.mark.parametrize(("words", "code"), [("TWO DOLLS", "R100"), (None, "R103")])
def test_what_may_have_left_keeps_its_words_and_its_code(world: World, words: str | None, code: str) -> None:
    """Else the relay's news of the old one would be taken for the new one, which would never leave."""
    taken, old = accepted(world)
    world.do(taken.id, reopen("It was two dolls"))
    world.do(taken.id, accept_answer(words, code))
    mark_sent(world.ctx, old.id, RELAY)
    ((waiting, _),) = list_answers(world.ctx, AnswerState.ACCEPTED, 10).rows
    assert waiting.id != old.id
    assert (waiting.body, waiting.code) == (words or "Two cotton shirts", code)
    first = next(row for row in world.see(taken.id).answers if row.id == old.id)
    assert (first.state, first.body, first.code) == (AnswerState.SENT, "Two cotton shirts", "R100")


def test_customs_may_refuse_an_answer_that_was_taken_back(world: World) -> None:
    taken, answer = accepted(world)
    world.do(taken.id, reopen("It was two dolls"))
    assert mark_refused(world.ctx, answer.id, "Too vague", RELAY).state is AnswerState.REFUSED
    assert world.see(taken.id).query.state is State.ESCALATED
    assert ("staff", "answer_refused") in world.open_handoffs(taken.id)


def test_no_relay_has_news_of_an_answer_that_was_never_accepted(world: World) -> None:
    taken = world.texted()
    world.reply("Two cotton shirts")
    (proposed,) = world.see(taken.id).answers
    with pytest.raises(Conflict):
        mark_sent(world.ctx, proposed.id, RELAY)
    with pytest.raises(Conflict):
        mark_refused(world.ctx, proposed.id, "Too vague", RELAY)
