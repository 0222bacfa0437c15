"""Everything stood still for three days while replies came to the carrier: what happens at the start."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from notifier.domain.lifecycle import Event, State
from notifier.domain.quiet_hours import HONG_KONG, QuietHours
from notifier.pacing.in_process import PaceInProcess
from notifier.pacing.port import Rate
from notifier.service.intake import Taken
from notifier.service.reconciling import reconcile_due
from notifier.service.sweep import sweep
from notifier.service.webhooks import Arrived, process_webhooks, store
from notifier.storage.models import Heartbeat, Text, Watermark
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.texts import TextState
from tests.contexts import WINDOW
from tests.journeys.world import World

HOUR = timedelta(hours=1)
DAYS = timedelta(days=3)


@dataclass(frozen=True)
class House:
    """A house with texts under way when everything stops: by what becomes of each while nobody looks."""

    answers: list[Taken]
    silent: list[Taken]


def house(world: World, size: int = 3) -> House:
    """Each query has a phone of its own; its question has been delivered."""
    everybody = []
    for place in range(2 * size):
        taken = world.refer(sender_mobile=f"+8526123{place:04}")
        (posted,) = world.send()
        world.receipt(posted, "delivered")
        everybody.append(taken)
    world.sweep()
    return House(everybody[:size], everybody[size:])


def stand_still(world: World, period: timedelta, *, wound: bool) -> None:
    """Nothing runs for so long. `wound`: only business time passes, as on a laptop that tries three days."""
    with world.ctx.database.begin() as session:
        if wound:
            world.ctx.clock.advance(session, period)
            session.execute(update(Heartbeat).values(at=world.ctx.clock.wall() - 2 * world.ctx.reconcile.stopped_after))
            return
        # The wall clock of a test cannot be moved; what counts on it moves back instead.
        ago = world.ctx.clock.wall() - period
        world.ctx.clock.advance(session, period)
        session.execute(update(Heartbeat).values(at=ago))
        session.execute(update(Watermark).values(known_until=ago, next_at=ago))


def answer(world: World, taken: Taken, place: int, words: str = "Two cotton shirts") -> None:
    """The phone writes; our server is not there."""
    phone = f"+8526123{place:04}"
    world.carrier.hear(f"SManswer{place}", phone, "+85264500001", words, world.ctx.clock.wall())


def start(world: World) -> list[str]:
    """Some seconds of a start: sweeps, wakes and passes; what was texted, in its order."""
    texted: list[str] = []
    for _ in range(5):
        world.sweep()
        process_webhooks(world.ctx)
        texted += [posted.outgoing.body for posted in world.send()]
    return texted


def told(world: World, query_id: UUID) -> Counter[str]:
    """How often each event happened to a query."""
    return Counter(entry.event for entry in world.see(query_id).history)


@pytest.mark.parametrize("wound", [True, False], ids=["wound", "on the wall clock"])
def test_who_had_replied_gets_neither_a_reminder_nor_a_call(world: World, wound: bool) -> None:
    seen = house(world)
    stand_still(world, DAYS + HOUR, wound=wound)
    for place, taken in enumerate(seen.answers):
        answer(world, taken, place)
    assert start(world) == [], "nobody is texted"
    for taken in seen.answers:
        assert world.see(taken.id).query.state is State.REPLIED
        assert world.open_handoffs(taken.id) == [("staff", "review_reply")]
        assert not told(world, taken.id).keys() & {Event.WINDOW_CLOSED, Event.REMINDER_QUEUED}
    for taken in seen.silent:
        assert world.see(taken.id).query.state is State.ESCALATED
        assert told(world, taken.id)[Event.WINDOW_CLOSED] == 1
        assert world.open_handoffs(taken.id) == [("hotline", "no_reply")]


def test_who_replied_to_our_server_while_all_else_stood_is_not_called(world: World) -> None:
    """Their replies came after the closing and lie in our own database: they come before any closing."""
    seen = house(world, 1)
    stand_still(world, DAYS + HOUR, wound=False)
    form = [("MessageSid", "SMtaken"), ("From", "+85261230000"), ("To", "+85264500001"), ("Body", "Two cotton shirts")]
    store(world.ctx, Arrived(WebhookKind.INBOUND, form))
    sweep(world.ctx)
    assert [one.error for one in reconcile_due(world.ctx)] == [None, None], "the carrier was asked"
    assert sweep(world.ctx) == 0, "and what had come is still unread"
    process_webhooks(world.ctx)
    sweep(world.ctx)
    assert world.open_handoffs(seen.answers[0].id) == [("staff", "review_reply")]
    assert not told(world, seen.answers[0].id).keys() & {Event.WINDOW_CLOSED, Event.REMINDER_QUEUED}
    assert world.see(seen.silent[0].id).query.state is State.ESCALATED


def test_the_first_sweep_after_a_stop_fires_nothing_that_speaks_to_senders(world: World) -> None:
    seen = house(world, 1)
    stand_still(world, DAYS + HOUR, wound=True)
    assert sweep(world.ctx) == 0
    assert world.see(seen.silent[0].id).query.state is State.AWAITING_REPLY


def test_while_the_carrier_cannot_be_asked_the_house_waits_and_then_nothing_is_lost(world: World) -> None:
    seen = house(world, 1)
    stand_still(world, DAYS + HOUR, wound=True)
    answer(world, seen.answers[0], 0)
    world.carrier.silent = True
    assert start(world) == []
    assert {world.see(taken.id).query.state for taken in (*seen.answers, *seen.silent)} == {State.AWAITING_REPLY}
    world.carrier.silent = False
    with world.ctx.database.begin() as session:
        session.execute(update(Watermark).values(next_at=world.ctx.clock.wall()))
    start(world)
    assert world.see(seen.answers[0].id).query.state is State.REPLIED
    assert world.see(seen.silent[0].id).query.state is State.ESCALATED


def test_reminders_fire_once_each_oldest_first_and_those_with_little_time_left_are_skipped(world: World) -> None:
    seen = house(world, 2)
    stand_still(world, 60 * HOUR, wound=True)
    answer(world, seen.answers[0], 0)
    bodies = start(world)
    expected = [seen.answers[1], *seen.silent]
    assert [next(taken for taken in expected if taken.code in body) for body in bodies] == expected
    assert start(world) == []
    late = house(world, 1)
    stand_still(world, 71 * HOUR, wound=True)
    assert not [body for body in start(world) if late.silent[0].code in body]
    (skipped,) = [row for row in world.see(late.silent[0].id).history if row.event == Event.REMINDER_QUEUED]
    assert skipped.detail["because"] == "too little time is left"
    assert skipped.detail["queued"] is False


def test_a_reminder_that_was_queued_before_the_stop_waits_for_the_carriers_word(world: World) -> None:
    seen = house(world, 1)
    world.wind(48 * HOUR + timedelta(minutes=1))
    stand_still(world, 2 * HOUR, wound=True)
    answer(world, seen.answers[0], 0)
    assert world.send() == [], "a worker that starts before the sweep sends no reminder either"
    (reminder,) = start(world)
    assert seen.silent[0].code in reminder


def test_the_backlog_keeps_the_quiet_hours(world: World) -> None:
    seen = house(world, 1)
    stand_still(world, 50 * HOUR, wound=True)
    here = world.now().astimezone(HONG_KONG)
    quiet = QuietHours.parse(f"{here:%H}:00-{here + 2 * HOUR:%H}:00")
    world.ctx = replace(world.ctx, window=replace(WINDOW, quiet_hours=quiet))
    assert start(world) == []
    world.wind(2 * HOUR)
    assert len(world.send()) == len(seen.answers) + len(seen.silent)


def test_the_backlog_keeps_the_pace(world: World) -> None:
    """Two segments a second and number, of which each text takes one second; nothing leaves before its turn."""
    seen = house(world, 3)
    stand_still(world, 50 * HOUR, wound=True)
    clock = [0.0]
    world.ctx = replace(world.ctx, pace=PaceInProcess(Rate(2.0, timedelta(seconds=1)), lambda: clock[0]))
    world.sweep()
    left = []
    for second in range(12):
        clock[0] = float(second)
        with world.ctx.database.begin() as session:  # The wall clock of a test cannot be moved: a wait is over at once.
            session.execute(
                update(Text).where(Text.state == TextState.QUEUED).values(next_try_at=world.ctx.clock.wall())
            )
        left.append(Counter(posted.outgoing.sender_id for posted in world.send()))
    assert sum(each.total() for each in left) == len(seen.answers) + len(seen.silent)
    assert max(max(each.values(), default=0) for each in left) == 1, "one a second from each number"
