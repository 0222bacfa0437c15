"""Three days in which nothing runs while replies reach the carrier: real processes, judged from outside."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from notifier.domain.lifecycle import State
from notifier.service import winding
from tests.drills.customs import referrals
from tests.drills.processes import Api, Installation, Running
from tests.drills.sandbox_carrier import HASTE, SandboxCarrier, installation_with_carrier, start_everything
from tests.waiting import eventually

_SOME = 6  # who answers while nobody listens; as many stay silent


def test_after_three_days_nobody_who_replied_is_reminded_or_called(stack: tuple[str, str], tmp_path: Path) -> None:
    with installation_with_carrier(tmp_path, stack, HASTE | {"SENDING__SEGMENTS_PER_SECOND": "10"}) as (
        notifier,
        carrier,
    ):
        assert notifier.run("migrate").returncode == 0
        running = start_everything(notifier)
        api = notifier.api()
        eventually(lambda: _served(api), within=40, pause=0.2, what="The start")
        rows = [api.submit(**row) for row in referrals(2 * _SOME)]
        eventually(lambda: _states(api, rows) == {State.AWAITING_REPLY}, within=60, pause=0.3, what="Every delivery")
        _stop(running)
        before = len(carrier.texts())
        phones = [text["to"] for text in carrier.texts()][:_SOME]
        for phone in phones:
            _write(carrier, phone, "Two cotton shirts, a gift")
        eventually(lambda: _failed_webhooks(carrier) >= _SOME, within=30, pause=0.2, what="The webhooks' failing")
        _wind(notifier, timedelta(days=3, hours=1))
        start_everything(notifier)
        eventually(lambda: _served(api), within=40, pause=0.2, what="The second start")
        ends = {State.REPLIED, State.ESCALATED}
        eventually(lambda: _states(api, rows) == ends, within=60, pause=0.5, what="What was due")
        _judge(api, carrier, rows, phones)
        assert len(carrier.texts()) == before, "no reminder, and nothing twice"


def _judge(api: Api, carrier: SandboxCarrier, rows: list[dict[str, Any]], phones: list[str]) -> None:
    """Who replied is read by staff; each of the others is called once."""
    to = {text["to"]: text["body"] for text in carrier.texts()}
    for row in rows:
        seen = api.see(row["id"])
        replied = any(row["code"] in to[phone] for phone in phones)
        open_now = [(one["team"], one["reason"]) for one in seen["handoffs"] if not one["closed_at"]]
        assert open_now == ([("staff", "review_reply")] if replied else [("hotline", "no_reply")])
        closings = [entry for entry in seen["history"] if entry["event"] == "window_closed"]
        assert len(closings) == (0 if replied else 1)
        assert [text["kind"] for text in seen["texts"]] == ["question"]


def _served(api: Api) -> bool:
    try:
        return api.http.get("/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def _states(api: Api, rows: list[dict[str, Any]]) -> set[str]:
    return {api.see(row["id"])["state"] for row in rows}


def _stop(running: list[Running]) -> None:
    for one in running:
        one.kill()


def _write(carrier: SandboxCarrier, phone: str, words: str) -> None:
    answer = carrier.http.post("/control/reply", json={"from": phone, "body": words})
    assert answer.status_code == 201, answer.text


def _failed_webhooks(carrier: SandboxCarrier) -> int:
    """Replies of which every try to tell us has failed."""
    log = carrier.http.get("/control/log").json()["messages"]
    return sum(len(message["webhooks"]) >= 4 for message in log if message["direction"] == "inbound")


def _wind(notifier: Installation, by: timedelta) -> None:
    """Business time passes while nothing runs."""
    with notifier.inside() as runtime:
        winding.advance(runtime.ctx, by)


@pytest.mark.parametrize("strange", ["2026-11-24", "yesterday", "2026-11-24T00:00"])
def test_a_reconcile_by_hand_wants_a_time_that_nobody_has_to_guess(tmp_path: Path, strange: str) -> None:
    with Installation(tmp_path) as notifier:
        refused = notifier.run("reconcile", "--since", strange)
        assert refused.returncode == 2
        assert "2026-11-24T00:00+08:00" in refused.stderr


def test_a_reconcile_by_hand_finds_what_was_missed_with_everything_down(sqlite_url: str, tmp_path: Path) -> None:
    with installation_with_carrier(tmp_path, (sqlite_url, "memory://"), HASTE) as (notifier, carrier):
        running = notifier.up()
        api = notifier.api()
        query = api.submit()
        eventually(lambda: _states(api, [query]) == {State.AWAITING_REPLY}, within=30, what="The delivery")
        running.kill()
        _write(carrier, carrier.texts()[0]["to"], "Two cotton shirts, a gift")
        by_hand = ("reconcile", "--since", "2026-11-01T00:00+08:00")
        found = notifier.run(*by_hand)
        assert (found.returncode, found.stderr) == (0, "")
        lines = [line.split() for line in found.stdout.splitlines()]
        assert ["replies", "1", "1", "0", "0"] in lines
        assert ["texts", "1", "0", "1", "0"] in lines
        assert ["replies", "1", "0", "1", "0"] in [line.split() for line in notifier.run(*by_hand).stdout.splitlines()]
        carrier.stop()
        silent = notifier.run(*by_hand)
        assert silent.returncode == 1
        assert "not complete" in silent.stdout
        notifier.web()
        assert api.see(query["id"])["state"] == "replied"
