"""The pace that processes share: together they send no more than one would, and a Redis in trouble stops nobody."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from notifier.pacing import in_redis
from notifier.pacing.in_redis import PaceInRedis
from notifier.pacing.port import Rate
from tests.chaos.servers import Valkey
from tests.conftest import flush
from tests.waiting import eventually

A = "+85264500001"
NONE = timedelta(0)
_ROOT = Path(__file__).parents[2]
_PERIOD = 2.0
# Like a worker: it posts texts of so many segments as fast as it may, and tells between which instants each left.
_WORKER = """
import sys, time
from datetime import timedelta
from notifier.pacing.in_redis import PaceInRedis
from notifier.pacing.port import Rate
pace = PaceInRedis(sys.argv[1], Rate(50.0, timedelta(seconds=0.5)))
pace.room(["+85264500001"])
print("ready", flush=True)
sys.stdin.readline()
ends = time.monotonic() + float(sys.argv[2])
while time.monotonic() < ends:
    before = time.monotonic()
    if pace.take("+85264500001", int(sys.argv[3])):
        time.sleep(0.002)
    else:
        print(before, time.monotonic(), sys.argv[3], flush=True)
"""


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server that nobody else uses: it may be frozen."""
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.kill()


def test_processes_on_one_redis_never_send_more_than_the_allowance_in_any_window(redis_url: str) -> None:
    """Four of them, with texts of one, two, three and five segments, all at once."""
    url = f"{redis_url}/0"
    flush(url)
    workers = [
        subprocess.Popen(
            (sys.executable, "-c", _WORKER, url, str(_PERIOD), str(segments)),
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for segments in (1, 2, 3, 5)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    left: list[tuple[float, float, int]] = []
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        told = worker.communicate(timeout=30)[0].split()
        left += [(float(told[n]), float(told[n + 1]), int(told[n + 2])) for n in range(0, len(told), 3)]
    assert {segments for _, _, segments in left} == {1, 2, 3, 5}, "none of them starved"
    for begin, _, _ in left:
        for window in (0.5, 1.0, 2.0):
            within = sum(segments for early, late, segments in left if begin <= early and late <= begin + window)
            assert within <= 50 * (window + 0.5) + 5, "fifty a second, half a second ahead, and the rest of the longest"
    assert sum(segments for _, _, segments in left) > 50 * _PERIOD / 2, "the room is used"


def test_a_redis_that_freezes_stops_nobody_and_is_told_of_once(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_redis, "_REST", 0.3)
    pace = PaceInRedis(f"{valkey.url}/0", Rate(1.0, timedelta(seconds=1.5)))
    assert [pace.take(A, 1), pace.take(A, 1)] == [NONE, NONE]
    assert pace.take(A, 1) > NONE
    with capture_logs() as lines:
        valkey.freeze()
        begun = time.monotonic()
        took = [pace.take(A, 1) for _ in range(50)]
        assert time.monotonic() - begun < 1.5, "one wait for an answer, or two, never one a text"
        assert took[:2] == [NONE, NONE]
        assert all(wait > NONE for wait in took[2:]), "this process keeps the pace for itself"
        assert pace.room([A]) == [0.0]
        valkey.thaw()
        eventually(lambda: len(pace.room([A])) == 1 and len(lines) == 2, within=5, what="The return")
    assert lines == [
        {"event": "pace_kept_by_each_process", "error": "TimeoutError", "log_level": "warning"},
        {"event": "pace_kept_together_again", "log_level": "info"},
    ]
    pace.close()


def test_a_redis_that_forgets_costs_one_burst_and_no_more(valkey: Valkey) -> None:
    pace = PaceInRedis(f"{valkey.url}/0", Rate(1.0, timedelta(seconds=1.5)))
    while not pace.take(A, 1):
        pass
    flush(f"{valkey.url}/0")
    assert [bool(pace.take(A, 1)) for _ in range(4)] == [False, False, True, True]
    pace.close()
