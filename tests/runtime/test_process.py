"""A worker process's parts: made once, adopted where there are some, refused where its broker could not work."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from notifier.domain.errors import SettingsWrong
from notifier.runtime import open_runtime
from notifier.runtime.process import WorkerProcess
from tests.drills.processes import BEAT, WORKER, Installation

MEMORY = "NOTIFIER_BROKER_URL: memory:// serves one process: run `notifier up`, or name a Redis."


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("NOTIFIER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NOTIFIER_DATA_DIR", str(tmp_path / "data"))


@contextmanager
def process() -> Iterator[WorkerProcess]:
    made = WorkerProcess()
    try:
        yield made
    finally:
        made.put_down()


def test_by_itself_it_refuses_a_broker_that_nobody_else_can_hear(tmp_path: Path) -> None:
    with process() as alone:
        for prepare in (alone.hands, alone.prepare_beat):
            with pytest.raises(SettingsWrong) as refused:
                prepare()
            assert str(refused.value) == MEMORY
    assert not (tmp_path / "data").exists(), "nothing was made"


def test_beside_the_web_server_it_uses_the_parts_that_are_there() -> None:
    with open_runtime() as runtime, process() as embedded:
        embedded.adopt(runtime)
        embedded.prepare_beat()
        assert embedded.hands() is embedded.hands()


def test_threads_that_come_together_get_the_same_hands(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    monkeypatch.setenv("NOTIFIER_BROKER_URL", f"{redis_url}/0")
    with process() as own, ThreadPoolExecutor(8) as pool:
        own.prepare_beat()
        hands = list(pool.map(lambda _: own.hands(), range(8)))
    assert len(set(map(id, hands))) == 1


@pytest.mark.parametrize("command", [WORKER, BEAT], ids=["worker", "beat"])
def test_a_worker_or_scheduler_that_would_do_nothing_does_not_start(command: tuple[str, ...], tmp_path: Path) -> None:
    with Installation(tmp_path) as notifier:
        running = notifier.start(*command)
        assert running.process.wait(timeout=60) == 2
        printed = running.printed()
    assert "Traceback" not in printed
    assert [line for line in printed.splitlines() if line.startswith("NOTIFIER_")] == [MEMORY]


def test_the_web_server_alone_warns_that_nobody_hears_it(tmp_path: Path) -> None:
    with Installation(tmp_path) as notifier:
        assert notifier.run("migrate").returncode == 0
        web = notifier.web()
        (warning,) = [line for line in web.printed().splitlines() if "broker_serves_one_process" in line]
        assert "NOTIFIER_BROKER_URL: name a Redis, or run notifier up" in warning


def test_everything_in_one_process_says_nothing_of_the_kind(tmp_path: Path) -> None:
    with Installation(tmp_path) as notifier:
        up = notifier.up()
        query = notifier.api().submit()
        assert query["state"] == "received"
        os.kill(up.process.pid, signal.SIGTERM)
        assert up.process.wait(timeout=10) == 0
        assert "NOTIFIER_BROKER_URL" not in up.printed()
