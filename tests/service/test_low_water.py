"""Where a sweep begins to look: what it passes over is found by the next look at everything, five seconds later."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from notifier.domain.lifecycle import State
from notifier.service.clock import Clock
from notifier.service.low_water import LowWater
from notifier.service.sweep import sweep
from notifier.service.webhooks import Arrived, process_webhooks, store
from notifier.storage.models import Query, Round, Watermark
from notifier.storage.models.inbound import WebhookKind
from tests.journeys.world import MOBILE, World

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@dataclass
class Ahead(Clock):
    """A wall clock that runs ahead by as much as a test says."""

    by: timedelta = timedelta(0)
    movable: bool = True

    def wall(self) -> datetime:
        return super().wall() + self.by


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
def later(world: World, clock: Ahead) -> World:
    """A world whose wall clock the test moves, and in which the sweep ran before anything was sent: nothing is held."""
    moved = replace(world, ctx=replace(world.ctx, clock=clock))
    sweep(moved.ctx)
    return moved


def _waiting(world: World, mobile: str = MOBILE) -> Query:
    """A query whose window is open."""
    taken = world.refer(sender_mobile=mobile)
    (posted,) = world.send()
    world.receipt(posted, "delivered")
    return world.see(taken.id).query


def _due(world: World, query: Query, ago: timedelta) -> None:
    """Its closing was so long ago, as when its receipt came late."""
    with world.ctx.database.begin() as session:
        at = world.ctx.clock.business(session) - ago
        session.execute(update(Query).where(Query.id == query.id).values(next_due_at=at))
        session.execute(update(Round).where(Round.query_id == query.id).values(close_at=at, remind_at=None))


def _state(world: World, query: Query) -> State:
    return world.see(query.id).query.state


def test_what_comes_to_be_due_in_the_past_is_found_within_five_seconds(later: World, clock: Ahead) -> None:
    mark = LowWater()
    query = _waiting(later)
    assert sweep(later.ctx, mark) == 0
    _due(later, query, HOUR)
    clock.by += 3 * SECOND
    assert sweep(later.ctx, mark) == 0, "below the mark"
    clock.by += 3 * SECOND
    assert sweep(later.ctx, mark) == 1
    assert _state(later, query) is State.ESCALATED


def test_what_is_due_from_now_on_is_found_at_once(later: World) -> None:
    mark = LowWater()
    query = _waiting(later)
    assert sweep(later.ctx, mark) == 0
    _due(later, query, timedelta(0))
    assert sweep(later.ctx, mark) == 1


def test_what_is_left_of_a_batch_is_found_at_once(later: World) -> None:
    few = replace(later, ctx=replace(later.ctx, sweep_batch=1))
    mark = LowWater()
    assert sweep(few.ctx, mark) == 0
    for mobile in ("+85261230101", "+85261230102", "+85261230103"):
        _due(few, _waiting(few, mobile), timedelta(0))
    assert [sweep(few.ctx, mark) for _ in range(4)] == [1, 1, 1, 0]


def test_what_a_gap_held_is_found_as_soon_as_it_is_over(later: World, clock: Ahead) -> None:
    mark = LowWater()
    query = _waiting(later)
    assert sweep(later.ctx, mark) == 0
    with later.ctx.database.begin() as session:
        session.execute(update(Watermark).values(hold_since=clock.wall()))
    _due(later, query, timedelta(0))
    assert sweep(later.ctx, mark) == 0, "held"
    with later.ctx.database.begin() as session:
        session.execute(update(Watermark).values(hold_since=None))
    assert sweep(later.ctx, mark) == 1


def test_what_waited_for_an_earlier_reply_is_found_as_soon_as_that_is_worked_on(later: World) -> None:
    mark = LowWater()
    query = _waiting(later)
    assert sweep(later.ctx, mark) == 0
    _due(later, query, timedelta(0))
    form = [("MessageSid", "SMwaits"), ("From", "+85261239999"), ("To", "+85264500001"), ("Body", "Two cotton shirts")]
    came = later.ctx.clock.wall() - SECOND
    store(later.ctx, Arrived(WebhookKind.INBOUND, form, at=came))
    assert [sweep(later.ctx, mark) for _ in range(2)] == [0, 0], "it waits"
    process_webhooks(later.ctx)
    assert sweep(later.ctx, mark) == 1


def test_a_wall_clock_that_was_set_back_looks_at_everything() -> None:
    mark, now = LowWater(), Clock(movable=False).wall()
    assert mark.begin(now) is None
    mark.looked(now)
    assert mark.begin(now + SECOND) == now
    assert mark.begin(now - HOUR) is None
