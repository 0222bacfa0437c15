"""Customs asks by API: new, known, contradicted; once however often it is said, and never waiting for the broker."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

import pytest
from httpx2 import Response

from notifier.domain.permissions import Role
from notifier.runtime.queue import make_celery
from notifier.runtime.waker import Waker
from notifier.storage.database import Wake, open_database
from tests.contexts import KEYRING
from tests.servers import free_port
from tests.web.refusals import read_problem
from tests.web.rows import all_rows, changed_tables
from tests.web.site import Json, Site, open_site

# Seconds: far more than five requests take, less than one that waited for a silent broker's answer (5 s).
_AT_ONCE = 4.0


def test_a_new_referral_is_201_and_leads_to_one_text(site: Site) -> None:
    answer = site.submit(site.referral(referral_reference="REF-1"))
    assert answer.status_code == 201
    taken = answer.json()
    assert UUID(taken["id"]).version == 7
    assert len(taken["code"]) == 8
    assert taken["state"] == "received"
    assert answer.headers["location"] == f"/api/v1/queries/{taken['id']}"
    assert site.see(taken["id"])["referral_reference"] == "REF-1"
    (posted,) = site.world.send()
    assert taken["code"] in posted.outgoing.body


@pytest.mark.parametrize("changes", [{}, {"kind": "RFS", "questions": []}], ids=["by text", "by people"])
def test_a_new_referral_and_a_known_one_are_told_alike(site: Site, changes: Json) -> None:
    referral = site.referral(**changes)
    new, known = site.submit(referral), site.submit(referral)
    assert (new.status_code, known.status_code) == (201, 200)
    assert new.json() == known.json()
    (listed,) = site.get("/api/v1/queries")["items"]
    assert list(new.json()) == list(known.json()) == list(listed)
    assert new.json()["next_due_at"] is not None


def test_the_same_referral_again_is_200_with_the_known_query(site: Site) -> None:
    referral = site.referral()
    first = site.submit(referral).json()
    site.world.send()
    before = all_rows(site.parts.ctx)
    for again in (referral, referral | {"mrn": "", "kind": "rfi", "item_id": " rr 123456785 hk "}):
        answer = site.submit(again)
        assert answer.status_code == 200
        assert {name: answer.json()[name] for name in ("id", "code", "state")} == {
            name: first[name] for name in ("id", "code", "state")
        }
    assert changed_tables(before, all_rows(site.parts.ctx)) == []
    assert site.world.send() == []


@pytest.mark.parametrize("changes", [{"authority": "CH"}, {"mrn": "26DE0000000000001X"}, {"referral_reference": "R 2"}])
def test_another_authority_mrn_or_reference_is_another_query(site: Site, changes: Json) -> None:
    referral = site.referral()
    first = site.submit(referral).json()
    other = site.submit(referral | changes)
    assert other.status_code == 201
    assert other.json()["id"] != first["id"]


@pytest.mark.parametrize(
    ("changes", "differing"),
    [
        ({"sender_mobile": "6987 5310"}, ["sender_mobile"]),
        ({"questions": [{"code": "F605"}, {"code": "F606"}]}, ["questions"]),
        ({"destination": "FR", "language": "zh-Hant"}, ["destination", "language"]),
    ],
)
def test_other_content_is_409_kept_for_staff_and_not_applied(site: Site, changes: Json, differing: list[str]) -> None:
    referral = site.referral()
    known = site.submit(referral).json()
    before = site.see(known["id"])
    answers = [site.submit(referral | changes) for _ in range(2)]
    for answer in answers:
        assert answer.status_code == 409
        problem = read_problem(answer)
        assert {name: problem[name] for name in ("id", "code", "state")} == {
            name: known[name] for name in ("id", "code", "state")
        }
    seen = site.see(known["id"])
    (conflict,) = seen["conflicts"]
    assert conflict["fields"] == differing
    assert [answer.json()["conflict_id"] for answer in answers] == [conflict["id"]] * 2
    assert conflict["referral"]["sender_mobile"][:-4] == "+852 •••• "
    assert site.open_handoffs(known["id"]) == [("staff", "conflict")]
    assert [entry["event"] for entry in seen["history"]] == ["intake_accepted", "conflict_recorded"]
    applied = ("state", "destination", "language", "mobile", "rounds", "texts", "next_due_at")
    assert {name: seen[name] for name in applied} == {name: before[name] for name in applied}
    assert len(site.world.send()) == 1, "the query goes on as it was"


def test_the_same_idempotency_key_and_body_is_the_same_query(site: Site) -> None:
    referral = site.referral()
    first, again = (site.submit(referral, **{"Idempotency-Key": "request-1"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_an_idempotency_key_with_another_body_is_422_and_changes_nothing(site: Site) -> None:
    referral = site.referral()
    site.submit(referral, **{"Idempotency-Key": "request-1"})
    before = all_rows(site.parts.ctx)
    for other in (site.referral(), referral | {"language": "zh-Hans"}):
        answer = site.submit(other, **{"Idempotency-Key": "request-1"})
        assert answer.status_code == 422
        assert "Idempotency-Key" in read_problem(answer)["mend"]
    assert changed_tables(before, all_rows(site.parts.ctx)) == []
    assert site.submit(referral | {"referral_reference": "R-2"}, **{"Idempotency-Key": "request-2"}).status_code == 201


def test_two_clients_may_use_the_same_idempotency_key(site: Site) -> None:
    site.submit(site.referral(), **{"Idempotency-Key": "1"})
    answer = site.ask("POST", "/api/v1/queries", site.referral(), role=Role.ADMIN, headers={"Idempotency-Key": "1"})
    assert answer.status_code == 201


@pytest.mark.parametrize("keys", [[], ["one-and-the-same"], [f"key-{number}" for number in range(8)]])
def test_the_same_request_many_times_at_once_is_one_query(site: Site, keys: list[str]) -> None:
    referral = site.referral()

    def submit(number: int) -> Response:
        headers = {"Idempotency-Key": keys[number % len(keys)]} if keys else {}
        return site.submit(referral, **headers)

    with ThreadPoolExecutor(8) as together:
        answers = list(together.map(submit, range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(site.get("/api/v1/queries")["items"]) == 1
    assert len(site.world.send()) == 1


@contextmanager
def _refusing() -> Iterator[int]:
    """The port of a broker that is down."""
    yield free_port()


@contextmanager
def _frozen() -> Iterator[int]:
    """The port of a broker that is frozen: the system takes the connection, and nobody ever speaks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


