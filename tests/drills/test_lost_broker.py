"""The broker dies under load: a line says so, a line says when it is back, and hints are taken up soon after."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from notifier.runtime.queue import PROCESS_WEBHOOKS, SEND_DUE, SWEEP, make_celery
from tests.chaos.servers import Valkey
from tests.conftest import run_sql
from tests.drills.customs import referrals, wait_until_handed_over
from tests.drills.processes import Installation, Running
from tests.drills.sandbox_carrier import HASTE, installation_with_carrier
from tests.waiting import eventually

_JSON = HASTE | {"LOG__FORMAT": "json"}
_AWAY = 7  # seconds; the library's own pauses would by then be longer than
_SOON = 4  # seconds, in which a worker is to be back
_HINTS = 1000


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A broker that may be killed."""
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.mark.parametrize("as_one", [False, True], ids=["deployment", "up"])
def test_one_line_when_it_goes_and_one_when_it_is_back(
    as_one: bool, valkey: Valkey, postgres_database_url: str, tmp_path: Path
) -> None:
    """Killed while hints are taken and acknowledged; what waits then leaves by hints alone."""
    settings = _JSON | {"SWEEP__EVERY": "1"}
    with installation_with_carrier(tmp_path, (postgres_database_url, f"{valkey.url}/0"), settings) as (notifier, _):
        running: Sequence[Running] = [notifier.up()] if as_one else notifier.deployment()
        worker = running[0] if as_one else running[1]
        api = notifier.api()
        before = [len(one.printed()) for one in running]
        _hint(valkey)
        eventually(lambda: valkey.client().llen("sending") < _HINTS // 4, within=30, what="Taking hints")
        valkey.kill()
        for row in referrals(5):
            api.submit(**row)
        for one in running:
            eventually(lambda one=one: _count(one, "broker_unreachable"), within=20, what="The line that it is away")
        time.sleep(_AWAY)
        valkey.start()
        eventually(lambda: _count(worker, "broker_back"), within=_SOON, what="The worker's return")
        api.submit()
        wait_until_handed_over(api, 6)
        for one in running:
            eventually(lambda one=one: _count(one, "broker_back"), within=20, what="The line that it is back")
        for one, begin in zip(running, before, strict=True):
            lines = _lines(one.printed()[begin:])
            assert _alarming(lines) == ["broker_unreachable"]
            assert [line["event"] for line in lines].count("broker_back") == 1


def test_while_it_stays_away_nothing_more_is_said_and_a_stop_is_orderly(
    valkey: Valkey, postgres_database_url: str, tmp_path: Path
) -> None:
    with Installation(tmp_path, postgres_database_url, f"{valkey.url}/0", _JSON) as notifier:
        running = notifier.deployment()[1:]
        before = [len(one.printed()) for one in running]
        _hint(valkey)
        valkey.kill()
        for one in running:
            eventually(lambda one=one: _count(one, "broker_unreachable"), within=20, what="The line that it is away")
        time.sleep(_AWAY)
        for one, begin in zip(running, before, strict=True):
            assert _alarming(_lines(one.printed()[begin:])) == ["broker_unreachable"]
            assert one.terminate() == 0
            assert "Traceback" not in one.printed()


def test_a_fault_of_ours_is_still_told_with_its_traceback(
    valkey: Valkey, postgres_database_url: str, tmp_path: Path
) -> None:
    with Installation(tmp_path, postgres_database_url, f"{valkey.url}/0", _JSON) as notifier:
        worker = notifier.worker()
        begin = len(worker.printed())
        run_sql(postgres_database_url, "ALTER TABLE texts RENAME TO mislaid")
        make_celery(f"{valkey.url}/0", 1).send_task(SEND_DUE)
        eventually(lambda: "ProgrammingError" in worker.printed()[begin:], within=20, what="The fault")
        told = [line for line in _lines(worker.printed()[begin:]) if "exception" in line]
        assert told[0]["level"] == "error"
        assert told[0]["exception"].startswith("Traceback (most recent call last):")
        assert "claim_batch" in told[0]["exception"], "it says where"


def _hint(valkey: Valkey) -> None:
    """More hints than can be taken in a moment."""
    celery = make_celery(f"{valkey.url}/0", 1)
    for number in range(_HINTS):
        celery.send_task((SEND_DUE, PROCESS_WEBHOOKS, SWEEP)[number % 3], retry=False)
    celery.close()


def _count(running: Running, event: str) -> int:
    return running.printed().count(f'"{event}"')


def _lines(printed: str) -> list[dict[str, Any]]:
    """Each is JSON: whatever else came out, a stack among it, fails here."""
    return [json.loads(line) for line in printed.splitlines()]


def _alarming(lines: Sequence[dict[str, Any]]) -> list[str]:
    return [line["event"] for line in lines if line["level"] not in ("info", "debug")]
