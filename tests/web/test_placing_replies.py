"""Which query is this reply about, over HTTP: asking back through signed webhooks, and staff who move a reply."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from notifier.domain.permissions import Role
from notifier.service.webhooks import process_webhooks
from tests.contexts import HEARD
from tests.web.site import Json, Site, fields_of, open_site, reply

FIRST, SECOND = "RR123456785HK", "CP203011144HK"
STRANGER = "+85261234567"
_sids = count(1)


@pytest.fixture(params=sorted(HEARD))
def heard(request: pytest.FixtureRequest, database_url: str) -> Iterator[Site]:
    """A site in each way to be heard, on each database."""
    with open_site(database_url, **HEARD[request.param]) as site:
        yield site


def write(site: Site, body: str, **more: str) -> None:
    """A phone writes, and a worker comes by."""
    assert site.hook("inbound", reply(f"SMhttp{next(_sids):06}", body, **more)).status_code == 200
    process_webhooks(site.world.ctx)


def state(site: Site, query: Json) -> str:
    return str(site.see(query["id"])["state"])


def words(site: Site, query: Json) -> list[str]:
    return [one["text"] for one in site.see(query["id"])["replies"]]


def listed(site: Site, reason: str) -> list[Json]:
    """What waits for people for this reason."""
    return [one for one in site.get("/api/v1/handoffs")["items"] if one["reason"] == reason]


def two(site: Site) -> tuple[Json, Json]:
    return site.texted(item_id=FIRST), site.texted(item_id=SECOND)


def test_a_reply_that_fits_two_queries_is_asked_back_and_a_number_answers_one(heard: Site) -> None:
    first, second = two(heard)
    write(heard, "wooden toys")
    assert [state(heard, one) for one in (first, second)] == ["awaiting_reply"] * 2
    (which,) = heard.world.send()
    assert f"1) {FIRST} 2) {SECOND}" in which.outgoing.body
    write(heard, "2")
    assert [state(heard, one) for one in (first, second)] == ["awaiting_reply", "replied"]
    assert (words(heard, first), words(heard, second)) == ([], ["wooden toys", "2"])
    (answer,) = heard.see(second["id"])["answers"]
    assert (answer["state"], answer["text"]) == ("proposed", "wooden toys")
    assert heard.world.send() == []
    assert listed(heard, "which_query") == []
    heard.world.wind(timedelta(minutes=5))
    assert [one["query_code"] for one in listed(heard, "review_reply")] == [second["code"]]


def test_after_an_hour_the_reply_lies_in_triage_and_is_moved_in_one_step(heard: Site) -> None:
    first, second = two(heard)
    write(heard, "wooden toys")
    heard.world.send()
    write(heard, "as I told you")
    heard.world.wind(timedelta(minutes=61))
    (triage,) = listed(heard, "which_query")
    assert triage["reply"]["text"] == "wooden toys"
    assert [one["text"] for one in triage["reply"]["held_with"]] == ["as I told you"]
    held = [triage["reply"]["id"], triage["reply"]["held_with"][0]["id"]]
    for reply_id in held:
        heard.post(f"/api/v1/replies/{reply_id}/move", {"query_id": first["id"]})
    assert listed(heard, "which_query") == []
    assert [state(heard, one) for one in (first, second)] == ["replied", "awaiting_reply"]
    assert words(heard, first) == ["wooden toys", "as I told you"]


def test_a_stranger_s_reply_is_tried_then_moved_and_cannot_be_moved_there_twice(heard: Site) -> None:
    query = heard.texted(item_id=FIRST)
    write(heard, "wooden toys, from my wife's phone", From=STRANGER)
    (triage,) = listed(heard, "unmatched_reply")
    assert STRANGER not in str(triage), "numbers are masked"
    path, body = f"/api/v1/replies/{triage['reply']['id']}/move", {"query_id": query["id"]}
    tried = heard.ask("POST", path, body, params={"preview": "true"}).json()
    assert (tried["preview"], state(heard, query), words(heard, query)) == (True, "awaiting_reply", [])
    done = heard.post(path, body)
    assert done == tried | {"preview": False}
    assert any("was not texted about this query" in sentence for sentence in done["consequences"])
    assert (state(heard, query), listed(heard, "unmatched_reply")) == ("replied", [])
    assert heard.ask("POST", path, body).status_code == 409


def test_a_misfiled_reply_is_traced_on_both_queries(heard: Site) -> None:
    first, second = two(heard)
    write(heard, f"{FIRST} books")
    (filed,) = heard.see(first["id"])["replies"]
    heard.post(f"/api/v1/replies/{filed['id']}/move", {"query_id": second["id"]})
    gone, come = heard.see(first["id"]), heard.see(second["id"])
    assert [one["state"] for one in gone["answers"]] == ["withdrawn"]
    assert [one["text"] for one in come["answers"]] == [f"{FIRST} books"]
    (taken_away,) = [one for one in gone["history"] if one["event"] == "reply_taken_away"]
    (moved,) = [one for one in come["history"] if one["event"] == "reply_moved"]
    assert taken_away["detail"] == {"reply": filed["id"], "to": second["id"]}
    assert moved["detail"] == {"reply": filed["id"], "from": first["id"]}
    assert taken_away["actor"] == moved["actor"] == f"the {Role.LIAISON}"
    assert heard.world.send() == [], "nobody is texted because staff filed something"


@pytest.mark.parametrize("body", [{}, {"query_id": None}, {"query_id": ""}, {"query_id": "nobody"}, {"nowhere": False}])
def test_a_reply_goes_back_to_triage_only_when_that_is_said(site: Site, body: Json) -> None:
    query = site.replied()
    (filed,) = site.see(query["id"])["replies"]
    path = f"/api/v1/replies/{filed['id']}/move"
    refused = site.ask("POST", path, body)
    assert (refused.status_code, fields_of(refused.json())) == (422, ["query_id"])
    assert len(words(site, query)) == 1
    site.post(path, {"nowhere": True})
    assert words(site, query) == []
    assert [one["reply"]["id"] for one in listed(site, "unmatched_reply")] == [filed["id"]]


def test_a_reply_cannot_belong_to_a_query_and_nowhere(site: Site) -> None:
    query = site.replied()
    (filed,) = site.see(query["id"])["replies"]
    both = {"query_id": query["id"], "nowhere": True}
    refused = site.ask("POST", f"/api/v1/replies/{filed['id']}/move", both)
    assert (refused.status_code, fields_of(refused.json())) == (422, ["query_id"])
