""" "Which item?": the reply is held, the sender is asked at most twice within the hour, and then a person decides."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import update

from notifier.domain.lifecycle import Outcome, State
from notifier.domain.quiet_hours import QuietHours
from notifier.service.ask_backs import give_up_overdue
from notifier.service.claims import claim_batch
from notifier.service.intake import Taken
from notifier.service.new_rounds import Correction, correct
from notifier.service.posting import mark_posting
from notifier.service.resolution import close
from notifier.service.webhooks import Arrived, process_webhooks, store
from notifier.storage.models import Heartbeat
from notifier.storage.models.inbound import WebhookKind
from tests.fakes import Posted
from tests.journeys.test_outages import stand_still
from tests.journeys.test_routing import FIRST, SECOND, THIRD, answers, states, two
from tests.journeys.world import MOBILE, World

MINUTE = timedelta(minutes=1)


def asked(world: World) -> Posted:
    """The one text that goes out now, and it asks which item."""
    (posted,) = world.send()
    assert "1) " in posted.outgoing.body
    return posted


def test_it_offers_the_items_in_the_order_they_were_asked_about(thread: World) -> None:
    two(thread)
    thread.reply("木製玩具")
    body = asked(thread).outgoing.body
    assert f"1) {FIRST} 2) {SECOND}" in body
    assert "2921 2222" in body
    way = "6450 0001" if thread.ctx.sending.sender_ids == ("#HKPost",) else "reply to this SMS"
    assert way in body


WHICH = {
    "number": lambda _: "2",
    "full-width number": lambda _: "（２）",
    "circled number": lambda _: "②",
    "word": lambda _: "The second one, please",
    "Chinese word": lambda _: "第二個",
    "Cantonese word": lambda _: "係第二個呀，唔該",
    "last": lambda _: "最后一个",
    "item": lambda _: "cp203011144hk",
    "item in a sentence": lambda _: "my item is CP 203 011 144 HK",
    "code": lambda taken: taken.code,
}


@pytest.mark.parametrize("say", WHICH.values(), ids=WHICH)
def test_what_was_held_takes_effect_once_the_item_is_known(thread: World, say) -> None:
    first, second = two(thread)
    thread.reply("wooden toys")
    assert states(thread, first, second) == [State.AWAITING_REPLY] * 2
    asked(thread)
    thread.reply(say(second))
    assert states(thread, first, second) == [State.AWAITING_REPLY, State.REPLIED]
    assert answers(thread, second) == ["wooden toys"], "which item it is, is no part of the answer"
    assert [reply.body for reply in thread.see(second.id).replies] == ["wooden toys", say(second)]
    assert (thread.send(), thread.triage()) == ([], [])
    thread.wind(2 * 60 * MINUTE)
    assert thread.triage() == []


def test_held_replies_take_their_effect_in_the_order_they_came(thread: World) -> None:
    first, second = two(thread)
    for words in ("two shirts", "棉質", "for my nephew"):
        thread.reply(words)
    assert len(thread.send()) == 1, "they came before the question back can have been seen"
    thread.reply(f"{FIRST} size M")
    assert answers(thread, first) == [f"two shirts\n棉質\nfor my nephew\n{FIRST} size M"]
    assert states(thread, first, second) == [State.REPLIED, State.AWAITING_REPLY]
    assert [row.event for row in thread.see(first.id).history].count("reply_answered") == 4


def test_after_two_tries_a_person_decides(thread: World) -> None:
    first, second = two(thread)
    thread.reply("toys")
    asked(thread)
    thread.reply("the one for my aunt")
    asked(thread)
    assert thread.triage() == []
    thread.reply("the blue one")
    assert thread.send() == []
    assert thread.triage() == [("which_query", "toys")]
    assert states(thread, first, second) == [State.AWAITING_REPLY] * 2


def test_an_item_that_was_texted_meanwhile_is_offered_the_second_time(thread: World) -> None:
    two(thread)
    thread.reply("toys")
    asked(thread)
    third = thread.texted(item_id=THIRD)
    thread.reply("the blue one")
    assert f"1) {FIRST} 2) {SECOND} 3) {THIRD}" in asked(thread).outgoing.body
    thread.reply("3")
    assert answers(thread, third) == ["toys\nthe blue one"]


def test_a_number_that_was_not_offered_is_a_failed_try(thread: World) -> None:
    two(thread)
    thread.reply("toys")
    asked(thread)
    thread.reply("3")
    assert f"1) {FIRST} 2) {SECOND}" in asked(thread).outgoing.body


def test_after_an_hour_a_person_decides_once(thread: World) -> None:
    two(thread)
    thread.reply("toys")
    asked(thread)
    thread.wind(59 * MINUTE)
    assert thread.triage() == []
    thread.wind(2 * MINUTE)
    thread.sweep()
    assert thread.triage() == [("which_query", "toys")]
    thread.reply("1")
    assert thread.triage()[1:] == [("which_query", "1")], "nobody asks any more, so it says nothing"
    assert thread.send() == []


def test_tries_and_patience_are_settings(thread: World) -> None:
    thread.ctx = replace(thread.ctx, ask_back=replace(thread.ctx.ask_back, tries=1, within=5 * MINUTE))
    two(thread)
    thread.reply("toys")
    asked(thread)
    thread.reply("the blue one")
    assert thread.send() == []
    assert thread.triage() == [("which_query", "toys")]


def test_a_number_chooses_while_a_numbered_question_is_open_too(thread: World) -> None:
    count = [{"code": "F611"}, {"code": "F602"}]
    first, second = thread.texted(item_id=FIRST, questions=count), thread.texted(item_id=SECOND, questions=count)
    thread.reply("1. two 2. 0.5 kg")
    asked(thread)
    thread.reply("1")
    assert answers(thread, first) == ["1. two 2. 0.5 kg"]
    assert states(thread, second) == [State.AWAITING_REPLY]
    thread.reply("1")
    assert states(thread, first, second) == [State.REPLIED, State.AWAITING_REPLY]
    assert len(thread.send()) == 1, "nothing is asked back any more, so now the number is an answer to place"


def test_a_count_is_held_and_the_number_that_follows_is_a_choice(thread: World) -> None:
    count = [{"code": "F611"}]
    first, second = thread.texted(item_id=FIRST, questions=count), thread.texted(item_id=SECOND, questions=count)
    thread.reply("1")
    asked(thread)
    thread.reply("2")
    assert answers(thread, second) == ["1"], "one package in the second item"
    assert states(thread, first, second) == [State.AWAITING_REPLY, State.REPLIED]


def test_a_number_chooses_while_only_one_query_is_left_open(thread: World) -> None:
    first, second = two(thread)
    thread.reply("toys")
    asked(thread)
    thread.do(second.id, close(Outcome.CLEARED))
    thread.reply("1")
    assert answers(thread, first) == ["toys"], "it is no answer of its own"


def test_the_item_chosen_was_closed_meanwhile(thread: World) -> None:
    first, second = two(thread)
    thread.reply("toys")
    asked(thread)
    thread.do(second.id, close(Outcome.CLEARED))
    thread.reply("2")
    assert states(thread, first, second) == [State.AWAITING_REPLY, State.CLOSED]
    assert [(reply.body, reply.late) for reply in thread.see(second.id).replies] == [("toys", True), ("2", True)]
    assert thread.triage() == [("late_reply", "toys")]


def test_an_answer_to_one_query_says_nothing_of_what_is_held_for_others(thread: World) -> None:
    two(thread)
    thread.reply("toys")
    asked(thread)
    third = thread.texted(item_id=THIRD)
    thread.reply(f"{THIRD} books")
    assert answers(thread, third) == [f"{THIRD} books"]
    thread.reply("1")
    assert thread.triage() == []


def test_the_same_item_twice_cannot_be_told_apart_by_asking(thread: World) -> None:
    thread.texted(item_id=FIRST)
    thread.texted(item_id=FIRST, authority="FR")
    thread.reply("toys")
    assert thread.send() == []
    assert thread.triage() == [("which_query", "toys")]


def test_more_items_than_a_text_can_offer_are_a_matter_for_a_call(thread: World) -> None:
    items = (FIRST, SECOND, THIRD, "EE900112236HK", "LX204811375HK")
    taken: list[Taken] = [thread.texted(item_id=item) for item in items]
    thread.reply("toys")
    assert thread.send() == []
    assert thread.triage() == [("which_query", "toys")]
    assert set(states(thread, *taken)) == {State.AWAITING_REPLY}


def test_two_machines_do_not_talk_for_ever(thread: World) -> None:
    two(thread)
    for _ in range(12):
        thread.reply("I am on holiday.")
        thread.send()
        thread.wind(10 * MINUTE)
    which = [posted for posted in thread.carrier.posted if "1) " in posted.outgoing.body]
    assert len(which) == 2
    assert {posted.outgoing.to for posted in which} == {MOBILE}


def test_a_phone_that_has_had_its_automatic_texts_of_the_day_is_a_matter_for_people(thread: World) -> None:
    thread.ctx = replace(thread.ctx, notices_per_phone_day=1)
    first, second = two(thread)
    thread.reply("OK")
    assert len(thread.send()) == 1
    thread.reply("toys")
    assert (thread.send(), thread.triage()) == ([], [("which_query", "toys")])
    assert states(thread, first, second) == [State.AWAITING_REPLY] * 2


def test_nobody_decides_for_a_sender_who_said_which_while_nobody_listened(thread: World) -> None:
    first, second = two(thread)
    thread.reply("toys")
    asked(thread)
    thread.sweep()
    stand_still(thread, timedelta(hours=2), wound=False)
    thread.carrier.hear("SMwhich", MOBILE, "+85264500001", "2", thread.ctx.clock.wall())
    thread.sweep()
    assert thread.triage() == []
    assert states(thread, first, second) == [State.AWAITING_REPLY, State.REPLIED]
    assert answers(thread, second) == ["toys"]


def test_nobody_decides_for_a_sender_whose_choice_came_in_time_and_is_not_read_yet(thread: World) -> None:
    thread.sweep()
    first, second = two(thread)
    thread.reply("toys")
    asked(thread)
    thread.wind(59 * MINUTE)
    form = [("MessageSid", "SMwhich"), ("From", MOBILE), ("To", "+85264500001"), ("Body", "2")]
    store(thread.ctx, Arrived(WebhookKind.INBOUND, form))
    with thread.ctx.database.begin() as session:
        thread.ctx.clock.advance(session, 2 * MINUTE)
        session.execute(update(Heartbeat).values(business_at=thread.now()))
    assert give_up_overdue(thread.ctx) == 0
    process_webhooks(thread.ctx)
    assert give_up_overdue(thread.ctx) == 0
    assert thread.triage() == []
    assert states(thread, first, second) == [State.AWAITING_REPLY, State.REPLIED]


@pytest.mark.parametrize("words", ["", "📷", "😀😀"])
def test_a_photo_while_several_wait_is_kept_for_people_and_words_are_asked_for_once(thread: World, words: str) -> None:
    first, second = two(thread)
    thread.reply(words, NumMedia="1", MediaUrl0="https://media.example/1")
    (notice,) = thread.send()
    assert "we cannot see pictures here" in notice.outgoing.body
    third = thread.texted(item_id=THIRD)
    thread.reply(words, NumMedia="2")
    assert thread.send() == [], "once for the phone, whatever is asked meanwhile"
    assert thread.triage() == [("which_query", words)] * 2
    assert states(thread, first, second, third) == [State.AWAITING_REPLY] * 3


def test_a_photo_with_words_is_an_answer_to_place(thread: World) -> None:
    first, second = two(thread)
    thread.reply("wooden toys, see picture", NumMedia="1")
    asked(thread)
    thread.reply("1")
    assert states(thread, first, second) == [State.REPLIED, State.AWAITING_REPLY]


def test_nobody_is_woken_by_an_ask_back_and_no_quiet_hour_holds_it(thread: World) -> None:
    two(thread)
    quiet = replace(thread.ctx.window, quiet_hours=QuietHours(time(0), time(23, 59)))
    thread.ctx = replace(thread.ctx, window=quiet)
    thread.reply("toys")
    asked(thread)


def test_a_number_said_after_a_person_had_to_decide_is_no_answer_to_the_query_that_is_left(thread: World) -> None:
    count = [{"code": "F611"}]
    first, second = thread.texted(item_id=FIRST, questions=count), thread.texted(item_id=SECOND, questions=count)
    thread.reply("toys")
    asked(thread)
    thread.wind(61 * MINUTE)
    thread.do(first.id, close(Outcome.CLEARED))
    thread.reply("1")
    assert states(thread, second) == [State.AWAITING_REPLY]
    assert thread.triage() == [("which_query", "toys"), ("which_query", "1")]
    thread.wind(25 * 60 * MINUTE)
    thread.reply("2")
    assert answers(thread, second) == ["2"], "a day later it answers what is asked"


def test_a_number_for_an_option_that_is_gone_becomes_part_of_no_answer(thread: World) -> None:
    first, second = two(thread)
    thread.reply("toys")
    asked(thread)
    thread.do(second.id, correct(Correction(sender_mobile="6123 4567")))
    thread.send()
    thread.reply("2")
    assert ("which_query", "2") in thread.triage()
    assert states(thread, first) == [State.AWAITING_REPLY]
    thread.reply(f"{FIRST} books")
    assert answers(thread, first) == [f"toys\n{FIRST} books"], "the number is no part of it"


def test_a_number_written_before_the_list_can_have_been_seen_chooses_nothing(thread: World) -> None:
    """Two pieces, two kilograms: it belongs to the words before it."""
    first, second = two(thread)
    thread.reply("木製玩具")
    thread.reply("2")
    assert states(thread, first, second) == [State.AWAITING_REPLY] * 2
    asked(thread)
    thread.reply("1")
    assert states(thread, first, second) == [State.REPLIED, State.AWAITING_REPLY]
    assert answers(thread, first) == ["木製玩具\n2"]


def test_a_number_that_came_before_our_record_of_the_list_chooses_all_the_same(thread: World) -> None:
    """The worker died after the POST: that it left is written down when its receipt, or the carrier's list, says so."""
    first, second = two(thread)
    thread.reply("toys")
    (posted,) = mark_posting(thread.ctx, claim_batch(thread.ctx))
    thread.carrier.send(posted.outgoing)
    thread.reply("2")
    assert states(thread, first, second) == [State.AWAITING_REPLY, State.REPLIED]
    assert answers(thread, second) == ["toys"]


def test_ok_to_the_list_is_not_answered_with_what_is_still_to_be_said(thread: World) -> None:
    two(thread)
    thread.reply("toys")
    asked(thread)
    thread.reply("OK")
    assert thread.send() == []


def test_every_text_of_one_answer_is_about_the_item_named_first(thread: World) -> None:
    first, second = two(thread)
    for words in (SECOND, "wooden toys", "for my nephew"):
        thread.reply(words)
    assert states(thread, first, second) == [State.AWAITING_REPLY, State.REPLIED]
    assert answers(thread, second) == ["wooden toys\nfor my nephew"]
    assert thread.send() == []


def test_words_that_follow_the_item_within_minutes_are_about_it(thread: World) -> None:
    first, second = two(thread)
    thread.reply(SECOND)
    thread.reply("wooden toys")
    assert states(thread, first, second) == [State.AWAITING_REPLY, State.REPLIED]
    assert answers(thread, second) == ["wooden toys"]
    assert thread.send() == [], "they said which"
    thread.wind(10 * MINUTE)
    thread.reply("books")
    assert len(thread.send()) == 1, "that was a while ago"
