"""The call sheet at a real browser: what an agent has typed stays, and the list keeps its place."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from notifier.domain.permissions import Principal, Role
from notifier.service.taking_on import claim
from notifier.storage.models import Handoff, StaffSession
from tests.console.office import Office
from tests.console.visitor import Visitor
from tests.console.watching import Browsers

pytestmark = pytest.mark.browser
_KEN = Principal("Ken Lee", Role.HOTLINE)
_WORDS = "Two cotton shirts"
_COUNTING = re.compile(r"^\d+:\d\d$")
_FOCUS = "document.activeElement.className || document.activeElement.tagName"


def _silent(office: Office, **changes: str) -> UUID:
    query = office.world.texted(**changes)
    office.world.wind(timedelta(hours=72))
    (handoff,) = [one for one in office.world.see(query.id).handoffs if one.closed_at is None]
    return handoff.id


def _without_news(page: Page) -> None:
    """The page does not hear that it is old."""
    page.route("**/console/changes", lambda _route: None)


def _take_on(desk: Visitor, handoff: UUID) -> None:
    """On its sheet, by the key, with an answer begun."""
    desk.go(f"/console/handoffs/{handoff}")
    desk.page.fill("#text", _WORDS)
    desk.page.locator("h1").click()
    desk.page.keyboard.press("c")


def test_what_is_typed_stays_when_a_note_is_kept_and_the_work_taken_on(small_office: Office, desk: Visitor) -> None:
    page = desk.page
    _take_on(desk, _silent(small_office))
    expect(page.locator("#claim")).to_contain_text("You hold it until")
    expect(page.locator("#because")).to_have_value("To call the sender")
    page.click("form[action$='/note'] button")
    expect(page.locator("#note-told")).to_contain_text("Write what colleagues should know.")
    page.fill("#note", "She is at sea until Friday")
    page.click("form[action$='/note'] button")
    expect(page.locator("#note-list")).to_contain_text("She is at sea until Friday")
    expect(page.locator("#note-told")).to_have_text("The note is kept.")
    expect(page.locator("#note")).to_have_value("")
    expect(page.locator("#text")).to_have_value(_WORDS)
    page.click("form[action$='/answered'] button")
    expect(page.locator("blockquote.words")).to_have_text(_WORDS)


def test_a_claim_taken_in_its_place_is_renewed_by_work_and_can_be_taken_again_by_its_key(
    small_office: Office, desk: Visitor
) -> None:
    page, handoff = desk.page, _silent(small_office)
    _take_on(desk, handoff)
    countdown = page.locator("#claim [data-countdown]")
    expect(countdown).to_have_text(_COUNTING)
    until = str(countdown.get_attribute("datetime"))
    page.evaluate("renewedAt = 0")
    page.keyboard.press("Shift")
    expect(countdown).not_to_have_attribute("datetime", until)
    with small_office.ctx.database.begin() as session:
        session.execute(update(Handoff).values(claimed_by=None, claimed_until=None))
    expect(page.locator("#claim [data-key=c]")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("#claim")).to_contain_text("You hold it until")
    expect(page.locator("#renew")).to_have_count(1)


def test_whoever_presses_take_on_does_not_find_themselves_on_the_button_that_lets_it_go(
    small_office: Office, desk: Visitor
) -> None:
    desk.go(f"/console/handoffs/{_silent(small_office)}")
    desk.tab_to("#claim button")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#claim")).to_contain_text("You hold it until")
    assert desk.page.evaluate(_FOCUS) == "P"


def test_somebody_was_faster_and_what_is_typed_stays_in_sight(small_office: Office, desk: Visitor) -> None:
    page, handoff = desk.page, _silent(small_office)
    _without_news(page)
    desk.go(f"/console/handoffs/{handoff}")
    page.fill("#text", _WORDS)
    claim(small_office.ctx, handoff, _KEN)
    page.locator("h1").click()
    page.keyboard.press("c")
    expect(page.locator("#late .errors")).to_contain_text("Ken Lee holds it until")
    expect(page.locator("#late .errors")).to_be_focused()
    expect(page.locator("#claim")).to_contain_text("Ken Lee holds it until")
    expect(page.locator("#endings")).to_contain_text("Only who holds it can say.")
    expect(page.locator("#text")).to_be_visible()
    expect(page.locator("#text")).to_have_value(_WORDS)
    expect(page.locator("form[action$='/answered'] button")).to_be_disabled()


def test_who_may_say_how_it_ended_follows_who_holds_it(small_office: Office, desk: Visitor) -> None:
    page, handoff = desk.page, _silent(small_office)
    claim(small_office.ctx, handoff, _KEN)
    desk.go(f"/console/handoffs/{handoff}")
    expect(page.locator("#endings .others")).to_be_visible()
    expect(page.locator("#endings form")).to_have_count(7)
    expect(page.locator("#text")).to_be_hidden()
    with small_office.ctx.database.begin() as session:
        session.execute(update(Handoff).values(claimed_by=None, claimed_until=None))
    expect(page.locator("#text")).to_be_visible()
    expect(page.locator("#endings .others")).to_be_hidden()
    expect(page.locator("form[action$='/answered'] button")).to_be_enabled()


def test_a_note_that_finds_the_session_over_stays_and_goes_the_way_of_every_form_then(
    small_office: Office, desk: Visitor
) -> None:
    page, handoff = desk.page, _silent(small_office)
    _without_news(page)
    desk.go(f"/console/handoffs/{handoff}")
    page.fill("#note", "She rang")
    with small_office.ctx.database.begin() as session:
        session.execute(update(StaffSession).values(ended_at=small_office.ctx.clock.wall()))
    page.click("form[action$='/note'] button")
    expect(page.locator("#ended")).to_be_visible()
    expect(page.locator("#note")).to_have_value("She rang")
    page.click("form[action$='/note'] button")
    expect(page.locator("h1")).to_have_text("Sign in")
    assert "She rang" in str(page.locator("input[name=kept]").input_value())


def test_a_note_that_was_not_taken_says_so_and_stays(small_office: Office, desk: Visitor, chromium: Browsers) -> None:
    page, complaints = desk.page, chromium.watch.complaints
    desk.go(f"/console/handoffs/{_silent(small_office)}")
    page.route("**/note", lambda route: route.fulfill(status=503))
    page.fill("#note", "She rang")
    page.click("form[action$='/note'] button")
    expect(page.locator("#undone")).to_be_visible()
    expect(page.locator("#note")).to_have_value("She rang")
    page.unroute_all()
    page.click("form[action$='/note'] button")
    expect(page.locator("#note-list")).to_contain_text("She rang")
    expect(page.locator("#undone")).to_be_hidden()
    complaints[:] = [one for one in complaints if "503" not in one]  # of what was done to it


def test_each_list_keeps_its_place_on_the_way_to_a_page_and_back(small_office: Office, desk: Visitor) -> None:
    page, handoff = desk.page, _silent(small_office, sender_mobile="9123 4567")
    desk.go("/console/queries?state=escalated")
    desk.go("/console/handoffs?q=4567&reason=no_reply")
    page.click("tbody th a")
    back = f"{small_office.url}/console/handoffs?q=4567&reason=no_reply"
    expect(page.locator("a[data-back]")).to_have_attribute("href", back)
    page.click(".item a")
    expect(page.locator("a[data-back]")).to_have_attribute(
        "href", f"{small_office.url}/console/queries?state=escalated"
    )
    desk.go(f"/console/handoffs/{handoff}")
    page.keyboard.press("l")
    expect(page.locator("#q")).to_have_value("4567")
    assert page.url == back


def test_whoever_ends_a_call_is_at_the_list_as_it_was_filtered_and_reads_when_it_comes_back(
    small_office: Office, desk: Visitor
) -> None:
    page = desk.page
    _silent(small_office, sender_mobile="9123 4567")
    desk.go("/console/handoffs?q=4567&reason=no_reply")
    page.keyboard.press("n")
    page.click("summary >> text=No answer")
    page.check("#no-answer-wait-3")
    page.click("form[action$='/no-answer'] button")
    expect(page.locator(".note.good")).to_contain_text("Next try")
    expect(page.locator("#q")).to_have_value("4567")
    expect(page.locator("#reason")).to_have_value("no_reply")
    small_office.world.wind(timedelta(hours=4))
    page.click("tbody th a")
    back = f"{small_office.url}/console/handoffs?q=4567&reason=no_reply"
    expect(page.locator("a[data-back]")).to_have_attribute("href", back)
    page.click("summary >> text=Something else: it is done")
    page.click("form[action$='/done'] button")
    expect(page.locator("button[value=yes]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".note.good")).to_have_text("The handoff ends.")
    expect(page.locator("#q")).to_have_value("4567")
