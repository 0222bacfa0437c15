"""Celery as it is really run: hints make it fast, the sweep makes it sure, and the broker may vanish at any moment."""

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from notifier.runtime.queue import PROCESS_WEBHOOKS, SEND_DUE, SWEEP, make_celery
from notifier.runtime.waker import Waker
from notifier.storage.database import Wake
from tests.drills.customs import referrals, wait_until_handed_over, write_csv
from tests.drills.gate import gate_to
from tests.drills.processes import Api
from tests.drills.sandbox_carrier import HASTE, installation_with_carrier
from tests.waiting import eventually
from workers import app

_NO_SWEEP = {"SWEEP__EVERY": "PT1H"}
_QUICK = 3.0  # seconds, also on a busy machine


@pytest.fixture
def broker(redis_url: str) -> Iterator["redis.Redis"]:
    """The broker's own side, empty at first."""
    client = redis.Redis.from_url(f"{redis_url}/0")
    client.flushall()
    yield client
    client.close()


def test_a_hint_is_enough(stack: tuple[str, str], tmp_path: Path) -> None:
    """No sweep comes by: what leaves was hinted at, and so were the receipts that opened the window."""
    with installation_with_carrier(tmp_path, stack, _NO_SWEEP) as (notifier, _):
        if stack[1].startswith("memory"):
            notifier.up()
        else:
            notifier.web()
            notifier.worker()
        api = notifier.api()
        query = api.submit()
        eventually(lambda: api.see(query["id"])["state"] == "awaiting_reply", within=30, what="The window opening")


def test_lost_hints_cost_a_sweep(
    postgres_database_url: str, redis_url: str, broker: "redis.Redis", tmp_path: Path
) -> None:
    """Flushed while nobody listens, and flushed again while everybody does: what was declared is gone as well."""
    stack = (postgres_database_url, f"{redis_url}/0")
    with installation_with_carrier(tmp_path, stack) as (notifier, carrier):
        notifier.web()
        api = notifier.api()
        api.submit()
        eventually(lambda: broker.llen("sending"), what="The hint")
        broker.flushall()
        notifier.worker()
        notifier.beat()
        wait_until_handed_over(api, 1)
        broker.flushall()
        api.submit()
        wait_until_handed_over(api, 2)
        assert carrier.accepted() == 2


@pytest.mark.parametrize("broker_is", ["gone", "frozen"])
def test_without_a_broker_intake_is_as_quick_and_texts_leave_once_it_is_back(
    broker_is: str, postgres_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """A request that waited for a frozen broker would take its five seconds."""
    rows = referrals(20)
    with (
        gate_to(f"{redis_url}/0") as (gate, address),
        installation_with_carrier(tmp_path, (postgres_database_url, address), HASTE) as (notifier, carrier),
    ):
        running = notifier.deployment()
        api = notifier.api()
        {"gone": gate.shut, "frozen": gate.freeze}[broker_is]()
        assert max(_seconds_to_submit(api, row) for row in rows) < _QUICK
        assert carrier.accepted() < len(rows)
        gate.open()
        wait_until_handed_over(api, len(rows))
        assert carrier.accepted() == len(rows)
        for one in running:
            assert "Traceback" not in one.printed()
            assert one.printed().count("broker_unreachable") <= 1


def _seconds_to_submit(api: Api, row: dict[str, Any]) -> float:
    began = time.monotonic()
    api.submit(**row)
    return time.monotonic() - began


def test_the_embedded_worker_finds_what_another_process_brought(sqlite_url: str, tmp_path: Path) -> None:
    """An import's hints end with its own process, where the broker is memory."""
    rows = referrals(5)
    with installation_with_carrier(tmp_path, (sqlite_url, "memory://")) as (notifier, _):
        notifier.up()
        assert notifier.run("import", str(write_csv(tmp_path / "referrals.csv", rows))).returncode == 0
        wait_until_handed_over(notifier.api(), len(rows))


def test_a_burst_is_a_handful_of_hints_and_a_hint_holds_nothing(redis_url: str, broker: "redis.Redis") -> None:
    """Nobody takes them here, so that they can be read: no arguments, no time to wait for, and they expire."""
    waker = Waker(make_celery(f"{redis_url}/0", 1))
    for _ in range(1000):
        waker.wake(Wake.SEND)
    waker.wake(Wake.WEBHOOKS)
    waker.close()
    assert 1 <= broker.llen("sending") < 50
    assert broker.llen("webhooks") == 1
    for raw in broker.lrange("sending", 0, -1):
        hint = json.loads(raw)
        assert hint["headers"]["task"] == SEND_DUE
        assert hint["headers"]["eta"] is None
        assert hint["headers"]["expires"] is not None
        arguments, keywords, _ = json.loads(base64.b64decode(hint["body"]))
        assert (arguments, keywords) == ([], {})


def test_tasks_are_three_each_in_its_queue_acknowledged_early_and_without_results() -> None:
    queues = {SEND_DUE: "sending", PROCESS_WEBHOOKS: "webhooks", SWEEP: "sweep"}
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert ours.keys() == queues.keys()
    for name, task in ours.items():
        assert app.amqp.router.route({}, name)["queue"].name == queues[name]
        assert task.acks_late is False
        assert task.ignore_result is True
        assert not getattr(task, "autoretry_for", ())
    (entry,) = app.conf.beat_schedule.values()
    assert (entry["task"], "args" in entry, "kwargs" in entry) == (SWEEP, False, False)
