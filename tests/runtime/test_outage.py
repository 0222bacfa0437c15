"""Outages: one line when a server goes, one when it is back, and silence in between."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from notifier.runtime.outage import Outage

AWAY = {"event": "broker_unreachable", "error": "ConnectionError", "log_level": "warning"}
BACK = {"event": "broker_back", "log_level": "info"}


def test_while_all_is_well_nothing_is_said() -> None:
    with capture_logs() as lines:
        for _ in range(3):
            Outage("broker").over()
    assert lines == []


def test_it_is_told_once_when_it_goes_and_once_when_it_is_back() -> None:
    outage = Outage("broker")
    with capture_logs() as lines:
        for _ in range(2):
            for _ in range(100):
                outage.begun(ConnectionError("redis://user:pw@host"))
            for _ in range(100):
                outage.over()
    assert lines == [AWAY, BACK, AWAY, BACK], "by the failure's kind: its words may hold an address with a password"


@pytest.mark.parametrize("threads", [16])
def test_of_many_threads_that_find_out_one_tells(threads: int) -> None:
    outage = Outage("broker")
    with capture_logs() as lines, ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: outage.begun(ConnectionError()), range(1000)))
        list(pool.map(lambda _: outage.over(), range(1000)))
    assert lines == [AWAY, BACK]


def test_each_server_has_its_own() -> None:
    broker, database = Outage("broker"), Outage("database")
    with capture_logs() as lines:
        broker.begun(ConnectionError())
        database.over()
        database.begun(OSError())
        broker.over()
    assert [line["event"] for line in lines] == ["broker_unreachable", "database_unreachable", "broker_back"]
