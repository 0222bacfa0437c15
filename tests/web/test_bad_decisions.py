"""Decisions that say something wrong: told by field, and nothing is decided."""

from typing import Any

import pytest

from notifier.domain.permissions import Role
from tests.web.refusals import Refusals
from tests.web.site import Json, Site, fields_of

# Verb, body, field.
_VERBS: dict[str, tuple[str, Any, str]] = {
    "withdraw with a field": ("withdraw", {"reason": "over"}, "reason"),
    "close without an outcome": ("close", {}, "outcome"),
    "close with nothing": ("close", {"outcome": ""}, "outcome"),
    "close as answered": ("close", {"outcome": "answered"}, "outcome"),
    "close as withdrawn": ("close", {"outcome": "withdrawn"}, "outcome"),
    "close as something else": ("close", {"outcome": "whatever"}, "outcome"),
    "close with a list": ("close", {"outcome": ["cleared"]}, "outcome"),
    "close with an object": ("close", {"outcome": {}}, "outcome"),
    "ask again with a text": ("ask-again", {"codes": "F605"}, "codes"),
    "ask again with a blank": ("ask-again", {"codes": ["F605", " "]}, "codes[1]"),
    "ask again with a number": ("ask-again", {"codes": [605]}, "codes[0]"),
    "ask again with too much": ("ask-again", {"codes": ["F605"] * 100}, "codes"),
    "ask again with a long code": ("ask-again", {"codes": ["F" * 18]}, "codes[0]"),
    "ask again with a code that grows in capitals": ("ask-again", {"codes": ["ß" * 17]}, "codes[0]"),
    "escalate to nobody": ("escalate", None, "team"),
    "escalate to a stranger": ("escalate", {"team": "marketing"}, "team"),
    "escalate to a number": ("escalate", {"team": 1}, "team"),
    "accept with a code there is not": ("accept", {"code": "R999"}, "code"),
    "accept with a long code": ("accept", {"code": "R10000000"}, "code"),
    "accept blank words": ("accept", {"text": "   "}, "text"),
    "accept too many words": ("accept", {"text": "w" * 501}, "text"),
    "accept far too many words": ("accept", {"text": "w" * 2001}, "text"),
    "accept an escape": ("accept", {"text": "shirts\u001b[2J"}, "text"),
    "accept an id that is none": ("accept", {"answer_id": "latest"}, "answer_id"),
    "accept what nobody answered": ("accept", {"code": "R100"}, "text"),
    "accept an answer that is not there": (
        "accept",
        {"text": "shirts", "answer_id": "01a21189-9b7e-7548-8541-650ca99bea2f"},
        "text",
    ),
    "ask again by words": ("ask-again", {"deadline_at": "tomorrow"}, "deadline_at"),
    "ask again by a time of no zone": ("ask-again", {"deadline_at": "2031-01-31T18:00"}, "deadline_at"),
    "ask again by a time that is over": ("ask-again", {"deadline_at": "2020-01-31T18:00+08:00"}, "deadline_at"),
    "ask again by a number": ("ask-again", {"deadline_at": 5}, "deadline_at"),
    "ask again for no known reason": ("ask-again", {"because": "I wish to"}, "because"),
    "ask again anyhow": ("ask-again", {"anyway": "yes"}, "anyway"),
    "correct to what is known": ("correct", {"item_id": "RR123456785HK"}, "item_id"),
    "correct nothing": ("correct", {}, "sender_mobile"),
    "correct with nulls": ("correct", {"sender_mobile": None, "language": None}, "sender_mobile"),
    "correct to a number": ("correct", {"sender_mobile": 69875310}, "sender_mobile"),
    "correct to a long mobile": ("correct", {"sender_mobile": "6" * 65}, "sender_mobile"),
    "correct to a language nobody writes": ("correct", {"language": "fr"}, "language"),
    "correct to a wrong item": ("correct", {"item_id": "RR123456784HK"}, "item_id"),
    "correct to half an item": ("correct", {"item_id": "RR1234"}, "item_id"),
    "correct what cannot be": ("correct", {"mrn": "26DE"}, "mrn"),
    "reopen without a reason": ("reopen", {}, "reason"),
    "reopen for nothing": ("reopen", {"reason": " \n "}, "reason"),
    "reopen for too much": ("reopen", {"reason": "r" * 301}, "reason"),
    "record nothing": ("answers", {"text": ""}, "text"),
    "record a list": ("answers", {"text": ["shirts"]}, "text"),
}
_WORK: dict[str, tuple[str, Json, str]] = {
    "claim with a field": ("handoffs/{id}/claim", {"minutes": 5}, "minutes"),
    "done without why": ("handoffs/{id}/done", {}, "because"),
    "done for too long a why": ("handoffs/{id}/done", {"because": "b" * 81}, "because"),
    "sent with a field": ("answers/{id}/sent", {"at": "now"}, "at"),
    "refused without why": ("answers/{id}/refused", {}, "reason"),
    "pause without why": ("sending/pause", {}, "reason"),
    "pause with a number": ("sending/pause", {"reason": 5}, "reason"),
    "resume with a field": ("sending/resume", {"anyway": True}, "anyway"),
    "resume for a list": ("sending/resume", {"reason": ["done"]}, "reason"),
    "resume for too long a why": ("sending/resume", {"reason": "r" * 301}, "reason"),
    "replayed with a field": ("refused-webhooks/replay", {"now": True}, "now"),
}
_SEARCHES: dict[str, tuple[str, Json, str]] = {
    "a mobile that is none": ("queries/find", {"mobile": "none"}, "mobile"),
    "two mobiles": ("queries/find", {"mobile": "69875310/69875311"}, "mobile"),
    "a mobile as a number": ("queries/find", {"mobile": 69875310}, "mobile"),
    "a limit in quotes": ("queries/find", {"limit": "5"}, "limit"),
    "a limit that is a flag": ("queries/find", {"limit": True}, "limit"),
    "a limit too high": ("queries/find", {"limit": 201}, "limit"),
    "a cursor that is none": ("queries/find", {"cursor": "page-2"}, "cursor"),
    "a state nobody is in": ("queries/find", {"state": "forgotten"}, "state"),
    "a field there is not": ("queries/find", {"phone": "69875310"}, "phone"),
    "an item that is none": ("queries/find", {"item_id": "parcel"}, "item_id"),
    "no phone": ("suppressions/find", {}, "mobile"),
    "a phone that is none": ("suppressions/find", {"mobile": "none"}, "mobile"),
    "a phone and more": ("suppressions/find", {"mobile": "69875310", "reason": "opted_out"}, "reason"),
    "lifted without why": ("suppressions/{id}/lift", {}, "because"),
    "lifted for too long a why": ("suppressions/{id}/lift", {"because": "b" * 301}, "because"),
    "tried again with a field": ("webhooks/{id}/retry", {"now": True}, "now"),
    "tried again for a blank": ("webhooks/{id}/retry", {"reason": " "}, "reason"),
}
_PERIODS: dict[str, tuple[Json, str]] = {
    "nothing": ({}, "advance"),
    "words": ({"advance": "tomorrow"}, "advance"),
    "backwards": ({"advance": "-PT1H"}, "advance"),
    "backwards in seconds": ({"advance": -1}, "advance"),
    "a flag": ({"advance": True}, "advance"),
    "a list": ({"advance": ["PT1H"]}, "advance"),
    "eleven years": ({"advance": "P4000D"}, "advance"),
    "all the days there are": ({"advance": "P999999999DT23H59M59S"}, "advance"),
    "more days than there are": ({"advance": "P9999999999D"}, "advance"),
    "more seconds than there are": ({"advance": 1e300}, "advance"),
    "a flag in quotes": ({"to_next_due": "yes"}, "to_next_due"),
    "a field there is not": ({"advance": "PT1H", "back": True}, "back"),
}


