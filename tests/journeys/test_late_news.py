"""News that comes when a query has moved on: it must not reach, cut off or blame the wrong phone, round or list."""

from datetime import timedelta

from notifier.carriers.port import Fault, Never, Unknown
from notifier.domain.lifecycle import State
from notifier.domain.permissions import Principal, Role
from notifier.service.answers import mark_sent
from notifier.service.claims import claim_batch
from notifier.service.new_rounds import Correction, ask_again, correct
from notifier.service.outcomes import record_outcome
from notifier.service.posting import mark_posting
from notifier.service.resolution import accept_answer
from tests.journeys.world import MOBILE, World

OTHER = "+85261234567"
RELAY = Principal("relay", Role.LIAISON)
HOUR = timedelta(hours=1)


def lose_the_next(world: World) -> None:
    """The line drops, and the carrier does not have the text."""
    world.carrier.kept = False
    world.carrier.script.append(Unknown("The line dropped."))


def test_a_notice_that_got_lost_is_not_sent_again_to_a_number_that_was_corrected(world: World) -> None:
    taken = world.texted()
    world.reply("who is this?")
    lose_the_next(world)
    world.send()
    world.do(taken.id, correct(Correction(sender_mobile=OTHER)))
    world.sweep()
    assert [posted.outgoing.to for posted in world.send()] == [OTHER]


def test_a_notice_that_got_lost_is_not_sent_again_to_a_phone_that_said_stop(world: World) -> None:
    world.texted()
    world.reply("who is this?")
    lose_the_next(world)
    world.send()
    world.reply("STOP")
    world.sweep()
    assert world.send() == []


def test_a_phone_that_opted_out_with_the_carrier_gets_no_text_of_another_query(world: World) -> None:
    first = world.refer()
    (posted,) = world.send()
    second = world.refer()
    world.receipt(posted, "failed", 21610)
    assert world.send() == []
    assert world.open_handoffs(first.id) == [("hotline", "not_delivered")]
    assert world.open_handoffs(second.id) == [("hotline", "number_suppressed")]


def test_the_carriers_late_word_about_an_old_number_leaves_the_new_one_alone(world: World) -> None:
    taken = world.texted()
    world.wind(49 * HOUR)
    (reminder,) = world.send()
    world.do(taken.id, correct(Correction(sender_mobile=OTHER)))
    world.receipt(reminder, "failed", 21610)
    assert world.see(taken.id).query.state is State.RECEIVED
    assert [posted.outgoing.to for posted in world.send()] == [OTHER]
    assert world.refer(sender_mobile=OTHER).state is State.RECEIVED
    assert world.open_handoffs(world.refer(sender_mobile=MOBILE).id) == [("hotline", "number_suppressed")]


def test_an_old_rounds_final_refusal_does_not_end_the_new_round(world: World) -> None:
    taken = world.refer()
    (held,) = claim_batch(world.ctx)
    mark_posting(world.ctx, [held])
    world.do(taken.id, correct(Correction(sender_mobile=OTHER)))
    record_outcome(world.ctx, held, Never("This number cannot get SMS.", Fault.NUMBER, 21614))
    assert world.see(taken.id).query.state is State.RECEIVED
    assert [posted.outgoing.to for posted in world.send()] == [OTHER]


def test_an_old_rounds_text_that_turns_up_does_not_move_the_new_rounds_due_time(world: World) -> None:
    taken = world.texted()
    world.reply("stuff")
    world.do(taken.id, ask_again())
    world.carrier.script.append(Unknown("The line dropped."))
    world.send()
    world.do(taken.id, correct(Correction(sender_mobile=OTHER)))
    before = world.see(taken.id).query.next_due_at
    world.sweep()
    whole = world.see(taken.id)
    assert whole.history[-1].event == "text_handed_over"
    assert whole.history[-1].detail["round"] == 2
    assert (whole.query.round_number, whole.query.next_due_at) == (3, before)


def test_a_notice_that_never_leaves_leaves_the_query_waiting(world: World) -> None:
    taken = world.texted()
    world.reply("who is this?")
    for _ in range(world.ctx.sending.attempts_most):
        lose_the_next(world)
        world.send()
        world.sweep()
    assert world.send() == []
    assert world.see(taken.id).query.state is State.AWAITING_REPLY
    assert ("staff", "text_refused") in world.open_handoffs(taken.id)


def test_an_answer_that_left_takes_nothing_else_off_the_list(world: World) -> None:
    taken = world.texted()
    world.do(taken.id, accept_answer("A DOLL", "R100"))
    world.reply("It was two dolls")
    world.wind(5 * HOUR)
    assert world.open_handoffs(taken.id) == [("staff", "answer_waits"), ("staff", "late_reply")]
    (answer,) = world.see(taken.id).answers
    mark_sent(world.ctx, answer.id, RELAY)
    assert world.open_handoffs(taken.id) == [("staff", "late_reply")]


def test_a_text_that_is_sent_and_never_delivered_does_not_outwait_its_deadline(world: World) -> None:
    deadline = world.now() + timedelta(minutes=3)
    taken = world.refer(deadline_at=deadline.isoformat())
    (text,) = world.send()
    world.receipt(text, "sent")
    assert world.see(taken.id).query.next_due_at == deadline
    world.wind(timedelta(minutes=3))
    world.sweep()
    assert world.open_handoffs(taken.id) == [("hotline", "no_reply")]
