"""Stories: seed a query, expect a text, wind the clock, expect the next. An unexpected text fails them."""

from datetime import timedelta

import pytest

from notifier.carriers.port import Fault, Hold, Never, NotSent, Unknown
from notifier.domain.errors import Conflict, Invalid
from notifier.domain.lifecycle import Outcome, State
from notifier.service.new_rounds import Correction, ask_again, correct
from notifier.service.resolution import accept_answer, close, record_answer, reopen, withdraw
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


def test_a_text_that_is_sent_but_never_delivered_opens_the_window_after_the_grace(world: World) -> None:
    taken = world.refer()
    (text,) = world.send()
    world.receipt(text, "sent")
    world.wind(timedelta(minutes=11))
    assert world.see(taken.id).query.state is State.AWAITING_REPLY


def test_a_text_without_any_receipt_goes_to_people(world: World) -> None:
    taken = world.refer()
    world.send()
    world.wind(13 * HOUR)
    assert world.open_handoffs(taken.id) == [("hotline", "no_receipt")]


def test_an_undeliverable_text_goes_to_the_hotline_with_a_sentence(world: World) -> None:
    taken = world.refer()
    (text,) = world.send()
    world.receipt(text, "undelivered", 30005)
    whole = world.see(taken.id)
    assert whole.query.state is State.ESCALATED
    assert "could not be reached" in whole.handoffs[0].sentence


def test_receipts_doubled_and_reordered_end_the_same(world: World) -> None:
    taken = world.refer()
    (text,) = world.send()
    for status in ("delivered", "sent", "delivered", "queued", "undelivered", "delivered"):
        world.receipt(text, status)
    whole = world.see(taken.id)
    assert whole.query.state is State.AWAITING_REPLY
    assert whole.texts[0].delivery == "delivered"
    assert sum(row.event == "window_opened" for row in whole.history) == 1


def test_a_dropped_line_is_asked_about_and_adopted(world: World) -> None:
    taken = world.refer()
    world.carrier.script.append(Unknown("The line dropped."))
    assert len(world.send()) == 1
    assert world.see(taken.id).texts[0].state == "unknown"
    world.sweep()
    whole = world.see(taken.id)
    assert whole.texts[0].state == "handed_over"
    assert whole.texts[0].carrier_sid == world.carrier.posted[0].sid
    assert world.send() == [], "it is not sent a second time"


def test_a_text_the_carrier_never_got_is_sent_again_in_the_same_words(world: World) -> None:
    world.refer()
    world.carrier.kept = False
    world.carrier.script.append(Unknown("The line dropped."))
    assert world.send() == []
    world.sweep()
    (again,) = world.send()
    assert again.outgoing.to == MOBILE


def test_while_the_carrier_is_silent_nothing_is_guessed(world: World) -> None:
    taken = world.refer()
    world.carrier.script.append(Unknown("The line dropped."))
    world.send()
    world.carrier.silent = True
    world.sweep()
    assert world.send() == []
    assert world.see(taken.id).texts[0].state == "unknown"


def test_a_receipt_settles_an_unknown_text(world: World) -> None:
    taken = world.refer()
    world.carrier.script.append(Unknown("The line dropped."))
    (text,) = world.send()
    world.receipt(text, "delivered")
    assert world.see(taken.id).query.state is State.AWAITING_REPLY
    world.sweep()
    assert world.send() == []


def test_a_refusal_for_now_is_tried_again(world: World) -> None:
    taken = world.refer()
    world.carrier.script.append(NotSent("Too many at once.", 20429))
    assert len(world.send()) == 1
    assert [attempt.number for attempt in world.see(taken.id).attempts] == [1, 2]


def test_a_carrier_that_refuses_for_a_while_costs_nothing(world: World) -> None:
    taken = world.refer()
    world.carrier.script.extend(NotSent("Too many at once.", 20429) for _ in range(10))
    assert len(world.send()) == 1
    assert world.open_handoffs(taken.id) == []


def test_a_text_that_stays_unknown_again_and_again_goes_to_people(world: World) -> None:
    taken = world.refer()
    world.carrier.kept = False
    for _ in range(world.ctx.sending.attempts_most):
        world.carrier.script.append(Unknown("The line dropped."))
        world.send()
        world.sweep()
    assert world.send() == []
    assert world.open_handoffs(taken.id) == [("staff", "text_refused")]


def test_a_final_refusal_goes_to_the_hotline(world: World) -> None:
    taken = world.refer()
    world.carrier.script.append(Never("This number cannot get SMS.", Fault.NUMBER, 21614))
    world.send()
    assert world.open_handoffs(taken.id) == [("hotline", "not_delivered")]


def test_when_the_account_is_refused_sending_pauses_and_nothing_is_lost(world: World) -> None:
    world.refer()
    world.carrier.script.append(NotSent("The account was refused.", 20003, hold=Hold.EVERYTHING))
    world.send()
    world.refer(referral_reference="later")
    assert world.send() == []
    from notifier.domain.permissions import SYSTEM
    from notifier.service.switches import resume_sending

    with world.ctx.database.begin() as session:
        resume_sending(session, world.ctx, SYSTEM)
    assert len(world.send()) == 2


