"""Several texts within minutes are one answer, which counts when every open question has one; and what comes late."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from notifier.domain.lifecycle import Outcome, State
from notifier.service.figures import count
from notifier.service.lookups import list_handoffs
from notifier.service.new_rounds import ask_again
from notifier.service.resolution import accept_answer, close
from tests.journeys.world import World

MINUTE = timedelta(minutes=1)
THREE = [{"code": "F605"}, {"code": "F611"}, {"code": "F602"}]


def work(world: World) -> list[str]:
    """What the work list shows now, and the figures with it."""
    shown = sorted(handoff.reason for handoff, _, _ in list_handoffs(world.ctx, None, 100).rows)
    counted = count(world.ctx).handoffs
    assert sum(counted.values()) == len(shown)
    return shown


def test_several_texts_are_one_answer_and_staff_are_told_when_it_is_whole(thread: World) -> None:
    taken = thread.texted()
    for words in ("two shirts", "cotton", "for my nephew"):
        thread.reply(words)
        thread.wind(MINUTE)
    assert thread.see(taken.id).query.state is State.REPLIED, "the waiting has ended at the first"
    assert work(thread) == []
    thread.wind(MINUTE)
    assert work(thread) == ["review_reply"]
    whole = thread.see(taken.id)
    (answer,) = whole.answers
    assert answer.body == "two shirts\ncotton\nfor my nephew"
    assert {reply.answer_id for reply in whole.replies} == {answer.id}


def test_what_comes_when_staff_were_told_is_appended_and_shown_at_once(thread: World) -> None:
    taken = thread.texted()
    thread.reply("two shirts")
    thread.wind(60 * MINUTE)
    thread.reply("both are blue")
    (answer,) = thread.see(taken.id).answers
    assert answer.body == "two shirts\nboth are blue"
    assert work(thread) == ["review_reply"]
    thread.do(taken.id, accept_answer(None, "R100"))
    assert [answer.state for answer in thread.see(taken.id).answers] == ["accepted"]


def test_how_long_they_are_gathered_is_a_setting(thread: World) -> None:
    thread.ctx = replace(thread.ctx, people=replace(thread.ctx.people, gather=timedelta(0)))
    thread.texted()
    thread.reply("two shirts")
    assert work(thread) == ["review_reply"]


def test_a_new_round_has_an_answer_of_its_own(thread: World) -> None:
    taken = thread.texted()
    thread.reply("stuff")
    thread.do(taken.id, ask_again())
    (again,) = thread.send()
    thread.receipt(again, "delivered")
    thread.reply("two shirts")
    assert [answer.body for answer in thread.see(taken.id).answers] == ["stuff", "two shirts"]


def test_a_part_is_kept_and_what_is_missing_is_asked_once(thread: World) -> None:
    taken = thread.texted(questions=THREE)
    thread.reply("2. five")
    whole = thread.see(taken.id)
    assert (whole.query.state, whole.answers) == (State.AWAITING_REPLY, [])
    assert [reply.body for reply in whole.replies] == ["2. five"]
    (prompt,) = thread.send()
    assert "1) goods, material and use 3) gross weight in kg" in prompt.outgoing.body
    assert "2) " not in prompt.outgoing.body, "what was answered is not asked again"
    thread.reply("3. 0.5 kg")
    assert thread.send() == [], "once is enough"
    assert thread.see(taken.id).query.state is State.AWAITING_REPLY
    thread.reply("cotton shirts")
    whole = thread.see(taken.id)
    assert whole.query.state is State.REPLIED
    assert [answer.body for answer in whole.answers] == ["2. five\n3. 0.5 kg\ncotton shirts"]


def test_the_last_missing_question_is_asked_in_whole_words(thread: World) -> None:
    thread.texted(questions=THREE[:2])
    thread.reply("1. cotton shirts")
    (prompt,) = thread.send()
    assert "how many packages are in it?" in prompt.outgoing.body


@pytest.mark.parametrize("words", ["1. cotton 2. five 3. 0.5", "cotton shirts, five, half a kilo", "3"])
def test_numbers_for_all_or_no_numbers_answer_all(thread: World, words: str) -> None:
    taken = thread.texted(questions=THREE)
    thread.reply(words)
    assert thread.see(taken.id).query.state is State.REPLIED


def test_twins_that_ask_the_same_are_answered_once(thread: World) -> None:
    taken = thread.texted(questions=[{"code": "F605"}, {"code": "A605"}])
    thread.reply("1. cotton shirts")
    assert thread.see(taken.id).query.state is State.REPLIED


def test_a_part_alone_does_not_keep_the_hotline_away_but_tells_it(thread: World) -> None:
    taken = thread.texted(questions=THREE)
    thread.reply("1. cotton shirts")
    thread.wind(73 * 60 * MINUTE)
    (handoff,) = [one for one in thread.see(taken.id).handoffs if one.closed_at is None]
    assert handoff.reason == "no_reply"
    assert "only some of the questions" in handoff.sentence


def test_a_late_answer_is_kept_acknowledged_once_and_shown(thread: World) -> None:
    taken = thread.texted()
    thread.do(taken.id, close(Outcome.UNANSWERED))
    thread.reply("It was a doll")
    thread.reply("made of plastic")
    (notice,) = thread.send()
    assert "is closed" in notice.outgoing.body
    whole = thread.see(taken.id)
    assert whole.query.state is State.CLOSED
    assert [(reply.body, reply.late) for reply in whole.replies] == [("It was a doll", True), ("made of plastic", True)]
    assert work(thread) == ["late_reply", "late_reply"]
    assert whole.answers == []


@pytest.mark.parametrize("words", ["Thank you!", "多謝晒", "👍", "OK"])
def test_a_bare_thank_you_after_the_end_makes_no_work(thread: World, words: str) -> None:
    taken = thread.texted()
    thread.reply("a doll")
    thread.do(taken.id, accept_answer(None, "R100"))
    thread.reply(words)
    assert (thread.send(), work(thread)) == ([], [])
    assert thread.see(taken.id).replies[-1].late


def test_who_asks_who_we_are_after_the_end_is_told_once(thread: World) -> None:
    taken = thread.texted()
    thread.do(taken.id, close(Outcome.CLEARED))
    thread.reply("who is this?")
    thread.reply("is this a scam?")
    (identity,) = thread.send()
    assert taken.code in identity.outgoing.body


def test_a_phone_gets_so_many_automatic_answers_a_day_whatever_they_are(thread: World) -> None:
    thread.ctx = replace(thread.ctx, notices_per_phone_day=3)
    taken = thread.texted(questions=THREE)
    for words, media in (("OK", "0"), ("who is this?", "0"), ("", "1"), ("1. cotton", "0")):
        thread.reply(words, NumMedia=media)
        thread.send()
    thread.do(taken.id, close(Outcome.CLEARED))
    thread.reply("a doll")
    thread.send()
    assert notices(thread, taken.id) == ["prompt", "identity", "text_only"], "no thanks for the late answer"
    thread.wind(25 * 60 * MINUTE)
    thread.reply("a doll, as I said")
    thread.send()
    assert notices(thread, taken.id)[3:] == ["late"], "another day"


def test_of_each_kind_a_query_gets_one_however_long_it_lasts(thread: World) -> None:
    taken = thread.texted()
    for _ in range(2):
        for words, media in (("OK", "0"), ("who is this?", "0"), ("", "1")):
            thread.reply(words, NumMedia=media)
            thread.send()
        thread.wind(25 * 60 * MINUTE)
    assert notices(thread, taken.id) == ["prompt", "identity", "text_only"]


def notices(world: World, query_id: UUID) -> list[str]:
    """What was handed to the carrier besides the question, in its order."""
    return [text.kind.value for text in world.see(query_id).texts if text.carrier_sid and text.kind != "question"]
