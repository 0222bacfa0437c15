"""Finding queries: filters, pages that stay where they are, and one query with everything that hangs on it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.journeys.world import MOBILE
from tests.web.site import Json, Site

_OTHER = "+85261237777"


@pytest.fixture(scope="module")
def shelf(shared: Site) -> dict[str, Json]:
    """Queries that differ in everything a list can be narrowed by; the only ones of the shared site."""
    waiting = shared.texted()
    people = shared.take(
        kind="RFS", authority="CH", questions=[], referral_reference="A/B 100%", item_id="CP203011144HK"
    )
    closed = shared.take(sender_mobile=_OTHER)
    shared.done(closed["id"], "withdraw")
    return {"waiting": waiting, "people": people, "closed": closed}


_FILTERS: dict[str, tuple[Json, list[str]]] = {
    "a state": ({"state": "awaiting_reply"}, ["waiting"]),
    "another state": ({"state": "closed"}, ["closed"]),
    "a state nobody is in": ({"state": "replied"}, []),
    "an outcome": ({"outcome": "withdrawn"}, ["closed"]),
    "an authority": ({"authority": "ch"}, ["people"]),
    "a kind": ({"kind": "RFS"}, ["people"]),
    "an item as people write it": ({"item_id": "cp 203 011 144 hk"}, ["people"]),
    "a reference": ({"referral_reference": "A/B 100%"}, ["people"]),
    "the start of a reference is none": ({"referral_reference": "A/B"}, []),
    "the last four digits": ({"last4": "7777"}, ["closed"]),
    "several at once": ({"state": "awaiting_reply", "last4": "4567"}, ["waiting"]),
    "several that contradict each other": ({"state": "closed", "last4": "4567"}, []),
    "nothing": ({}, ["closed", "people", "waiting"]),
}


@pytest.mark.parametrize(("parameters", "names"), _FILTERS.values(), ids=_FILTERS)
def test_a_list_is_narrowed_by(shared: Site, shelf: dict[str, Json], parameters: Json, names: list[str]) -> None:
    for found in (shared.get("/api/v1/queries", **parameters), shared.post("/api/v1/queries/find", parameters)):
        assert [item["id"] for item in found["items"]] == [shelf[name]["id"] for name in names]
        assert found["next_cursor"] is None


@pytest.mark.parametrize("written", [_OTHER, "6123-7777", "+852 6123 7777"])
def test_a_whole_number_is_looked_for_by_a_body_and_in_any_spelling(
    shared: Site, shelf: dict[str, Json], written: str
) -> None:
    for more in ({}, {"state": "closed"}, {"last4": "7777", "limit": 1, "cursor": None}):
        found = shared.post("/api/v1/queries/find", {"mobile": written, **more})
        assert [item["id"] for item in found["items"]] == [shelf["closed"]["id"]]
    assert shared.post("/api/v1/queries/find", {"mobile": written, "state": "received"})["items"] == []
    assert shared.ask("GET", "/api/v1/queries", params={"mobile": written}).status_code == 422


def test_the_reference_in_a_text_finds_its_query(shared: Site, shelf: dict[str, Json]) -> None:
    code = shelf["waiting"]["code"]
    for written in (code, code.lower(), f"{code}-2"):
        assert [item["id"] for item in shared.get("/api/v1/queries", code=written)["items"]] == [shelf["waiting"]["id"]]


def test_pages_hold_every_query_once_while_new_ones_come_in(site: Site) -> None:
    known = [site.take()["id"] for _ in range(7)]
    seen: list[str] = []
    parameters: dict[str, Any] = {"limit": 3}
    for _ in range(3):
        page = site.get("/api/v1/queries", **parameters)
        seen += [item["id"] for item in page["items"]]
        parameters["cursor"] = page["next_cursor"]
        site.take()  # a newer one must not push an older one onto the next page
    assert seen == known[::-1]
    assert page["next_cursor"] is None


def test_a_search_goes_on_after_its_cursor(site: Site) -> None:
    known = [site.take()["id"] for _ in range(3)]
    first = site.post("/api/v1/queries/find", {"mobile": MOBILE, "limit": 2})
    second = site.post("/api/v1/queries/find", {"mobile": MOBILE, "limit": 2, "cursor": first["next_cursor"]})
    assert [item["id"] for item in first["items"] + second["items"]] == known[::-1]
    assert second["next_cursor"] is None


def test_a_page_that_ends_with_the_last_query_has_no_next(site: Site) -> None:
    for _ in range(2):
        site.take()
    page = site.get("/api/v1/queries", limit=2)
    assert len(page["items"]) == 2
    assert page["next_cursor"] is None


def test_a_list_shows_no_number_at_all(shared: Site, shelf: dict[str, Json]) -> None:
    text = shared.ask("GET", "/api/v1/queries").text
    assert shelf["closed"]["code"] in text
    assert "7777" not in text
    assert "mobile" not in text


def test_one_query_shows_everything_that_hangs_on_it(site: Site) -> None:
    taken = site.texted(language="en", deadline_at=None)
    site.world.wind(timedelta(hours=49))
    (reminder,) = site.world.send()
    site.world.receipt(reminder, "delivered")
    site.world.reply("Two cotton shirts")
    seen = site.see(taken["id"])
    assert (seen["state"], seen["outcome"], seen["mobile"]) == ("replied", None, "+852 •••• 4567")
    assert (seen["authority"], seen["destination"], seen["kind"], seen["source"]) == ("DE", "DE", "RFI", "api")
    _expect_round(seen)
    _expect_texts(seen)
    (reply,) = seen["replies"]
    assert (reply["text"], reply["reading"], reply["round"], reply["late"]) == ("Two cotton shirts", "answer", 1, False)
    (answer,) = seen["answers"]
    assert (answer["state"], answer["text"]) == ("proposed", "Two cotton shirts")
    (handoff,) = seen["handoffs"]
    assert (handoff["team"], handoff["reason"], handoff["closed_at"]) == ("staff", "review_reply", None)
    _expect_history(seen)
    assert datetime.fromisoformat(seen["next_due_at"]) > site.world.now()
    assert MOBILE[-8:] not in site.ask("GET", f"/api/v1/queries/{taken['id']}").text.replace(" ", "")


def _expect_round(seen: Json) -> None:
    (asked,) = seen["rounds"]
    assert (asked["number"], asked["reason"]) == (1, "intake")
    assert asked["questions"] == [{"code": "F605", "channel": "sms", "text": None}]
    assert (asked["mobile"], asked["item_id"], asked["language"]) == ("+852 •••• 4567", "RR123456785HK", "en")
    opened, remind, close = (datetime.fromisoformat(asked[name]) for name in ("opened_at", "remind_at", "close_at"))
    assert (remind - opened, close - opened) == (timedelta(hours=48), timedelta(hours=72))
    assert opened < datetime.fromisoformat(asked["reply_by"]) <= close


def _expect_texts(seen: Json) -> None:
    question, reminder = seen["texts"]
    for text in (question, reminder):
        assert text["status"] == "delivered"
        assert (text["state"], text["delivery"], text["language"]) == ("handed_over", "delivered", "en")
        assert text["encoding"] == "GSM-7"
        assert text["segments"] in (1, 2)
        assert seen["code"] in text["body"]
        assert [(attempt["number"], attempt["outcome"]) for attempt in text["attempts"]] == [(1, "accepted")]
    assert (question["kind"], reminder["kind"]) == ("question", "reminder")
    assert question["body"] != reminder["body"]


def _expect_history(seen: Json) -> None:
    history = seen["history"]
    assert [entry["seq"] for entry in history] == list(range(1, len(history) + 1))
    moves = [(entry["event"], entry["to"]) for entry in history if entry["effect"] == "move"]
    assert moves == [("window_opened", "awaiting_reply"), ("reply_answered", "replied")]
    assert len({entry["hash"] for entry in history}) == len(history)
    (opened,) = [entry for entry in history if entry["event"] == "window_opened"]
    assert opened["detail"]["close_at"] == seen["rounds"][0]["close_at"], "an instant is written in one way"


def test_instants_are_shown_in_hong_kong_time(site: Site) -> None:
    taken = site.take(deadline_at="2031-01-31T22:00:00+01:00")
    seen = site.see(taken["id"])
    assert seen["deadline_at"] == "2031-02-01T05:00:00+08:00"
    received = datetime.fromisoformat(seen["received_at"])
    assert received.utcoffset() == datetime.now(ZoneInfo("Asia/Hong_Kong")).utcoffset()
    assert abs(received - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_number_that_cannot_be_read_is_hidden_whole(site: Site) -> None:
    assert site.see(site.take(sender_mobile="9123456")["id"])["mobile"] == "••••"
    assert site.see(site.take(sender_mobile="")["id"])["mobile"] is None
    assert site.see(site.take(sender_mobile="2921 2222")["id"])["mobile"] == "+852 •••• 2222"
