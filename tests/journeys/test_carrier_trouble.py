"""Stories of a carrier in trouble: lost answers, failures told later, outages that last into the quiet hours."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from notifier.carriers.port import Fault, Hold, Never, NotSent, Unknown
from notifier.domain.lifecycle import State
from notifier.domain.permissions import SYSTEM, Principal, Role
from notifier.domain.quiet_hours import HONG_KONG, QuietHours
from notifier.service.phones import Evidence, suppress
from notifier.service.switches import is_paused, pause_sending, resume_sending
from notifier.service.webhooks import Arrived, process_webhooks, store
from notifier.storage.models import Text
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.people import Suppression, SuppressionReason
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.journeys.world import World

HOUR = timedelta(hours=1)
OPS = Principal("ops", Role.OPS)


@pytest.fixture
def night(database_url: str) -> Iterator[World]:
    """A world with quiet hours, its clock at 20:00 in Hong Kong."""
    carrier = FakeCarrier()
    ctx = make_context(database_url, carrier=carrier)
    world = World(replace(ctx, window=replace(ctx.window, quiet_hours=QuietHours(time(21), time(9)))), carrier)
    world.wind(_until(world.now(), time(20)))
    yield world
    ctx.database.dispose()


def _until(now: datetime, wanted: time) -> timedelta:
    local = now.astimezone(HONG_KONG)
    at = datetime.combine(local.date(), wanted, HONG_KONG)
    return (at if at > local else at + timedelta(days=1)) - local


def pause(world: World, off: bool) -> None:
    with world.ctx.database.begin() as session:
        if off:
            pause_sending(session, world.ctx, "maintenance", OPS)
        else:
            resume_sending(session, world.ctx, OPS)


@pytest.mark.parametrize(
    ("status", "code", "state"), [("delivered", None, "awaiting_reply"), ("undelivered", 30005, "escalated")]
)
def test_an_adopted_text_brings_its_news_along(world: World, status: str, code: int | None, state: str) -> None:
    """The answer to the POST was lost, and so were the receipts: the list tells the rest."""
    taken = world.refer()
    world.carrier.script.append(Unknown("The line dropped."))
    world.send()
    world.carrier.status, world.carrier.error_code = status, code
    world.sweep()
    assert world.see(taken.id).query.state == state
    assert world.send() == []


def test_an_adopted_text_that_is_only_sent_opens_its_window_after_the_grace(world: World) -> None:
    taken = world.refer()
    world.carrier.script.append(Unknown("The line dropped."))
    world.send()
    world.carrier.status = "sent"
    world.sweep()
    assert world.see(taken.id).query.state is State.RECEIVED
    world.wind(timedelta(minutes=11))
    assert world.see(taken.id).query.state is State.AWAITING_REPLY


def test_a_text_held_up_into_the_quiet_hours_waits_for_the_morning(night: World) -> None:
    taken = night.refer()
    pause(night, off=True)
    night.wind(2 * HOUR)
    pause(night, off=False)
    assert night.send() == []
    night.wind(11 * HOUR)
    (text,) = night.send()
    assert taken.code in text.outgoing.body


def test_whoever_writes_at_night_is_answered_at_night(night: World) -> None:
    taken = night.refer()
    (text,) = night.send()
    night.receipt(text, "delivered")
    night.wind(3 * HOUR)
    night.reply("is this a scam?")
    (identity,) = night.send()
    assert taken.code in identity.outgoing.body


def test_what_was_held_up_until_the_writer_sleeps_waits_for_the_morning(night: World) -> None:
    """A pause ends at midnight: whoever wrote in the evening is not woken by our answer."""
    night.refer()
    (text,) = night.send()
    night.receipt(text, "delivered")
    pause(night, off=True)
    night.reply("is this a scam?")
    night.wind(4 * HOUR)
    pause(night, off=False)
    assert night.send() == []
    night.wind(9 * HOUR + timedelta(minutes=1))
    assert len(night.send()) == 1


def test_a_question_that_fails_after_its_window_opened_reaches_people(world: World) -> None:
    """Sent anew it would be taken for answered, and dropped: the sender would never have been asked."""
    taken = world.refer()
    (posted,) = world.send()
    world.receipt(posted, "sent")
    world.wind(timedelta(minutes=11))
    assert world.see(taken.id).query.state is State.AWAITING_REPLY
    world.receipt(posted, "undelivered", 30001)
    assert world.see(taken.id).query.state is State.ESCALATED
    assert world.open_handoffs(taken.id) == [("hotline", "not_delivered")]


def test_a_question_that_is_sent_anew_has_its_whole_time_to_leave(world: World) -> None:
    """Not the grace of the message that failed."""
    taken = world.refer()
    (posted,) = world.send()
    world.receipt(posted, "sent")
    world.receipt(posted, "failed", 30001)
    world.wind(timedelta(minutes=30))
    assert world.see(taken.id).query.state is State.RECEIVED
    assert len(world.send()) == 1


def test_a_reminder_of_which_nobody_knew_is_not_sent_again_when_little_time_is_left(world: World) -> None:
    taken = world.texted()
    world.wind(48 * HOUR + timedelta(minutes=1))
    world.carrier.script.append(Unknown("The line dropped."))
    world.carrier.kept = False
    world.carrier.silent = True
    assert world.send() == []
    world.wind(23 * HOUR)
    world.carrier.silent = False
    world.sweep()
    assert world.send() == [], "the closing comes in an hour"
    assert [text.state for text in world.see(taken.id).texts][-1] == "cancelled"


@pytest.mark.parametrize("code", [63038, 30002])
def test_news_of_a_limit_that_is_over_or_of_a_fault_that_was_mended_pauses_nothing(world: World, code: int) -> None:
    world.refer()
    (posted,) = world.send()
    came = world.ctx.clock.wall()
    pause(world, off=True)
    pause(world, off=False)
    world.wind(25 * HOUR)
    form = [("MessageSid", posted.sid), ("MessageStatus", "failed"), ("ErrorCode", str(code))]
    store(world.ctx, Arrived(WebhookKind.STATUS, form, posted.outgoing.attempt_id, came - 25 * HOUR))
    process_webhooks(world.ctx)
    with world.ctx.database.read() as session:
        assert not is_paused(session)


def test_an_old_answer_about_a_text_does_not_send_it_once_more(world: World) -> None:
    """Somebody asked later, posted it again, and the line dropped: what was heard before says nothing of that."""
    world.refer()
    world.carrier.script.append(Unknown("The line dropped."))
    world.carrier.kept = False
    world.send()
    find, again = world.carrier.find, []

    def slow(*args: Any) -> Any:
        heard = find(*args)
        if args[-1] is None and not again:
            again.append(True)
            with world.ctx.database.begin() as session:
                session.execute(update(Text).values(next_try_at=world.ctx.clock.wall() + HOUR))
        return heard

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.carrier, "find", slow)
        world.sweep()
    assert again
    assert world.send() == []


def test_a_failure_that_asks_for_another_try_gets_one(world: World) -> None:
    taken = world.refer()
    (first,) = world.send()
    world.receipt(first, "sent")
    world.receipt(first, "failed", 30001)
    (second,) = world.send()
    world.receipt(first, "sent")
    world.receipt(second, "delivered")
    whole = world.see(taken.id)
    assert whole.query.state is State.AWAITING_REPLY
    (text,) = whole.texts
    assert (text.carrier_sid, text.delivery) == (second.sid, "delivered")


def test_a_failure_of_our_account_stops_the_queue_and_loses_nothing(world: World) -> None:
    taken = world.refer()
    (first,) = world.send()
    world.receipt(first, "failed", 30002)
    other = world.refer(sender_mobile="6123 4567")
    assert world.send() == []
    with world.ctx.database.read() as session:
        assert is_paused(session)
    pause(world, off=False)
    bodies = " ".join(posted.outgoing.body for posted in world.send())
    assert taken.code in bodies
    assert other.code in bodies


def test_failures_that_ask_for_another_try_end_with_people(world: World) -> None:
    taken = world.refer()
    for _ in range(world.ctx.sending.attempts_most):
        (posted,) = world.send()
        world.receipt(posted, "failed", 30001)
    assert world.send() == []
    assert world.open_handoffs(taken.id) == [("hotline", "not_delivered")]


def test_a_text_given_up_that_arrived_after_all_is_bound_by_its_receipt(world: World) -> None:
    taken = world.refer()
    world.carrier.kept = False
    for _ in range(world.ctx.sending.attempts_most):
        world.carrier.script.append(Unknown("The line dropped."))
        world.send()
        world.sweep()
    world.send()
    (text,) = world.see(taken.id).texts
    assert text.state == "failed"
    late = world.see(taken.id).attempts[0]
    world.receipt(_posted(world, str(late.id)), "delivered")
    (text,) = world.see(taken.id).texts
    assert (text.state, text.delivery) == ("handed_over", "delivered")


def _posted(world: World, attempt_id: str):
    """A message of the carrier's that our records know only by the attempt."""
    world.refer(referral_reference="another", sender_mobile="6987 6543")
    (other,) = world.send()
    return replace(other, sid="SM" + "9" * 32, outgoing=replace(other.outgoing, attempt_id=attempt_id))


