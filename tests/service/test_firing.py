"""What is due is fired row by row: a row that breaks lets others pass, and a database in trouble blames no row."""

from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from notifier.domain.lifecycle import State
from notifier.service import answers, firing, sweep
from notifier.service.context import Context
from notifier.service.firing import is_passing
from notifier.service.resolution import accept_answer
from notifier.storage.models import Query
from tests.journeys.world import World

HOUR = timedelta(hours=1)


class DeadlockDetected(Exception):
    """As a driver would say it."""


PASSING = {
    "a deadlock": OperationalError("UPDATE", {}, DeadlockDetected()),
    "a driver that is closed": InterfaceError("UPDATE", {}, DeadlockDetected()),
    "no connection to be had": PoolTimeout(),
    "a connection that was lost": DBAPIError("UPDATE", {}, DeadlockDetected(), connection_invalidated=True),
}


def waiting(world: World) -> UUID:
    """A query whose window is over, but for the sweep."""
    taken = world.refer(sender_mobile=f"+8529123{next(world.numbers):04}")
    (posted,) = world.send()
    world.receipt(posted, "delivered")
    return taken.id


def over(world: World) -> None:
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, 73 * HOUR)


def break_on(monkeypatch: pytest.MonkeyPatch, query_id: UUID, failure: Exception) -> None:
    """Firing this one fails, the others go on."""
    fire = sweep._DUE[State.AWAITING_REPLY]

    def broken(session, ctx, query, at) -> None:
        if query.id == query_id:
            raise failure
        fire(session, ctx, query, at)

    monkeypatch.setitem(sweep._DUE, State.AWAITING_REPLY, broken)


def test_a_row_that_somebody_holds_for_several_sweeps_never_failed(postgres_world: World) -> None:
    world = postgres_world
    world.sweep()
    held, other = waiting(world), waiting(world)
    over(world)
    with world.ctx.database.begin() as holding:
        holding.execute(select(Query.id).where(Query.id == held).with_for_update(key_share=True))
        for _ in range(7):
            sweep.sweep(world.ctx)
    query = world.see(held).query
    assert (query.firing_failures, query.quarantined_at) == (0, None)
    assert world.see(other).query.state is State.ESCALATED
    sweep.sweep(world.ctx)
    assert world.see(held).query.state is State.ESCALATED


@pytest.mark.parametrize("failure", PASSING.values(), ids=PASSING)
def test_a_database_in_trouble_leaves_the_row_as_due_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    unlucky, other = waiting(world), waiting(world)
    over(world)
    before = world.see(unlucky).query
    with monkeypatch.context() as patch:
        break_on(patch, unlucky, failure)
        for _ in range(7):
            world.sweep()
    after = world.see(unlucky).query
    assert (after.state, after.next_due_at, after.firing_failures) == (State.AWAITING_REPLY, before.next_due_at, 0)
    assert world.open_handoffs(unlucky) == []
    assert world.see(other).query.state is State.ESCALATED, "others are fired meanwhile"
    world.sweep()
    assert world.open_handoffs(unlucky) == [("hotline", "no_reply")]


def test_a_row_that_breaks_is_set_back_and_in_the_end_shown_to_people(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = waiting(world), waiting(world)
    over(world)
    break_on(monkeypatch, broken, ZeroDivisionError())
    for failures in range(1, 6):
        world.sweep()
        assert world.see(broken).query.firing_failures == failures
        wait_for_the_next_try(world)
    assert world.see(other).query.state is State.ESCALATED
    assert world.open_handoffs(broken) == [("staff", "quarantined")]


def wait_for_the_next_try(world: World) -> None:
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, HOUR)


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock finds most of a pass's time gone."""
    looks = count()
    monkeypatch.setattr(firing, "monotonic", lambda: next(looks) * firing.AT_A_TIME * 0.6)


def test_what_a_pass_has_no_time_for_is_left_to_the_next_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = [waiting(world) for _ in range(3)]
    over(world)
    with monkeypatch.context() as patch:
        slow(patch)
        assert world.sweep() == 1
    states = [world.see(query).query for query in due]
    assert [query.state for query in states] == [State.ESCALATED, State.AWAITING_REPLY, State.AWAITING_REPLY]
    assert [query.firing_failures for query in states] == [0, 0, 0], "nobody failed who was not tried"
    assert world.sweep() == 2
    assert {world.see(query).query.state for query in due} == {State.ESCALATED}


def test_senders_come_before_peoples_clocks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    due = waiting(world)
    over(world)
    seen: list[State] = []

    def ring(_ctx: Context) -> int:
        seen.append(world.see(due).query.state)
        return 0

    monkeypatch.setattr(sweep, "raise_overdue_answers", ring)
    world.sweep()
    assert seen[-1] is State.ESCALATED  # the first pass holds, since the carrier must be asked


def test_when_row_after_row_meets_trouble_the_pass_ends_and_its_caller_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = [waiting(world) for _ in range(5)]
    over(world)
    met: list[UUID] = []

    def away(_session, _ctx, query, _at) -> None:
        met.append(query.id)
        raise PASSING["a deadlock"]

    monkeypatch.setitem(sweep._DUE, State.AWAITING_REPLY, away)
    with pytest.raises(OperationalError):
        world.sweep()
    assert len(met) == 3 < len(due), "two hundred waits for a server that is away help nobody"


def test_an_answer_that_cannot_be_raised_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted = [waiting(world) for _ in range(2)]
    for query_id in accepted:
        world.do(query_id, accept_answer("TWO SHIRTS", "R100"))
    broken = world.see(accepted[0]).answers[0].id
    whole_raise = answers._raise

    def raising(ctx, answer_id) -> bool:
        if answer_id == broken:
            raise ZeroDivisionError
        return whole_raise(ctx, answer_id)

    monkeypatch.setattr(answers, "_raise", raising)
    world.wind(5 * HOUR)
    assert world.open_handoffs(accepted[0]) == [("staff", "quarantined")]
    assert world.open_handoffs(accepted[1]) == [("staff", "answer_waits")]
    due = world.see(accepted[0]).answers[0].next_due_at
    assert due is not None
    assert due > world.now(), "it is tried again later"


@pytest.mark.parametrize("failure", [ZeroDivisionError(), ValueError(), DBAPIError("UPDATE", {}, DeadlockDetected())])
def test_what_is_the_works_own_fault_does_not_pass(failure: Exception) -> None:
    assert not is_passing(failure)
