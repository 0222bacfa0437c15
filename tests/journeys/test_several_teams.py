"""Questions for several teams, and what of their work a reply or a new round ends."""

from datetime import timedelta

import pytest

from notifier.domain.lifecycle import State
from notifier.service.items import do_not_load
from notifier.service.new_rounds import Correction, ask_again, correct
from notifier.service.resolution import record_answer, reopen
from tests.journeys.world import LIAISON, World

HOUR = timedelta(hours=1)
ENDS = "What people had taken over to get an answer ends."


def codes(*given: str) -> list[dict[str, str]]:
    return [{"code": code} for code in given]


@pytest.mark.parametrize(
    ("asked", "teams"),
    [
        (codes("S10", "F700", "F605", "F300"), ["hotline", "security", "staff"]),
        (codes("F300", "F102"), ["hotline", "staff"]),
        (codes("S10", "F605"), ["hotline", "security"]),
        (codes("F605", "F700"), ["hotline"]),
        (codes("S10"), ["security"]),
    ],
)
def test_every_team_that_has_to_answer_something_is_told(world: World, asked: list, teams: list[str]) -> None:
    taken = world.refer(questions=asked)
    assert taken.state is State.ESCALATED
    assert world.open_handoffs(taken.id) == [(team, "not_by_sms") for team in teams]
    assert world.send() == []
    assert [row.event for row in world.see(taken.id).history].count("escalated") == 1


def test_a_reply_does_not_take_an_identity_question_off_the_hotlines_list(world: World) -> None:
    taken = world.texted()
    world.do(taken.id, ask_again(["F102"]))
    assert world.open_handoffs(taken.id) == [("hotline", "not_by_sms")]
    world.reply("Two cotton shirts")
    assert world.see(taken.id).query.state is State.REPLIED
    assert world.open_handoffs(taken.id) == [("hotline", "not_by_sms"), ("staff", "review_reply")]
    world.do(taken.id, record_answer("The sender is a company"))
    assert world.open_handoffs(taken.id) == [("staff", "review_reply")], "the hotline has called"


def test_a_new_round_leaves_alone_what_asking_does_not_settle(world: World) -> None:
    taken = world.refer(referral_reference="same")
    (text,) = world.send()
    world.receipt(text, "delivered")
    world.refer(referral_reference="same", destination="AT")
    world.reply("who is this?")
    world.reply("two shirts")
    kept = [("staff", "conflict"), ("staff", "sender_doubts")]
    assert world.open_handoffs(taken.id) == sorted([*kept, ("staff", "review_reply")])
    done = world.do(taken.id, ask_again())
    assert ENDS in done.consequences
    assert world.open_handoffs(taken.id) == kept


def test_the_meaning_of_a_cancel_is_still_to_be_found_out_after_a_correction(world: World) -> None:
    taken = world.texted()
    world.reply("取消")
    world.do(taken.id, correct(Correction(sender_mobile="6123 4567")))
    assert world.open_handoffs(taken.id) == [("staff", "cancel_meaning")]
    assert len(world.send()) == 1


def test_an_item_that_was_stopped_is_held_back_whatever_is_asked_later(world: World) -> None:
    taken = world.texted()
    do_not_load(world.ctx, "RR123456785HK", LIAISON)
    world.do(taken.id, reopen("Customs asks all the same"))
    world.do(taken.id, ask_again(anyway=True))
    assert world.open_handoffs(taken.id) == [("staff", "do_not_load")]


def test_nothing_is_said_to_end_when_nobody_had_anything(world: World) -> None:
    taken = world.texted()
    done = world.do(taken.id, ask_again())
    assert ENDS not in done.consequences


def test_when_no_text_can_ask_the_real_reason_is_told(world: World) -> None:
    taken = world.texted()
    told = world.do(taken.id, correct(Correction(sender_mobile="2345 6789")), preview=True).consequences
    assert "No text can ask this: the query goes to people at once." in told
    (why,) = [sentence for sentence in told if sentence.startswith("For the hotline team: No text can be sent:")]
    assert "correct the number" in why
    assert not any("A new round begins" in sentence for sentence in told)
