"""Stories of customs and staff: the same again, deadlines, several queries on one phone, late replies, new rounds."""

from datetime import timedelta

import pytest

from notifier.domain.errors import Conflict, Invalid
from notifier.domain.lifecycle import Outcome, State
from notifier.service.new_rounds import ask_again
from notifier.service.resolution import accept_answer, close, record_answer, reopen, withdraw
from tests.journeys.world import World

HOUR = timedelta(hours=1)
OTHER = "+85261234567"


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
