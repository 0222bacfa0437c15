"""Watching never stands in the way of what is watched: slow receivers, deaf watchers, an auditor that breaks."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from notifier.domain.lifecycle import State
from notifier.domain.permissions import SYSTEM
from notifier.runtime import hands as hands_module
from notifier.runtime.hands import Hands
from notifier.runtime.waker import Waker
from notifier.service.switches import pause_sending
from notifier.telling.port import NobodyListens, Told
from tests.journeys.world import World
from tests.waiting import eventually


class Desk:
    """A receiver that answers once it is allowed to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.answers = threading.Event()

    def receivers(self) -> Sequence[str]:
        return ("desk",)

    def tell(self, receiver: str, title: str, body: str) -> Told:
        self.told.append(title)
        self.answers.wait(30)
        return Told.TOLD


class NoHints:
    """Whoever should be woken is not there."""

    def wake(self, _wake: Any) -> None:
        return


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    one.answers.set()
    yield one
    one.answers.set()


def hands_of(world: World, **changes: Any) -> Hands:
    return Hands(replace(world.ctx, **changes), cast(Waker, NoHints()))


def paused(world: World) -> None:
    with world.ctx.database.begin() as session:
        pause_sending(session, world.ctx, "The account is refused.", SYSTEM)


def test_a_slow_receiver_holds_up_no_due_time_and_no_sign_of_life(world: World, desk: Desk) -> None:
    beats: list[None] = []
    hands = hands_of(
        world, teller=desk, heartbeat=lambda: beats.append(None), heartbeat_every=timedelta(milliseconds=1)
    )
    hands.sweep()
    waiting = world.texted()
    paused(world)
    with world.ctx.database.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM duties WHERE name = 'alarms'")
        world.ctx.clock.advance(session, timedelta(hours=73))
    desk.answers.clear()
    stuck = threading.Thread(target=hands.sweep)
    stuck.start()
    eventually(lambda: desk.told, what="The message on its way")
    assert world.see(waiting.id).query.state is State.ESCALATED
    late, before = world.refer(sender_mobile=""), len(beats)
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, timedelta(hours=3))
    hands.sweep()
    assert world.see(late.id).history[-1].event == "overdue", "fired while the receiver keeps us waiting"
    assert len(beats) > before
    assert len(desk.told) == 1
    desk.answers.set()
    stuck.join(timeout=30)
    assert not stuck.is_alive()


def test_a_watcher_that_does_not_listen_stops_nothing_and_is_told_of_in_one_line(world: World) -> None:
    def deaf() -> None:
        raise NobodyListens("nobody")

    hands = hands_of(world, heartbeat=deaf, heartbeat_every=timedelta(0))
    with capture_logs() as lines:
        for _ in range(3):
            hands.sweep()
    assert [line["event"] for line in lines] == ["heartbeat_unreachable"]


def test_no_sweep_that_failed_is_a_sign_of_life(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[None] = []
    hands = hands_of(world, heartbeat=lambda: beats.append(None), heartbeat_every=timedelta(0))

    def away(*_: object) -> int:
        raise OperationalError("SELECT", {}, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(hands_module, "fire_due", away)
        hands.sweep()
        assert beats == []
    hands.sweep()
    assert len(beats) == 1


def test_who_is_told_to_stop_begins_nothing_more(world: World) -> None:
    beats: list[None] = []
    hands = hands_of(world, heartbeat=lambda: beats.append(None), heartbeat_every=timedelta(0))
    hands.stop_posting()
    hands.sweep()
    assert beats == []


def test_a_pass_over_peoples_clocks_that_takes_long_holds_up_no_due_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fired, ringing, go_on = [], threading.Event(), threading.Event()

    def ring(_ctx: Any) -> None:
        ringing.set()
        assert go_on.wait(30)

    monkeypatch.setattr(hands_module, "ring_clocks", ring)
    monkeypatch.setattr(hands_module, "fire_due", lambda *_: fired.append(None))
    hands = hands_of(world)
    first = threading.Thread(target=hands.sweep)
    first.start()
    assert ringing.wait(30)
    hands.sweep()
    assert len(fired) == 2
    go_on.set()
    first.join(30)
    assert not first.is_alive()


@pytest.mark.parametrize("deed", ["fire_due", "ring_clocks", "resolve_unknowns", "reconcile_due"])
def test_a_deed_that_breaks_keeps_nobody_from_being_told(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    """A row that nobody can read stops due times; it must not stop what tells staff of that."""

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(hands_module, deed, broken)
    paused(world)
    hands_of(world, teller=desk).sweep()
    assert desk.told == ["Notifier: wake someone"]


@pytest.mark.parametrize(
    "failure", [ZeroDivisionError(), OperationalError("SELECT", {}, Exception())], ids=["bug", "timeout"]
)
def test_an_auditor_that_breaks_keeps_nobody_from_being_told(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def broken(_ctx: Any) -> bool:
        raise failure

    monkeypatch.setattr(hands_module, "audit_due", broken)
    paused(world)
    hands_of(world, teller=desk).sweep()
    assert desk.told == ["Notifier: wake someone"]
