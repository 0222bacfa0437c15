"""What goes wrong on demand, and that it goes wrong just so."""

import time
from typing import Any

import httpx2
import pytest

from tests.sandbox.schemas import check
from tests.sandbox.serving import Receiver, SandboxServer
from tests.waiting import eventually

# The first of two coins falls on its face, the second does not.
_FIRST_NOT_SECOND = 8


def test_lost_callbacks_leave_the_text_delivered(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.misbehave(lose=1)
    lost = sandbox.accepted(StatusCallback=receiver.status_url)["sid"]
    sandbox.settled(lost, "delivered")
    sandbox.misbehave(lose=0)
    told = sandbox.accepted(StatusCallback=receiver.status_url)["sid"]
    eventually(lambda: receiver.statuses(told) == ["sent", "delivered"])
    assert receiver.statuses(lost) == []


def test_callbacks_are_doubled(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.misbehave(double=1)
    sid = sandbox.accepted(StatusCallback=receiver.status_url)["sid"]
    eventually(lambda: len(receiver.webhooks) == 4)
    assert sorted(receiver.statuses(sid)) == ["delivered", "delivered", "sent", "sent"]


def test_callbacks_overtake_each_other(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.misbehave(reorder=0.5, seed=_FIRST_NOT_SECOND)
    sid = sandbox.accepted(StatusCallback=receiver.status_url)["sid"]
    eventually(lambda: len(receiver.webhooks) == 2)
    assert receiver.statuses(sid) == ["delivered", "sent"]


def test_a_delay_holds_back_what_comes_under_it(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.misbehave(delay=3600)
    held = sandbox.accepted(StatusCallback=receiver.status_url)["sid"]
    sandbox.misbehave(delay=0)
    sandbox.settled(sandbox.accepted()["sid"], "delivered")
    assert sandbox.fetch(held)["status"] == "queued"


def test_a_dropped_line_leaves_a_text_nobody_answered_for(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.misbehave(drop_after_accept=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        sandbox.post(Body="Ref K7F29QXA", StatusCallback=receiver.status_url)
    (kept,) = sandbox.page()["messages"]
    assert kept["body"] == "Ref K7F29QXA"
    eventually(lambda: receiver.statuses(kept["sid"]) == ["sent", "delivered"])


@pytest.mark.parametrize(
    ("mischief", "status", "code", "retry_after"),
    [({"error_429": 1}, 429, 20429, "1"), ({"error_500": 1}, 500, 20500, None)],
)
def test_errors_come_on_demand(
    sandbox: SandboxServer, mischief: dict[str, float], status: int, code: int, retry_after: str | None
) -> None:
    sandbox.misbehave(**mischief)
    answer = sandbox.post()
    check(answer.json(), "error")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == retry_after
    assert sandbox.page()["messages"] == []


def test_it_can_be_slow(sandbox: SandboxServer) -> None:
    sandbox.misbehave(slow=0.3)
    before = time.monotonic()
    sandbox.accepted()
    assert time.monotonic() - before >= 0.3


def test_a_seed_makes_chance_repeatable(sandbox: SandboxServer) -> None:
    def rolled() -> list[int]:
        sandbox.misbehave(error_500=0.5, seed=7)
        return [sandbox.post().status_code for _ in range(20)]

    first = rolled()
    assert set(first) == {201, 500}
    assert rolled() == first


def test_one_reset_ends_all_mischief_and_forgets(sandbox: SandboxServer) -> None:
    sandbox.accepted()
    sandbox.misbehave(error_500=1, slow=0.1)
    assert sandbox.http.post("/control/reset").status_code == 200
    assert sandbox.page()["messages"] == []
    assert set(sandbox.http.get("/control/mischief").json().values()) == {0.0, None}
    sandbox.accepted()


@pytest.mark.parametrize("wanted", [{"loose": 1}, {"lose": -1}, {"lose": "often"}, {"lose": True}, [1], "nothing"])
def test_mischief_that_does_not_exist_is_refused_in_words(sandbox: SandboxServer, wanted: Any) -> None:
    answer = sandbox.http.post("/control/mischief", json=wanted)
    assert answer.status_code == 400
    assert len(answer.json()["error"].split()) > 3
    assert sandbox.http.get("/control/mischief").json()["lose"] == 0
