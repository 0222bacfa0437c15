"""What no text may ask is taken all the same, and is work for people from that moment."""

from datetime import timedelta

import pytest

from tests.journeys.world import MOBILE
from tests.web.site import Json, Site

_UNUSABLE = {
    "a landline": "2921 2222",
    "a mainland mobile": "+86 138 0013 8000",
    "a number of Macau": "+853 6612 3456",
    "a pager": "7123 4567",
    "not in the number plan": "9990 1234",
    "too short": "912345",
    "two numbers": "91234567/61234567",
    "a spreadsheet's remains": "9.12E+07",
    "words": "ask the front desk",
    "a form's remark": "office 2921 2222 ext. 17, or ask the lady at the front desk of the second floor, mornings only",
    "blank": "   ",
    "nothing": "",
    "missing": None,
}
_ASKED_OF_PEOPLE: dict[str, tuple[Json, tuple[str, str]]] = {
    "screening": ({"kind": "RFS", "questions": []}, ("security", "screening")),
    "screening with a question": ({"kind": "RFS"}, ("security", "screening")),
    "a question about screening": ({"questions": [{"code": "S10"}]}, ("security", "not_by_sms")),
    "the sender's name": ({"questions": [{"code": "F101"}]}, ("hotline", "not_by_sms")),
    "the addressee's address, older code": ({"kind": "AMD", "questions": [{"code": "A40"}]}, ("hotline", "not_by_sms")),
    "goods and a name at once": (
        {"questions": [{"code": "F605"}, {"code": "F100"}]},
        ("hotline", "not_by_sms"),
    ),
    "documents": ({"questions": [{"code": "F700"}]}, ("hotline", "not_by_sms")),
    "a code nobody knows": ({"questions": [{"code": "Z999"}]}, ("staff", "not_by_sms")),
    "customs' words without a code": ({"questions": [{"text": "What is in the box?"}]}, ("staff", "not_by_sms")),
}


@pytest.mark.parametrize("given", _UNUSABLE.values(), ids=_UNUSABLE)
def test_a_number_that_gets_no_texts_goes_to_the_hotline(shared: Site, given: str | None) -> None:
    taken = shared.take(sender_mobile=given)
    assert taken["state"] == "escalated"
    assert shared.open_handoffs(taken["id"]) == [("hotline", "number_unusable")]
    _expect_people_told(shared, taken["id"])


@pytest.mark.parametrize("marked", ["\u202a+852 9123 4567\u202c", "\ufeff9123 4567", "9123\u200b4567"])
def test_marks_that_nobody_sees_do_not_hide_a_number(site: Site, marked: str) -> None:
    """As contacts and mail programs leave them in what is copied."""
    taken = site.take(sender_mobile=marked)
    assert taken["state"] == "received"


@pytest.mark.parametrize(("changes", "handoff"), _ASKED_OF_PEOPLE.values(), ids=_ASKED_OF_PEOPLE)
def test_a_question_that_must_not_go_out_by_sms_goes_to_its_team(
    shared: Site, changes: Json, handoff: tuple[str, str]
) -> None:
    taken = shared.take(**changes)
    assert taken["state"] == "escalated"
    assert shared.open_handoffs(taken["id"]) == [handoff]
    _expect_people_told(shared, taken["id"])


def test_a_phone_that_opted_out_goes_to_the_hotline(site: Site) -> None:
    site.texted()
    site.world.reply("STOP", MOBILE)
    site.world.send()
    taken = site.take()
    assert taken["state"] == "escalated"
    assert site.open_handoffs(taken["id"]) == [("hotline", "number_suppressed")]
    _expect_people_told(site, taken["id"])


def test_a_deadline_that_has_passed_goes_to_people_at_once(site: Site) -> None:
    past = site.world.now() - timedelta(hours=1)
    taken = site.take(deadline_at=past.isoformat())
    assert taken["state"] == "escalated"
    assert site.open_handoffs(taken["id"]) == [("staff", "deadline_too_close")]
    _expect_people_told(site, taken["id"])


def _expect_people_told(site: Site, query_id: str) -> None:
    """Nothing is texted; the work list shows it with a next step, and somebody will be reminded."""
    assert site.world.send() == []
    seen = site.see(query_id)
    assert seen["texts"] == []
    assert seen["next_due_at"] is not None
    assert [entry["to"] for entry in seen["history"]][-1] == "escalated"
    listed = [entry for entry in site.get("/api/v1/handoffs")["items"] if entry["query_id"] == query_id]
    (handoff,) = listed
    assert handoff["query_code"] == seen["code"]
    assert handoff["sentence"].endswith(".")
    assert handoff["claimed_by"] is None