@pytest.fixture(scope="module")
def waiting(shared: Site) -> str:
    """A query nobody has answered yet."""
    return str(shared.texted()["id"])


@pytest.mark.parametrize(("verb", "body", "field"), _VERBS.values(), ids=_VERBS)
@pytest.mark.parametrize("preview", ["", "?preview=true"])
def test_a_decision_that_cannot_be_read(
    refusals: Refusals, waiting: str, verb: str, body: Any, field: str, preview: str
) -> None:
    more = {} if body is None else {"json": body}
    problem = refusals.expect(422, "POST", f"/api/v1/queries/{waiting}/{verb}{preview}", **more)
    assert fields_of(problem) == [field]


@pytest.mark.parametrize("preview", ["maybe", "", "2", "true%00"])
def test_a_preview_that_is_neither_yes_nor_no(refusals: Refusals, waiting: str, preview: str) -> None:
    problem = refusals.expect(422, "POST", f"/api/v1/queries/{waiting}/withdraw?preview={preview}")
    assert fields_of(problem) == ["preview"]


@pytest.mark.parametrize(("path", "body", "field"), _WORK.values(), ids=_WORK)
def test_work_that_cannot_be_read(refusals: Refusals, waiting: str, path: str, body: Json, field: str) -> None:
    problem = refusals.expect(422, "POST", f"/api/v1/{path.format(id=waiting)}", json=body, role=Role.ADMIN)
    assert fields_of(problem) == [field]


@pytest.mark.parametrize(("path", "body", "field"), _SEARCHES.values(), ids=_SEARCHES)
def test_a_search_or_a_way_back_that_cannot_be_read(
    refusals: Refusals, waiting: str, path: str, body: Json, field: str
) -> None:
    given = [value for value in body.values() if isinstance(value, str)]
    problem = refusals.expect(422, "POST", f"/api/v1/{path.format(id=waiting)}", *given, json=body, role=Role.ADMIN)
    assert fields_of(problem) == [field]


@pytest.mark.parametrize("item_id", ["RR123456784HK", "parcel", "CP20301114", "%20", "69875310"])
def test_an_item_to_stop_that_is_none(refusals: Refusals, item_id: str) -> None:
    problem = refusals.expect(422, "POST", f"/api/v1/items/{item_id}/do-not-load", item_id)
    assert fields_of(problem) == ["item_id"]


@pytest.fixture(scope="module")
def wound(shared: Site) -> None:
    """The clock runs ahead already, so that nothing more must bring it beyond all calendars."""
    assert shared.ask("POST", "/api/v1/sandbox/clock", {"advance": "PT1H"}).status_code == 200


@pytest.mark.usefixtures("wound")
@pytest.mark.parametrize(("body", "field"), _PERIODS.values(), ids=_PERIODS)
def test_a_period_the_clock_cannot_be_wound_by(refusals: Refusals, body: Json, field: str) -> None:
    assert fields_of(refusals.expect(422, "POST", "/api/v1/sandbox/clock", json=body)) == [field]
