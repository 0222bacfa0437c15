"""Stories of texts on their way: receipts that come late or never, refusals, dropped lines, and what staff are told."""

from datetime import timedelta

from notifier.carriers.port import Fault, Hold, Never, NotSent, Unknown
from notifier.domain.lifecycle import State
from tests.journeys.world import MOBILE, World

HOUR = timedelta(hours=1)


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
