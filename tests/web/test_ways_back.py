"""Ways back: phones that may be texted after all, webhooks that are tried again. No number stands in an address."""

import re
from typing import Any

import pytest
from sqlalchemy import text

from notifier.domain.permissions import Role
from notifier.service import webhooks
from notifier.service.webhooks import process_webhooks
from notifier.storage.models.inbound import WebhookKind
from tests.journeys.world import MOBILE
from tests.web.refusals import read_problem
from tests.web.site import Json, Site, reply

_FIND, _FAILED = "/api/v1/suppressions/find", "/api/v1/webhooks/failed"
# Ids and instants: any four digits stand in them by chance.
_BY_CHANCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+")


def test_a_phone_may_be_texted_again_once_somebody_says_why(site: Site) -> None:
    query_id = site.texted()["id"]
    site.world.reply("打錯")
    (found,) = site.post(_FIND, {"mobile": "9123 4567"})["items"]
    assert (found["reason"], found["evidence"]) == ("wrong_number", "the sender's reply (wrong_number)")
    assert found["reply_id"] == site.see(query_id)["replies"][0]["id"]
    lifted = site.post(f"/api/v1/suppressions/{found['id']}/lift", {"because": "it was the child"})
    assert (lifted["lifted_by"], lifted["lifted_because"]) == ("the liaison", "it was the child")
    assert lifted["since"] <= lifted["lifted_at"]
    assert len(lifted["consequences"]) == 2
    assert site.post(_FIND, {"mobile": MOBILE})["items"] == []
    assert site.done(query_id, "ask-again")["state"] == "received"
    assert len(site.world.send()) == 1
    again = site.ask("POST", f"/api/v1/suppressions/{found['id']}/lift", {"because": "twice"})
    assert again.status_code == 409
    read_problem(again)


def test_neither_list_shows_a_number(site: Site) -> None:
    site.world.reply("STOP")
    shown = site.ask("POST", _FIND, {"mobile": MOBILE}).text
    assert "opted_out" in shown
    assert MOBILE[-4:] not in _BY_CHANCE.sub("", shown)


@pytest.mark.parametrize("role", [Role.HOTLINE, Role.OPS])
def test_who_may_not_lift_may_not_ask_whose_phone_is_on_the_list_either(site: Site, role: Role) -> None:
    assert site.ask("POST", _FIND, {"mobile": MOBILE}, role=role).status_code == 403


def test_the_hotline_corrects_the_number_it_has_found_out(site: Site) -> None:
    query_id = site.take(sender_mobile="")["id"]
    body = {"sender_mobile": "6123 9876"}
    assert site.ask("POST", f"/api/v1/queries/{query_id}/correct", body, role=Role.HOTLINE).status_code == 200
    assert [posted.outgoing.to for posted in site.world.send()] == ["+85261239876"]


@pytest.fixture
def broken(site: Site, monkeypatch: pytest.MonkeyPatch) -> Json:
    """A reply that nobody could work on in five tries."""
    monkeypatch.setitem(webhooks._WORK, WebhookKind.INBOUND, _break)
    assert site.hook("inbound", reply("SMin1", "Two cotton shirts")).status_code == 200
    for _ in range(7):
        process_webhooks(site.parts.ctx)
        with site.parts.ctx.database.engine.begin() as connection:
            connection.execute(text("UPDATE webhooks SET next_try_at = received_at"))
    monkeypatch.undo()
    (failed,) = site.get(_FAILED, role=Role.OPS)["items"]
    return dict(failed)


def _break(*_arguments: Any) -> None:
    raise ZeroDivisionError


def test_what_broke_its_workers_is_listed_without_what_it_holds(site: Site, broken: Json) -> None:
    assert set(broken) == {"id", "kind", "tries", "received_at"}
    assert (broken["kind"], broken["tries"]) == ("inbound", 6)
    (told,) = site.get("/api/v1/handoffs")["items"]
    assert broken["id"] in told["sentence"]


def test_it_is_tried_again_and_takes_effect(site: Site, broken: Json) -> None:
    query_id = site.texted()["id"]
    assert site.post(f"/api/v1/webhooks/{broken['id']}/retry", {}, role=Role.OPS)["state"] == "pending"
    assert site.get("/api/v1/handoffs")["items"] == []
    assert site.get(_FAILED, role=Role.OPS)["items"] == []
    process_webhooks(site.parts.ctx)
    assert site.see(query_id)["state"] == "replied"
    again = site.ask("POST", f"/api/v1/webhooks/{broken['id']}/retry", role=Role.OPS)
    assert again.status_code == 409
    read_problem(again)
