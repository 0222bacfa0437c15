"""What every keeper of the pace promises: in one process, in a real Redis, and in one that does not answer."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from notifier.pacing.in_process import PaceInProcess
from notifier.pacing.in_redis import PaceInRedis
from notifier.pacing.port import Pace, Rate
from tests.conftest import flush
from tests.servers import free_port
from tests.waiting import eventually

A, B = "+85264500001", "+85264500002"
RATE = Rate(20.0, timedelta(seconds=0.5))
NONE = timedelta(0)
LONGEST = 5  # segments


@pytest.fixture(params=["in this process", "in redis", "in a redis that is gone"])
def pace(request: pytest.FixtureRequest) -> Iterator[Pace]:
    """Each of them, with nothing taken."""
    made: Pace = PaceInProcess(RATE)
    if request.param == "in redis":
        url = f"{request.getfixturevalue('redis_url')}/0"
        flush(url)
        made = PaceInRedis(url, RATE)
    elif request.param == "in a redis that is gone":
        made = PaceInRedis(f"redis://127.0.0.1:{free_port()}/0", RATE)
    yield made
    made.close()


def test_a_number_that_rests_has_room_for_as_much_as_it_may_run_ahead(pace: Pace) -> None:
    assert pace.rate == RATE
    assert pace.room([A, B]) == [10.0, 10.0]


def test_what_one_number_sends_takes_nothing_from_another(pace: Pace) -> None:
    assert pace.take(A, 2) == NONE
    left, other = pace.room([A, B])
    assert 8 <= left < 10
    assert other == 10


def test_a_number_that_is_ahead_waits_and_then_sends_again(pace: Pace) -> None:
    while not (wait := pace.take(A, LONGEST)):
        assert pace.room([A])[0] < 10
    assert NONE < wait <= RATE.busy_for(LONGEST)
    ahead, free = pace.room([A, B])
    assert (ahead < 1, free) == (True, 10.0), "a wait of a millisecond may be over by now, and leave a hundredth"
    assert pace.take(B, 1) == NONE
    begun = time.monotonic()
    eventually(lambda: pace.take(A, 1) == NONE, within=2, what="The number's next turn")
    assert time.monotonic() - begun >= wait.total_seconds() - 0.05


def test_a_long_text_needs_no_more_room_than_a_short_one_and_is_paid_for_afterwards(pace: Pace) -> None:
    """So it cannot starve while short ones pass it."""
    assert pace.take(A, 9) == NONE
    assert pace.take(A, 50) == NONE
    assert timedelta(seconds=1) < pace.take(A, 1) < timedelta(seconds=2.5), "59 segments take 2.95 s, 0.5 s ahead"


def test_many_threads_together_send_no_more_than_one_could(pace: Pace) -> None:
    begun = time.monotonic()
    start = threading.Barrier(6)

    def post() -> int:
        start.wait()
        ends, sent = time.monotonic() + 1, 0
        while time.monotonic() < ends:
            wait = pace.take(A, 2)
            sent += 0 if wait else 2
        return sent

    with ThreadPoolExecutor(6) as threads:
        sent = sum(one.result() for one in [threads.submit(post) for _ in range(6)])
    allowed = RATE.segments_per_second * (time.monotonic() - begun + RATE.ahead.total_seconds())
    assert allowed / 2 < sent <= allowed + 2
