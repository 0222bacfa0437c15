"""One call for a person with many items: what the API shows of it, and one answer for several items."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from notifier.domain.number_health import NumberPolicy
from notifier.domain.permissions import Role
from notifier.service.alarm_conditions import new_handoffs
from tests.journeys.crowd import item
from tests.web.refusals import Refusals
from tests.web.site import Json, Site, fields_of, open_site


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """As delivered: three queries of a phone are put to it by text."""
    with open_site(database_url, numbers=NumberPolicy()) as opened:
        yield opened


def crowd(site: Site, number: int = 6) -> list[str]:
    """Ids of so many queries on one phone."""
    return [str(site.take(item_id=item(place))["id"]) for place in range(number)]


def the_call(site: Site) -> Json:
    listed = site.get("/api/v1/handoffs", team="hotline")["items"]
    (call,) = [one for one in listed if one["reason"] == "many_queries"]
    return dict(call)


def propose(site: Site, call: Json, query_ids: list[str], *, preview: bool = False) -> Json:
    body = {"answer": "Wooden toys", "query_ids": query_ids}
    parameters = {"preview": "true"} if preview else {}
    answer = site.ask("POST", f"/api/v1/handoffs/{call['id']}/propose", body, role=Role.HOTLINE, params=parameters)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_the_list_shows_one_call_with_every_item(site: Site) -> None:
    taken = crowd(site)
    call = the_call(site)
    assert len(site.get("/api/v1/handoffs")["items"]) == 1
    assert (call["reason"], call["mobile"]) == ("many_queries", "+852 •••• 4567")
    assert [(one["query_id"], one["item_id"]) for one in call["queries"]] == [
        (taken[place], item(place)) for place in range(3, 6)
    ]
    assert site.see(taken[5])["call"]["id"] == call["id"]
    assert site.see(taken[5])["handoffs"][0]["call_id"] == call["id"]
    assert site.see(taken[0])["call"] is None


def test_one_answer_is_proposed_for_chosen_items_and_accepted_item_by_item(site: Site) -> None:
    """Also for one that a text still asks about: the sender spoke of it in the same call."""
    taken = crowd(site)
    call = the_call(site)
    chosen = [taken[0], taken[3], taken[4]]
    told = propose(site, call, chosen)
    assert [(one["id"], one["state"]) for one in told["proposed"]] == [(one, "replied") for one in chosen]
    for query_id in chosen:
        seen = site.see(query_id)
        assert [(one["state"], one["text"]) for one in seen["answers"]] == [("proposed", "Wooden toys")]
        assert seen["history"][-1]["detail"]["call"] == call["id"]
        assert site.open_handoffs(query_id) == [("staff", "review_reply")]
    assert site.done(taken[3], "accept", {"code": "R100"})["outcome"] == "answered"
    assert site.see(taken[4])["state"] == "replied", "each is accepted by itself"
    left = [one["query_id"] for one in the_call(site)["queries"] if one["closed_at"] is None]
    assert left == [taken[5]]


def test_a_preview_tells_and_keeps_nothing(site: Site) -> None:
    taken = crowd(site)
    call = the_call(site)
    told = propose(site, call, taken[3:], preview=True)
    assert told["preview"]
    assert all(one["consequences"] for one in told["proposed"])
    assert [site.see(one)["state"] for one in taken[3:]] == ["escalated"] * 3
    assert the_call(site) == call


def test_all_of_them_or_none_and_every_wrong_one_is_named(site: Site) -> None:
    taken, stranger = crowd(site), str(site.take(sender_mobile="6123 4567")["id"])
    site.done(taken[4], "withdraw")
    unknown = str(uuid4())
    given = [taken[3], taken[4], stranger, taken[3], unknown]
    path = f"/api/v1/handoffs/{the_call(site)['id']}/propose"
    problem = Refusals(site).expect(422, "POST", path, body={"answer": "Toys", "query_ids": given})
    assert list(fields_of(problem)) == [f"query_ids[{place}]" for place in (1, 2, 3, 4)]
    messages = [error["message"] for error in problem["errors"]]
    assert messages[0] == f"{taken[4]} is closed."
    # What is another person's reads as what is not there.
    assert messages[1].replace(stranger, "") == messages[3].replace(unknown, "")


def test_only_a_joint_call_that_is_open_and_ones_own_takes_one_answer_for_many(site: Site) -> None:
    alone = str(site.take(sender_mobile="6123 4567", questions=[{"code": "F102"}])["id"])
    (single,) = site.see(alone)["handoffs"]
    taken = crowd(site)
    call = the_call(site)
    body = {"answer": "Toys", "query_ids": [taken[3]]}
    refuse = Refusals(site).expect
    refuse(409, "POST", f"/api/v1/handoffs/{single['id']}/propose", body=body)
    refuse(404, "POST", f"/api/v1/handoffs/{uuid4()}/propose", body=body)
    path = f"/api/v1/handoffs/{call['id']}"
    assert site.ask("POST", f"{path}/claim").status_code == 200
    refuse(409, "POST", f"{path}/propose", body=body, role=Role.HOTLINE)
    refuse(422, "POST", f"{path}/propose", body=body | {"query_ids": []})
    refuse(422, "POST", f"{path}/propose", body=body | {"answer": " "})
    done = site.ask("POST", f"{path}/done", {"because": "called"}).json()
    assert "3 of its queries are still open" in done["consequences"][0]
    refuse(409, "POST", f"{path}/propose", body=body)


def test_the_number_of_calls_is_what_figures_and_alarms_count(site: Site) -> None:
    crowd(site, 30)
    figures = site.ask("GET", "/metrics", role=Role.OPS).text
    assert 'notifier_handoffs_open{reason="many_queries",team="hotline"} 1.0' in figures
    with site.parts.ctx.database.read() as session:
        alarm = new_handoffs(session, site.parts.ctx)
    assert alarm is not None
    assert (alarm.people, alarm.weight) == (1, 1)
