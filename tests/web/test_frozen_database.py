"""PostgreSQL is stopped in the middle of a burst: whoever knocks is told to come back, and may soon.

Its system still takes connections and answers keepalives, so only our own patience ends the waiting. The server is
one of this test's own: it is frozen by a signal.
"""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from httpx2 import Response
from sqlalchemy import NullPool, create_engine, text

from notifier.storage.database import open_database
from notifier.storage.migrations.run import migrate
from tests.contexts import KEYRING
from tests.servers import postgres_of_ones_own
from tests.waiting import eventually
from tests.web.refusals import read_problem
from tests.web.site import Site, open_site, receipt, reply

_SOON = 8.0  # seconds; the carrier waits for fifteen
_BURST = 12


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """Every process that serves clients is stopped, and the one that lets new ones in."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        folder = Path(connection.scalar(text("SHOW data_directory")) or "")
        serving = connection.scalars(text("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")).all()
    stopped = [int((folder / "postmaster.pid").read_text().split()[0]), *serving]
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in stopped:
            os.kill(process, signal.SIGCONT)


@pytest.fixture(scope="module")
def own_url() -> Iterator[str]:
    """A migrated database on a server nobody else uses."""
    with postgres_of_ones_own() as url:
        migrate(url)
        yield url


@pytest.fixture(params=["resting", "in use"])
def site(own_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Its connections are tried before they are used, or are not."""
    monkeypatch.setattr("notifier.storage.database._RESTED", 0.0 if request.param == "resting" else 3600.0)
    with open_site(own_url, database=open_database(own_url, KEYRING)) as made:
        yield made


def _knock(site: Site, number: int) -> tuple[Response, float]:
    sid, began = f"SM{uuid4().hex}", time.monotonic()
    if number % 2:
        answer = site.hook("status", receipt(sid, "delivered"))
    else:
        answer = site.hook("inbound", reply(sid, "Two cotton shirts"))
    return answer, time.monotonic() - began


def test_a_burst_of_webhooks_is_told_to_come_back_and_the_next_is_taken(own_url: str, site: Site) -> None:
    referral = site.referral(referral_reference=uuid4().hex)
    assert _knock(site, 0)[0].status_code == 200
    with frozen(own_url), ThreadPoolExecutor(_BURST) as together:
        intake = together.submit(site.submit, referral)
        for answer, took in together.map(lambda number: _knock(site, number), range(_BURST)):
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert read_problem(answer)["mend"] == "Try again in a few seconds."
            assert took < _SOON
        assert intake.result().status_code == 503
    eventually(lambda: _knock(site, 1)[0].status_code == 200, what="A webhook that is taken")
    assert site.submit(referral).status_code in (200, 201), "whether the first was taken, it is one query"
    assert len(site.get("/api/v1/queries", referral_reference=referral["referral_reference"])["items"]) == 1


def test_staff_are_told_too_while_the_process_lives(own_url: str, site: Site) -> None:
    assert site.ask("GET", "/api/v1/queries").status_code == 200
    with frozen(own_url):
        began = time.monotonic()
        read_problem(answer := site.ask("GET", "/api/v1/queries"))
        assert answer.status_code == 503
        assert time.monotonic() - began < _SOON
        assert site.client.get("/healthz").status_code == 200
    eventually(lambda: site.ask("GET", "/api/v1/queries").status_code == 200, what="A database that is asked again")
