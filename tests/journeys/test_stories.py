"""Stories of senders: seed a query, expect a text, wind the clock, expect the next. An unexpected text fails them."""

from datetime import timedelta

import pytest

from notifier.domain.lifecycle import Outcome, State
from notifier.service.new_rounds import Correction, correct
from notifier.service.resolution import accept_answer
from tests.journeys.world import MOBILE, World

HOUR = timedelta(hours=1)
OTHER = "+85261234567"


def test_an_answer_ends_the_waiting(world: World) -> None:
    taken = world.refer()
    (text,) = world.send()
    assert text.outgoing.to == MOBILE
    assert taken.code in text.outgoing.body
    assert "RR123456785HK" in text.outgoing.body
    assert "2921 2222" in text.outgoing.body
    world.receipt(text, "delivered")
    assert world.see(taken.id).query.state is State.AWAITING_REPLY
    world.reply("Two cotton shirts for my nephew")
    whole = world.see(taken.id)
    assert whole.query.state is State.REPLIED
    assert [reply.body for reply in whole.replies] == ["Two cotton shirts for my nephew"]
    assert world.open_handoffs(taken.id) == [("staff", "review_reply")]
    world.wind(100 * HOUR)
    assert world.send() == [], "an answered query gets no reminder"
    done = world.do(taken.id, accept_answer("TWO COTTON SHIRTS", "R100"))
    assert (done.state, done.outcome) == (State.CLOSED, Outcome.ANSWERED)
    assert world.open_handoffs(taken.id) == []


def test_silence_brings_one_reminder_and_then_the_hotline(world: World) -> None:
    taken = world.texted()
    world.wind(47 * HOUR)
    assert world.send() == []
    world.wind(HOUR + timedelta(minutes=1))
    (reminder,) = world.send()
    assert taken.code in reminder.outgoing.body
    world.receipt(reminder, "delivered")
    world.wind(23 * HOUR)
    assert world.see(taken.id).query.state is State.AWAITING_REPLY
    world.wind(HOUR)
    assert world.see(taken.id).query.state is State.ESCALATED
    assert world.open_handoffs(taken.id) == [("hotline", "no_reply")]
    world.wind(200 * HOUR)
    assert world.send() == []
    assert world.see(taken.id).query.state is State.ESCALATED, "the closing of the window never closes a query"


def test_a_reminder_repeats_what_the_question_promised(world: World) -> None:
    taken = world.texted()
    world.wind(48 * HOUR + timedelta(minutes=1))
    world.send()
    whole = world.see(taken.id)
    question, reminder = whole.texts
    assert question.reply_by is not None
    assert reminder.reply_by == question.reply_by == whole.rounds[0].reply_by
    assert whole.rounds[0].close_at is not None
    assert question.reply_by <= whole.rounds[0].close_at


def test_an_answer_after_the_escalation_still_counts(world: World) -> None:
    taken = world.texted()
    world.wind(73 * HOUR)
    world.reply("A plastic doll")
    assert world.see(taken.id).query.state is State.REPLIED
    assert world.open_handoffs(taken.id) == [("hotline", "no_reply"), ("staff", "review_reply")]
    assert world.parked(taken.id) == [("hotline", "no_reply")], "nobody calls before the reply is judged"


@pytest.mark.parametrize("words", ["OK", "好的", "👍", "收到"])
def test_an_acknowledgement_leaves_it_waiting_and_prompts_once(world: World, words: str) -> None:
    taken = world.texted()
    world.reply(words)
    world.reply(words)
    assert world.see(taken.id).query.state is State.AWAITING_REPLY
    assert len(world.send()) == 1


def test_a_doubt_is_answered_once_and_staff_are_told(world: World) -> None:
    taken = world.texted()
    world.reply("who is this?")
    world.reply("is this a scam")
    (identity,) = world.send()
    assert "2921 2222" in identity.outgoing.body
    assert world.see(taken.id).query.state is State.AWAITING_REPLY
    assert world.open_handoffs(taken.id) == [("staff", "sender_doubts")]


def test_stop_ends_all_texts_to_the_phone(world: World) -> None:
    first, second = world.texted(), world.refer(referral_reference="other")
    world.reply("STOP")
    assert world.send() == [], "the second question must not go out either"
    for taken in (first, second):
        assert world.see(taken.id).query.state is State.ESCALATED
        assert ("hotline", "opted_out") in world.open_handoffs(taken.id)
    third = world.refer(referral_reference="third")
    assert third.state is State.ESCALATED
    assert world.open_handoffs(third.id) == [("hotline", "number_suppressed")]


def test_start_lifts_the_stop(world: World) -> None:
    world.texted()
    world.reply("STOP")
    world.reply("START")
    world.refer(referral_reference="after")
    assert len(world.send()) == 1


def test_a_bare_cancel_stops_texts_and_asks_staff(world: World) -> None:
    taken = world.texted()
    world.reply("取消")
    assert world.open_handoffs(taken.id) == [("hotline", "opted_out"), ("staff", "cancel_meaning")]


def test_a_wrong_number_is_corrected_and_asked_anew(world: World) -> None:
    taken = world.texted()
    world.reply("打錯")
    assert world.see(taken.id).query.state is State.ESCALATED
    preview = world.do(taken.id, correct(Correction(sender_mobile=OTHER)), preview=True)
    assert any("new round" in sentence for sentence in preview.consequences)
    assert world.see(taken.id).query.round_number == 1, "a preview keeps nothing"
    assert world.send() == []
    world.do(taken.id, correct(Correction(sender_mobile=OTHER)))
    (again,) = world.send()
    assert again.outgoing.to == OTHER
    assert f"{taken.code}-2" in again.outgoing.body
    world.reply("A wooden chess set", phone=MOBILE)
    assert world.see(taken.id).query.state is State.RECEIVED, "the old number no longer speaks for this query"
    world.reply("A wooden chess set", phone=OTHER)
    assert world.see(taken.id).query.state is State.REPLIED


@pytest.mark.parametrize(
    ("mobile", "reason"),
    [
        ("2345 6789", "number_unusable"),
        ("+86 138 1234 5678", "number_unusable"),
        ("9.12E+07", "number_unusable"),
        ("", "number_unusable"),
    ],
)
def test_a_number_that_cannot_be_texted_goes_to_the_hotline(world: World, mobile: str, reason: str) -> None:
    taken = world.refer(sender_mobile=mobile)
    assert taken.state is State.ESCALATED
    assert world.open_handoffs(taken.id) == [("hotline", reason)]
    assert world.send() == []


@pytest.mark.parametrize(
    ("changes", "handoff"),
    [
        ({"kind": "RFS", "questions": []}, ("security", "screening")),
        ({"questions": [{"code": "F102"}]}, ("hotline", "not_by_sms")),
        ({"questions": [{"code": "F605"}, {"code": "F700"}]}, ("hotline", "not_by_sms")),
        ({"questions": [{"code": "S10"}]}, ("security", "not_by_sms")),
        ({"questions": [{"text": "What is it?"}]}, ("staff", "not_by_sms")),
    ],
)
def test_what_no_text_may_ask_goes_to_people(world: World, changes: dict, handoff: tuple[str, str]) -> None:
    taken = world.refer(**changes)
    assert taken.state is State.ESCALATED
    assert world.open_handoffs(taken.id) == [handoff]
    assert world.send() == []