def test_many_threads_may_pause_at_once(world: World) -> None:
    _all_at_once(8, lambda: pause(world, off=True))
    with world.ctx.database.read() as session:
        assert is_paused(session)


def test_many_threads_may_learn_of_one_opt_out_at_once(world: World) -> None:
    def learn() -> None:
        with world.ctx.database.begin() as session:
            said = Evidence("the carrier says so", "system")
            suppress(session, "hash", SuppressionReason.OPTED_OUT, said, world.ctx.clock.wall())

    _all_at_once(8, learn)
    with world.ctx.database.read() as session:
        (entry,) = session.scalars(select(Suppression))
    assert (entry.phone_hash, entry.lifted_at) == ("hash", None)


def _all_at_once(number: int, deed) -> None:
    failures: list[Exception] = []
    start = threading.Barrier(number)

    def run() -> None:
        start.wait()
        try:
            deed()
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_two_texts_refused_for_one_opted_out_phone_are_both_settled(world: World) -> None:
    taken = [world.refer(), world.refer()]
    world.carrier.script.extend(Never("The sender opted out.", Fault.OPTED_OUT, 21610) for _ in taken)
    assert world.send() == []
    for one in taken:
        assert ("hotline", "not_delivered") in world.open_handoffs(one.id)


def test_the_product_pauses_itself_and_tells_staff_once(world: World) -> None:
    for _ in range(3):
        world.refer()
    world.carrier.script.extend(NotSent("Not our account.", 20003, hold=Hold.EVERYTHING) for _ in range(3))
    world.send()
    with world.ctx.database.begin() as session:
        pause_sending(session, world.ctx, "Not our account.", SYSTEM)
        assert is_paused(session)
