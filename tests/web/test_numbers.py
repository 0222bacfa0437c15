"""Numbers over HTTP: the list, how a number fares, what the hotline heard in a call. No number stands in an answer."""

import json
import re

import pytest

from notifier.domain.permissions import Role
from tests.journeys.world import MOBILE
from tests.web.refusals import read_problem
from tests.web.site import Json, Site, fields_of

_LIST, _FIND, _OVERRIDE = "/api/v1/suppressions", "/api/v1/numbers/find", "/api/v1/numbers/override"
_SPOKEN = "9123 4567"
# Ids and instants: any four digits stand in them by chance.
_BY_CHANCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+")


def found(site: Site) -> Json:
    """What staff see of the number."""
    seen = site.post(_FIND, {"mobile": _SPOKEN})
    assert MOBILE[-4:] not in _BY_CHANCE.sub("", json.dumps(seen))
    return dict(seen)


def fails(site: Site, code: int = 30005) -> str:
    """A query whose question did not arrive."""
    taken = site.submit(site.referral(sender_mobile=_SPOKEN)).json()
    (posted,) = site.world.send()
    site.world.receipt(posted, "undelivered", code)
    return str(taken["id"])


def add(site: Site, **changes: str) -> Json:
    body = {"mobile": _SPOKEN, "reason": "prefers_calls", "because": "the sender asked to be called"}
    answer = site.ask("POST", _LIST, body | changes)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


def test_a_number_nobody_knows_may_be_texted(site: Site) -> None:
    seen = found(site)
    assert (seen["textable"], seen["why_not"], seen["suppressions"]) == (True, None, [])
    assert (seen["health"]["verdict"], seen["health"]["texts_in_day"]) == ("healthy", 0)


def test_staff_see_what_failed_when_and_what_to_do(site: Site) -> None:
    fails(site, 30005)
    query_id = fails(site, 30006)
    seen = found(site)
    assert not seen["textable"]
    assert "call the sender, or correct the number" in seen["why_not"]
    health = seen["health"]
    assert (health["verdict"], health["failures_in_a_row"], health["texts_in_day"]) == ("failing", 2, 2)
    assert health["failures"] == {"landline": 1, "unknown_subscriber": 1}
    assert health["last_failed_at"].endswith("+08:00")
    assert site.see(query_id)["number"] == seen


def test_a_query_shows_its_number_only_when_it_can_be_texted(site: Site) -> None:
    landline = site.submit(site.referral(sender_mobile="2345 6789")).json()
    assert site.see(landline["id"])["number"] is None


def test_a_phone_goes_on_the_list_once_and_its_queries_to_the_hotline(site: Site) -> None:
    query_id = site.texted()["id"]
    new = add(site)
    assert (new["reason"], new["source"], new["recorded_by"]) == ("prefers_calls", "staff", "the liaison")
    assert (new["because"], new["old"]) == ("the sender asked to be called", False)
    assert "1 open queries go to the hotline" in " ".join(new["consequences"])
    assert site.open_handoffs(query_id) == [("hotline", "prefers_calls")]
    assert add(site)["id"] == new["id"]
    assert found(site)["suppressions"][0]["id"] == new["id"]


def test_a_phone_goes_on_the_list_by_a_query_that_has_it(site: Site) -> None:
    query_id = site.texted()["id"]
    body = {"query_id": query_id, "reason": "wrong_number", "because": "a stranger answered the phone"}
    answer = site.ask("POST", _LIST, body, role=Role.HOTLINE)
    assert answer.status_code == 201
    assert found(site)["suppressions"][0]["reason"] == "wrong_number"


def test_the_list_is_narrowed_and_paged(site: Site) -> None:
    entries = [add(site, mobile=f"6123 450{place}") for place in range(3)]
    site.post(f"{_LIST}/{entries[0]['id']}/lift", {"because": "they like texts now"})
    first = site.get(_LIST, limit=2)
    rest = site.get(_LIST, limit=2, cursor=first["next_cursor"])
    assert [entry["id"] for entry in [*first["items"], *rest["items"]]] == [one["id"] for one in reversed(entries)]
    (lifted,) = site.get(_LIST, in_force="false")["items"]
    assert (lifted["lifted_by"], lifted["lifted_because"]) == ("the liaison", "they like texts now")
    assert site.get(_LIST, reason="opted_out")["items"] == []
    assert site.get(_LIST, old="true")["items"] == []