# Once on each database: to give up a dead broker at the end takes the waker seconds.
@pytest.mark.parametrize(("url", "broker"), [("sqlite_url", _refusing), ("postgres_database_url", _frozen)])
def test_a_dead_broker_neither_slows_nor_fails_intake(
    request: pytest.FixtureRequest, url: str, broker: Callable[[], AbstractContextManager[int]]
) -> None:
    database_url = request.getfixturevalue(url)
    with broker() as port:
        waker = Waker(make_celery(f"redis://127.0.0.1:{port}/0", sweep_every=1.0))
        with open_site(database_url, database=open_database(database_url, KEYRING, waker.wake)) as site:
            began = time.monotonic()
            ids = {site.take()["id"] for _ in range(5)}
            assert time.monotonic() - began < _AT_ONCE
            assert len(site.world.send()) == len(ids) == 5, "the rows are there for whoever sweeps"
    waker.close()


def test_a_wake_goes_out_only_for_what_gives_a_worker_something_to_do(database_url: str) -> None:
    wakes: list[Wake] = []
    with open_site(database_url, database=open_database(database_url, KEYRING, wakes.append)) as site:
        taken = site.take()
        assert wakes == [Wake.SEND]
        site.decide(taken["id"], "ask-again", preview=True)
        site.take(kind="RFS", questions=[])
        assert wakes == [Wake.SEND], "neither a preview nor a query for people wakes the senders"
