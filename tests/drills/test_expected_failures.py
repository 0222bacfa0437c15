"""What operators get wrong, and what they lose while it runs: a sentence each, no traceback, and nothing is lost."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import redis

from tests.drills.customs import referrals, wait_until_handed_over
from tests.drills.gate import gate_to
from tests.drills.processes import BEAT, WORKER, Installation
from tests.drills.sandbox_carrier import HASTE, installation_with_carrier
from tests.waiting import eventually

_UP = ("notifier", "up")
_COMMANDS = {"up": _UP, "web": ("notifier", "web"), "worker": WORKER, "beat": BEAT}
_NOBODY = "127.0.0.1:1"  # a port nobody listens on
_WRONG = {
    "a period": ({"WINDOW__CLOSE_AFTER": "soon"}, "NOTIFIER_WINDOW__CLOSE_AFTER: "),
    "a name": ({"WINDOW__CLOSE_AFTR": "PT5S"}, "NOTIFIER_WINDOW__CLOSE_AFTR is no setting: do you mean NOTIFIER_WIN"),
    "a database": ({"DATABASE_URL": "mysql://db/notifier"}, "NOTIFIER_DATABASE_URL: write it as postgresql://"),
    "a broker": ({"BROKER_URL": "localhost:6379"}, "NOTIFIER_BROKER_URL: write it as redis://"),
}
_AWAY = {
    ("up", "database"): ({"DATABASE_URL": f"postgresql://postgres@{_NOBODY}/x"}, "NOTIFIER_DATABASE_URL: the database"),
    ("up", "broker"): ({"BROKER_URL": f"redis://{_NOBODY}/0"}, "NOTIFIER_BROKER_URL: Redis cannot be reached"),
    ("worker", "broker"): ({"BROKER_URL": f"redis://{_NOBODY}/0"}, "NOTIFIER_BROKER_URL: Redis cannot be reached"),
}


@pytest.mark.parametrize(
    ("command", "mistake"), [*((command, "a period") for command in _COMMANDS), *(("up", name) for name in _WRONG)][1:]
)
def test_a_wrong_setting_is_told_by_every_process(command: str, mistake: str, tmp_path: Path) -> None:
    settings, sentence = _WRONG[mistake]
    _check_refused(tmp_path, settings, _COMMANDS[command], sentence)


@pytest.mark.parametrize(("command", "what"), _AWAY)
def test_a_server_that_is_not_there_is_told(command: str, what: str, tmp_path: Path) -> None:
    settings, sentence = _AWAY[command, what]
    _check_refused(tmp_path, settings, _COMMANDS[command], sentence)


@pytest.fixture
def evicting_redis(redis_url: str) -> Iterator[str]:
    """A broker that throws hints away when its memory is full."""
    client = redis.Redis.from_url(redis_url)
    client.config_set("maxmemory-policy", "allkeys-lru")
    yield f"{redis_url}/0"
    client.config_set("maxmemory-policy", "noeviction")
    client.close()


@pytest.mark.parametrize("command", ["up", "worker"])
def test_a_broker_that_evicts_is_refused(command: str, evicting_redis: str, tmp_path: Path) -> None:
    sentence = "NOTIFIER_BROKER_URL: this Redis evicts keys (allkeys-lru)"
    _check_refused(tmp_path, {"BROKER_URL": evicting_redis}, _COMMANDS[command], sentence)


def _check_refused(folder: Path, settings: Mapping[str, str], command: tuple[str, ...], sentence: str) -> None:
    """It ends by itself with exit code 2, and says why in one line of its own."""
    with Installation(folder, settings=settings) as notifier:
        running = notifier.start(*command)
        assert running.process.wait(timeout=30) == 2
        printed = running.printed()
    assert "Traceback" not in printed
    told = [line for line in printed.splitlines() if line.startswith("NOTIFIER_")]
    assert len(told) == 1
    assert told[0].startswith(sentence)
    if command[0] == "notifier":
        assert printed.splitlines() == told


def test_with_the_carrier_away_texts_wait_and_leave_once_it_is_back(sqlite_url: str, tmp_path: Path) -> None:
    with installation_with_carrier(tmp_path, (sqlite_url, "memory://"), HASTE) as (notifier, carrier):
        carrier.stop()
        running = notifier.up()
        api = notifier.api()
        query = api.submit(**referrals(1)[0])
        eventually(lambda: len(api.see(query["id"])["texts"][0]["attempts"]) > 1, what="A second attempt")
        tried = api.see(query["id"])["texts"][0]["attempts"][0]
        assert (tried["outcome"], tried["reason"]) == ("not_sent", "The carrier could not be reached.")
        carrier.start()
        wait_until_handed_over(api, 1)
        assert carrier.accepted() == 1
        assert "Traceback" not in running.printed()


def test_with_the_database_away_callers_are_told_and_workers_wait(
    postgres_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with (
        gate_to(postgres_database_url) as (gate, database),
        installation_with_carrier(tmp_path, (database, f"{redis_url}/0"), HASTE) as (notifier, carrier),
    ):
        running = notifier.deployment()
        api = notifier.api()
        api.submit()
        wait_until_handed_over(api, 1)
        gate.shut()
        refused = api.http.post("/api/v1/queries", json=referrals(1)[0])
        assert (refused.status_code, refused.json()["mend"]) == (503, "Try again in a few seconds.")
        assert api.http.get("/readyz").status_code == 503
        assert api.http.get("/healthz").status_code == 200
        worker = running[1]
        eventually(lambda: worker.printed().count("database_unreachable") == 1, what="The worker's one line")
        gate.open()
        api.submit()
        wait_until_handed_over(api, 2)
        assert carrier.accepted() == 2
        assert worker.printed().count("database_unreachable") == 1
        for one in running:
            assert "Traceback" not in one.printed()