def test_the_hotline_records_a_wish_for_calls_as_it_finishes_a_call(site: Site) -> None:
    query_id = site.submit(site.referral(questions=[{"code": "F102"}], sender_mobile=_SPOKEN)).json()["id"]
    (handoff,) = site.see(query_id)["handoffs"]
    body = {"because": "called the sender", "suppress": "prefers_calls"}
    answer = site.ask("POST", f"/api/v1/handoffs/{handoff['id']}/done", body, role=Role.HOTLINE)
    assert answer.status_code == 200, answer.text
    entry = answer.json()["suppression"]
    assert (entry["source"], entry["handoff_id"], entry["recorded_by"]) == ("hotline", handoff["id"], "the hotline")
    assert found(site)["suppressions"][0]["id"] == entry["id"]
    following = site.submit(site.referral(sender_mobile=_SPOKEN)).json()
    assert site.open_handoffs(following["id"]) == [("hotline", "prefers_calls")]


def test_operations_finish_handoffs_and_put_nobody_on_the_list(site: Site) -> None:
    query_id = site.submit(site.referral(questions=[{"code": "F102"}])).json()["id"]
    (handoff,) = site.see(query_id)["handoffs"]
    body = {"because": "called the sender", "suppress": "prefers_calls"}
    answer = site.ask("POST", f"/api/v1/handoffs/{handoff['id']}/done", body, role=Role.OPS)
    assert answer.status_code == 403
    assert "record_suppressions" in read_problem(answer)["detail"]
    assert site.see(query_id)["handoffs"][0]["closed_at"] is None


def test_a_number_is_texted_again_once_somebody_says_why(site: Site) -> None:
    fails(site)
    fails(site)
    done = site.post(_OVERRIDE, {"mobile": _SPOKEN, "because": "the handset is on again"})
    assert done["textable"]
    assert done["health"]["overridden_at"] is not None
    assert "Nothing goes out by itself" in " ".join(done["consequences"])


def test_one_query_is_texted_in_spite_of_its_number(site: Site) -> None:
    fails(site)
    query_id = fails(site)
    done = site.done(query_id, "ask-again", {"despite_health": "the sender waits for it"})
    assert done["state"] == "received"
    number = site.see(query_id)["number"]
    assert (number["overridden_for_query"], number["textable"]) == (True, True)
    assert not found(site)["textable"]


@pytest.mark.parametrize(
    ("address", "body", "fields"),
    [
        (_LIST, {}, ["because", "reason"]),
        (_LIST, {"mobile": _SPOKEN, "reason": "rude", "because": "b"}, ["reason"]),
        (_LIST, {"reason": "opted_out", "because": "b"}, ["mobile"]),
        (_LIST, {"mobile": "none", "reason": "opted_out", "because": "b"}, ["mobile"]),
        (_LIST, {"mobile": _SPOKEN, "query_id": "1", "reason": "opted_out", "because": "b"}, ["query_id"]),
        (_OVERRIDE, {}, ["mobile", "because"]),
        (_OVERRIDE, {"mobile": _SPOKEN, "because": "b" * 301}, ["because"]),
        (_FIND, {"mobile": _SPOKEN, "last4": "4567"}, ["last4"]),
    ],
)
def test_what_cannot_be_read_is_told_field_by_field(site: Site, address: str, body: Json, fields: list[str]) -> None:
    answer = site.ask("POST", address, body)
    assert answer.status_code == 422
    assert fields_of(read_problem(answer)) == fields


def test_both_a_number_and_a_query_are_one_too_many(site: Site) -> None:
    query_id = site.texted()["id"]
    body = {"mobile": MOBILE, "query_id": query_id, "reason": "opted_out", "because": "b"}
    assert fields_of(read_problem(site.ask("POST", _LIST, body))) == ["mobile"]
    assert site.open_handoffs(query_id) == []


def test_a_query_that_is_none_or_has_no_phone_is_refused(site: Site) -> None:
    body = {"reason": "opted_out", "because": "b"}
    nobody = {"query_id": "01a0d8a5-0000-7000-8000-000000000000"}
    assert site.ask("POST", _LIST, body | nobody).status_code == 404
    landline = site.submit(site.referral(sender_mobile="2345 6789")).json()["id"]
    refused = site.ask("POST", _LIST, body | {"query_id": landline})
    assert fields_of(read_problem(refused)) == ["query_id"]