def test_the_same_again_is_known_and_different_content_is_kept_for_staff(world: World) -> None:
    first = world.refer(referral_reference="same")
    again = world.refer(referral_reference="same")
    assert (again.id, again.new, again.conflict_id) == (first.id, False, None)
    other = world.refer(referral_reference="same", item_id="CP203011144HK")
    assert other.id == first.id
    assert other.conflict_id is not None
    whole = world.see(first.id)
    assert whole.query.item_id == "RR123456785HK", "it is not applied"
    assert [conflict.fields for conflict in whole.conflicts] == ["item_id"]
    assert ("staff", "conflict") in world.open_handoffs(first.id)
    assert len(world.send()) == 1


def test_an_explicit_deadline_wins(world: World) -> None:
    deadline = world.now() + 10 * HOUR
    taken = world.refer(deadline_at=deadline.isoformat())
    (text,) = world.send()
    world.receipt(text, "delivered")
    asked = world.see(taken.id).rounds[0]
    assert asked.close_at == deadline
    assert asked.remind_at is None, "a reminder at or after the closing is dropped"
    world.wind(10 * HOUR)
    assert world.see(taken.id).query.state is State.ESCALATED
    assert world.send() == []


def test_a_reply_that_names_another_phones_query_goes_to_staff(world: World) -> None:
    taken = world.texted()
    world.reply(f"{taken.code} toys", phone=OTHER)
    assert world.see(taken.id).query.state is State.AWAITING_REPLY
    assert world.see(taken.id).replies == []


def test_two_queries_on_one_phone_need_a_reference(world: World) -> None:
    first, second = world.texted(), world.refer(referral_reference="b", item_id="CP203011144HK")
    (text,) = world.send()
    world.receipt(text, "delivered")
    world.reply("toys")
    assert {world.see(t.id).query.state for t in (first, second)} == {State.AWAITING_REPLY}
    world.reply(f"{second.code} toys")
    assert world.see(second.id).query.state is State.REPLIED
    world.reply("RR 123 456 785 HK books")
    assert world.see(first.id).query.state is State.REPLIED


def test_a_late_reply_is_kept_for_staff_and_reopening_takes_it_up(world: World) -> None:
    taken = world.texted()
    world.do(taken.id, close(Outcome.UNANSWERED))
    world.reply("It was a doll")
    whole = world.see(taken.id)
    assert whole.query.state is State.CLOSED
    assert whole.replies[0].late
    assert world.open_handoffs(taken.id) == [("staff", "late_reply")]
    world.do(taken.id, reopen("The sender answered after all"))
    whole = world.see(taken.id)
    assert whole.query.state is State.ESCALATED
    assert "The sender answered after all" in {handoff.note for handoff in whole.handoffs}


def test_what_an_earlier_round_brought_is_accepted_only_by_name(world: World) -> None:
    taken = world.texted()
    world.reply("some things")
    world.do(taken.id, ask_again())
    (again,) = world.send()
    world.receipt(again, "delivered")
    with pytest.raises(Invalid):
        world.do(taken.id, accept_answer(None, "R100"))
    (vague,) = world.see(taken.id).answers
    assert world.do(taken.id, accept_answer(None, "R100", vague.id)).state is State.CLOSED


def test_asking_again_makes_a_new_round_with_its_own_window(world: World) -> None:
    taken = world.texted()
    world.reply("stuff")
    world.do(taken.id, ask_again())
    (again,) = world.send()
    assert f"{taken.code}-2" in again.outgoing.body
    world.receipt(again, "delivered")
    whole = world.see(taken.id)
    assert whole.query.state is State.AWAITING_REPLY
    assert [asked.number for asked in whole.rounds] == [1, 2]
    world.wind(73 * HOUR)
    assert world.see(taken.id).query.state is State.ESCALATED


def test_a_withdrawn_query_sends_nothing(world: World) -> None:
    taken = world.refer()
    done = world.do(taken.id, withdraw)
    assert any("cancelled" in sentence for sentence in done.consequences)
    assert world.send() == []
    world.wind(500 * HOUR)
    assert world.send() == []


def test_the_hotline_writes_down_what_was_said_by_phone(world: World) -> None:
    taken = world.refer(sender_mobile="2345 6789")
    world.do(taken.id, record_answer("A set of wooden spoons"))
    whole = world.see(taken.id)
    assert whole.query.state is State.REPLIED
    assert [answer.state for answer in whole.answers] == ["proposed"]
    assert world.open_handoffs(taken.id) == [("staff", "review_reply")]


def test_deeds_that_make_no_sense_are_refused(world: World) -> None:
    taken = world.texted()
    with pytest.raises(Conflict):
        world.do(taken.id, reopen("It is open already"))
    with pytest.raises(Invalid):
        world.do(taken.id, accept_answer(None, None))
    world.do(taken.id, close(Outcome.CLEARED))
    with pytest.raises(Conflict):
        world.do(taken.id, ask_again())
