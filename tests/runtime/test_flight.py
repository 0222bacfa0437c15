"""Flights: so many at once and no more, and a hint that finds them full is not lost."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from notifier.runtime.flight import Flight

_PATIENCE = 10  # seconds nobody should need


class Work:
    """Work that begins, and ends when it is let go; it counts how many are at it."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Semaphore(0)
        self.times = 0
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.times += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        self.begun.release()
        assert self.let_go.acquire(timeout=_PATIENCE)
        with self._lock:
            self._at_once -= 1

    def await_begin(self) -> None:
        """Until one more has begun."""
        assert self.begun.acquire(timeout=_PATIENCE)


def test_alone_it_is_done_once_here() -> None:
    work = Work()
    work.let_go.release()
    assert Flight(work).run() is True
    assert work.times == 1


@pytest.mark.parametrize("width", [1, 2])
def test_a_hint_that_finds_it_full_returns_at_once_and_has_it_done_again(width: int) -> None:
    """What it was about may have come too late for those that are at it already."""
    work = Work()
    flight = Flight(work, width)
    with ThreadPoolExecutor() as pool:
        flying = [pool.submit(flight.run) for _ in range(width)]
        for _ in range(width):
            work.await_begin()
        assert [flight.run() for _ in range(50)] == [False] * 50
        assert work.times == width
        work.let_go.release()
        work.await_begin()  # one of them goes again
        work.let_go.release(width)
        assert [one.result(_PATIENCE) for one in flying] == [True] * width
    assert work.times == width + 1, "fifty hints are one"
    assert work.most_at_once == width


def test_work_that_fails_leaves_the_place_to_the_next() -> None:
    """The failure is its caller's; the flight can be boarded again."""
    outcomes = iter([OSError("gone"), None])

    def work() -> None:
        outcome = next(outcomes)
        if outcome is not None:
            raise outcome

    flight = Flight(work)
    with pytest.raises(OSError, match="gone"):
        flight.run()
    assert flight.run() is True


def test_a_hint_that_came_during_a_failure_is_done_by_the_next() -> None:
    """Its work is done twice then: once for itself, once for the hint nobody served."""
    times = 0

    def work() -> None:
        nonlocal times
        times += 1
        if times == 1:
            assert flight.run() is False  # a hint while it is full
            raise OSError("gone")

    flight = Flight(work)
    with pytest.raises(OSError, match="gone"):
        flight.run()
    assert flight.run() is True
    assert times == 3


def test_however_many_hints_collide_the_last_one_is_served() -> None:
    """Every value put down before a hint is seen by some work that begins after it."""
    put_down = taken = 0
    lock = threading.Lock()

    def take() -> None:
        nonlocal taken
        with lock:
            taken = put_down

    flight = Flight(take)

    def hint() -> None:
        nonlocal put_down
        for _ in range(500):
            with lock:
                put_down += 1
            flight.run()

    with ThreadPoolExecutor(8) as pool:
        for one in [pool.submit(hint) for _ in range(8)]:
            one.result(_PATIENCE)
    assert taken == put_down == 4000
