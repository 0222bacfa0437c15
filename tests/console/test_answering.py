"""What officers do about a reply: customs' rules as they type, asking again with a reason, correcting, closing."""

from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, expect

from notifier.domain.lifecycle import Event, Outcome, State
from notifier.domain.permissions import Role
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.console.visitor import at_a_browser


def _replied(office: Office, words: str) -> tuple[Reader, str]:
    reader = reader_of(office)
    reader.sign_in(office.hire(Role.LIAISON))
    query = office.world.texted()
    office.world.reply(words)
    return reader, f"/console/queries/{query.id}"


def test_rules_are_told_while_an_answer_is_written_and_no_answer_is_stored(office: Office) -> None:
    officer, page = _replied(office, "gift")
    for text, told in (
        ("gift", "Customs refuses this."),
        ("棉質T恤5件", "Customs refuses this."),
        ("Two cotton shirts", "Nothing here that customs is known to refuse."),
    ):
        assert told in officer.post(f"{page}/accept/check", text=text).text, text


@pytest.mark.browser
def test_the_plain_form_is_one_click_away(small_office: Office, browser: BrowserContext) -> None:
    query = small_office.world.texted()
    small_office.world.reply("2 T-shirts (cotton), 1 doll")
    desk = at_a_browser(browser, small_office)
    desk.sign_in(small_office.hire(Role.LIAISON))
    desk.go(f"/console/queries/{query.id}/accept")
    expect(desk.page.locator(".rules .refused")).to_have_count(1)
    desk.page.click("text=Use the plain form")
    expect(desk.page.locator("#text")).to_have_value("2 T shirts cotton 1 doll")
    expect(desk.page.locator(".rules")).to_have_count(0)


_DECIDED: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "accept": ({"text": "Two cotton shirts", "code": "R100"}, ("Two cotton shirts", "Information is given", "R100")),
    "reject": ({"reason": "It says nothing of the cloth"}, ("It says nothing of the cloth",)),
    "ask-again": (
        {"why": "too_vague", "codes": "f605, F611", "deadline_at": "2031-03-04T18:30", "anyway": "yes"},
        ("The reply is too vague", "F605", "F611", "4 Mar 18:30", "Even at night", "Yes"),
    ),
    "correct": (
        {"sender_mobile": "9876 5432", "item_id": "CP203011144HK", "language": "zh-Hans"},
        ("9876 5432", "CP203011144HK", "Simplified Chinese"),
    ),
    "escalate": ({"team": "security"}, ("Post security",)),
    "close": ({"outcome": "returned"}, ("Returned to the sender",)),
}


@pytest.mark.parametrize("verb", list(_DECIDED))
def test_everything_that_was_decided_is_read_again_before_it_is_done(small_office: Office, verb: str) -> None:
    given, shown = _DECIDED[verb]
    officer, page = _replied(small_office, "gift")
    told = officer.post(f"{page}/{verb}", **given).text
    read_again = told.partition("</h1>")[2].partition("<h2>")[0]
    assert [words for words in shown if words not in read_again] == []


@pytest.mark.parametrize("code", ["", "R100"])
def test_a_blank_answer_is_refused_and_the_senders_own_words_do_not_go_in_its_place(office: Office, code: str) -> None:
    officer, page = _replied(office, "gift, maybe")
    for text in ("", "  "):
        refused = officer.post(f"{page}/accept", read="yes", text=text, code=code)
        assert refused.status_code == 422
        assert "is blank." in refused.text
    assert office.world.see(UUID(page.rpartition("/")[2])).query.state is State.REPLIED


def test_asking_again_keeps_why_and_the_page_tells_it(office: Office) -> None:
    officer, page = _replied(office, "gift")
    asked = officer.post(f"{page}/ask-again", read="yes", why="too_vague", codes="F605 F603", deadline_at="", anyway="")
    assert asked.status_code == 303
    seen = office.world.see(UUID(page.rpartition("/")[2]))
    assert seen.query.state is State.RECEIVED
    assert [q.code for q in seen.questions if q.round_id == seen.rounds[-1].id] == ["F605", "F603"]
    (again,) = [row for row in seen.history if row.event is Event.ASKED_AGAIN]
    assert again.detail["because"] == "too_vague"
    assert "The reply is too vague" in officer.get(page).text


def test_a_wrong_mobile_is_corrected_and_the_right_one_is_asked(office: Office) -> None:
    officer, page = _replied(office, "wrong number")
    told = officer.post(f"{page}/correct", sender_mobile="9876 5432", item_id="", language="zh-Hant")
    assert "The old number gets no more texts" in told.text
    officer.post(f"{page}/correct", read="yes", sender_mobile="9876 5432", item_id="", language="zh-Hant")
    (posted,) = office.world.send()
    assert (posted.outgoing.to, "香港郵政" in posted.outgoing.body) == ("+85298765432", True)


def test_an_answer_is_not_accepted_over_a_reply_that_nobody_has_read(office: Office) -> None:
    officer, page = _replied(office, "gift")
    mark = _mark(officer.get(f"{page}/accept").text)
    office.world.reply("No: two dolls of plastic")
    refused = officer.post(f"{page}/accept", read="yes", text="Shirts", read_replies=mark)
    assert refused.status_code == 422
    assert "was written before the sender wrote again" in refused.text
    assert "No: two dolls of plastic" in refused.text
    assert ">Shirts</textarea>" in refused.text
    assert office.world.see(UUID(page.rpartition("/")[2])).query.state is State.REPLIED
    fresh = _mark(refused.text)
    assert officer.post(f"{page}/accept", read="yes", text="Two dolls", read_replies=fresh).status_code == 303


def _mark(page: str) -> str:
    """Of the replies that the form shows."""
    return page.partition('name="read_replies" value="')[2].partition('"')[0]


def test_a_query_is_closed_as_staff_say(office: Office) -> None:
    officer, page = _replied(office, "please send it back")
    assert officer.post(f"{page}/close", outcome="answered").status_code == 422
    officer.post(f"{page}/close", read="yes", outcome="returned")
    assert office.world.see(UUID(page.rpartition("/")[2])).query.outcome is Outcome.RETURNED
