"""Wakes: a burst is a handful of hints, nobody waits for the broker, and one that is dead is tried again."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from notifier.runtime import waker as module
from notifier.runtime.outage import Outage
from notifier.runtime.queue import PROCESS_WEBHOOKS, SEND_DUE, make_celery
from notifier.runtime.waker import Waker
from notifier.storage.database import Wake
from tests.drills.gate import gate_to
from tests.waiting import eventually

_AT_ONCE = 0.5  # seconds; a wake that waited for anything would take longer


class Broker:
    """The queue's own side: which hints came, and with what."""

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self.hints: list[str] = []
        self.options: list[dict[str, Any]] = []
        self._before = before

    def send_task(self, name: str, **options: Any) -> None:
        """As Celery's application."""
        self._before()
        self.hints.append(name)
        self.options.append(options)


@contextmanager
def waking(broker: Any) -> Iterator[Waker]:
    """With an outage of its own: that of the process may have begun in another test."""
    waker = Waker(broker, Outage("broker"))
    try:
        yield waker
    finally:
        waker.close()


def test_a_burst_is_a_handful_of_hints_of_each_kind() -> None:
    broker = Broker()
    with waking(broker) as waker:
        for _ in range(1000):
            waker.wake(Wake.SEND)
            waker.wake(Wake.WEBHOOKS)
        eventually(lambda: {SEND_DUE, PROCESS_WEBHOOKS} <= set(broker.hints), what="A hint of each kind")
    counted = Counter(broker.hints)
    assert counted.keys() == {SEND_DUE, PROCESS_WEBHOOKS}
    assert max(counted.values()) < 20


def test_a_hint_holds_nothing_is_not_sent_twice_and_does_not_lie_about() -> None:
    broker = Broker()
    with waking(broker) as waker:
        waker.wake(Wake.SEND)
    assert broker.hints == [SEND_DUE]
    assert broker.options == [{"retry": False, "expires": 30}]


def test_a_wake_after_the_burst_is_a_hint_of_its_own() -> None:
    """What was set while the last hint was under way may concern rows that its worker did not see."""
    under_way, go_on = threading.Event(), threading.Event()

    def hang() -> None:
        under_way.set()
        assert go_on.wait(10)

    broker = Broker(hang)
    with waking(broker) as waker:
        waker.wake(Wake.SEND)
        assert under_way.wait(10)
        waker.wake(Wake.SEND)
        go_on.set()
        eventually(lambda: len(broker.hints) == 2, what="A second hint")


def test_nothing_is_started_before_the_first_wake_and_closing_passes_on_what_is_set() -> None:
    broker = Broker()
    before = threading.active_count()
    with waking(broker) as waker:
        assert threading.active_count() == before
        waker.wake(Wake.WEBHOOKS)
    assert broker.hints == [PROCESS_WEBHOOKS]


def test_after_closing_a_wake_is_forgotten() -> None:
    """The rows stay; another process's sweep finds them."""
    broker = Broker()
    waker = Waker(broker)
    waker.close()
    waker.wake(Wake.SEND)
    waker.close()
    assert broker.hints == []


def test_a_broker_that_hangs_holds_up_no_wake_and_not_for_long_the_end() -> None:
    under_way, go_on = threading.Event(), threading.Event()

    def hang() -> None:
        under_way.set()
        assert go_on.wait(30)

    waker = Waker(Broker(hang))
    waker.wake(Wake.SEND)
    assert under_way.wait(10)
    began = time.monotonic()
    for _ in range(1000):
        waker.wake(Wake.SEND)
    assert time.monotonic() - began < _AT_ONCE
    waker.close()
    assert time.monotonic() - began < 5
    go_on.set()


def test_a_broker_that_is_dead_is_told_of_once_and_tried_again(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    """A real one, behind a gate that is shut at first; commits go on all the while, and each of them wakes."""
    monkeypatch.setattr(module, "_REST", 0.05)
    with capture_logs() as lines, gate_to(f"{redis_url}/0") as (gate, address):
        gate.shut()
        with waking(make_celery(address, 1)) as waker:
            began = time.monotonic()
            for _ in range(100):
                waker.wake(Wake.SEND)
            assert time.monotonic() - began < _AT_ONCE
            eventually(lambda: lines, within=20, what="A line about the broker")
            gate.open()
            eventually(lambda: _again(waker, lines), within=20, what="A hint after the outage")
    assert [line["event"] for line in lines] == ["broker_unreachable", "broker_back"]


def _again(waker: Waker, lines: list[Any]) -> bool:
    waker.wake(Wake.SEND)
    return len(lines) > 1
