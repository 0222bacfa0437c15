"""Phones that want no texts: what was said last counts, and there is a way back from a number called wrong."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from notifier.domain.errors import Conflict, NotFound
from notifier.domain.lifecycle import State
from notifier.service.new_rounds import ask_again
from notifier.service.suppressions import find_suppressions, lift_suppression
from notifier.service.webhooks import Arrived, process_webhooks, store
from notifier.storage.models import Webhook
from notifier.storage.models.base import new_id
from notifier.storage.models.inbound import WebhookKind, WebhookState
from notifier.storage.models.people import SuppressionReason
from tests.journeys.world import LIAISON, MOBILE, World

MINUTE = timedelta(minutes=1)


def arrives(world: World, body: str) -> Arrived:
    """A reply the carrier has handed us, and nobody has worked on."""
    form = [("MessageSid", f"SMin{next(world.numbers):08}"), ("From", MOBILE), ("To", "+85264500001"), ("Body", body)]
    return Arrived(WebhookKind.INBOUND, form)


def worked_on_in_another_order(world: World, first: Arrived, *later: Arrived) -> None:
    """`first` is stored first, and worked on last: it was in the hands of a worker that died."""
    store(world.ctx, first)
    held = hold_back(world)
    for arrived in later:
        with world.ctx.database.begin() as session:
            world.ctx.clock.advance(session, MINUTE)
        store(world.ctx, arrived)
    process_webhooks(world.ctx)
    held()
    process_webhooks(world.ctx)


def hold_back(world: World):
    """Keep what waits from being worked on; returns how to let it go."""

    def move(at) -> None:
        with world.ctx.database.begin() as session:
            session.execute(update(Webhook).where(Webhook.state == WebhookState.PENDING).values(next_try_at=at))

    now = world.ctx.clock.wall()
    move(now + timedelta(hours=1))
    return lambda: move(now)


def test_a_stop_worked_on_after_a_later_start_does_not_silence_the_phone(world: World) -> None:
    world.texted()
    worked_on_in_another_order(world, arrives(world, "STOP"), arrives(world, "START"))
    assert find_suppressions(world.ctx, MOBILE) == []


def test_a_start_worked_on_after_a_later_stop_does_not_lift_it(world: World) -> None:
    world.texted()
    worked_on_in_another_order(world, arrives(world, "START"), arrives(world, "STOP"))
    assert [row.reason for row in find_suppressions(world.ctx, MOBILE)] == [SuppressionReason.OPTED_OUT]
    assert world.refer(referral_reference="next").state is State.ESCALATED
    assert world.send() == []


def test_a_start_between_two_stops_does_not_lift_the_second(world: World) -> None:
    world.texted()
    world.reply("STOP")
    worked_on_in_another_order(world, arrives(world, "START"), arrives(world, "STOP"))
    assert len(find_suppressions(world.ctx, MOBILE)) == 1


def test_a_start_after_the_stop_lifts_it(world: World) -> None:
    world.texted()
    world.reply("STOP")
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, MINUTE)
    world.reply("START")
    assert list(find_suppressions(world.ctx, MOBILE)) == []


def test_a_number_called_wrong_by_mistake_is_let_go_with_a_reason(world: World) -> None:
    taken = world.texted()
    world.reply("打錯")
    (found,) = find_suppressions(world.ctx, MOBILE)
    assert (found.reason, found.evidence) == (SuppressionReason.WRONG_NUMBER, "the sender's reply (wrong_number)")
    world.do(taken.id, ask_again())
    assert world.open_handoffs(taken.id) == [("hotline", "number_suppressed")]
    lifted = lift_suppression(world.ctx, found.id, LIAISON, "The sender called: it was the child")
    assert "Nothing goes out by itself" in " ".join(lifted.consequences)
    assert (lifted.suppression.lifted_by, lifted.suppression.lifted_because) == (
        "liaison",
        "The sender called: it was the child",
    )
    assert list(find_suppressions(world.ctx, MOBILE)) == []
    assert world.send() == []
    world.do(taken.id, ask_again())
    assert len(world.send()) == 1


def test_a_phone_on_the_list_for_two_reasons_is_let_go_twice(world: World) -> None:
    world.texted()
    world.reply("STOP")
    world.reply("打錯")
    first, second = find_suppressions(world.ctx, MOBILE)
    told = lift_suppression(world.ctx, first.id, LIAISON, "they called").consequences
    assert "another reason" in " ".join(told)
    assert world.refer(referral_reference="next").state is State.ESCALATED
    lift_suppression(world.ctx, second.id, LIAISON, "they called")
    assert world.refer(referral_reference="last").state is State.RECEIVED


def test_what_is_lifted_is_lifted_once_and_what_is_not_there_not_at_all(world: World) -> None:
    world.reply("STOP")
    (found,) = find_suppressions(world.ctx, MOBILE)
    lift_suppression(world.ctx, found.id, LIAISON, "they called")
    with pytest.raises(Conflict):
        lift_suppression(world.ctx, found.id, LIAISON, "they called")
    with pytest.raises(NotFound):
        lift_suppression(world.ctx, new_id(), LIAISON, "they called")
    world.reply("STOP")
    (again,) = find_suppressions(world.ctx, MOBILE)
    assert again.id != found.id, "a new stop is a new one"
