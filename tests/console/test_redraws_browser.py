"""Parts of a page that are drawn anew: whoever is at work there keeps their place, and what they have written."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from notifier.storage.models import StaffSession
from tests.console.office import Office
from tests.console.visitor import Visitor

pytestmark = pytest.mark.browser
_FOCUS = "document.activeElement.getAttribute('aria-label') || document.activeElement.id"


def _end_sessions(office: Office) -> None:
    with office.ctx.database.begin() as session:
        session.execute(update(StaffSession).values(ended_at=office.ctx.clock.wall()))


def test_whoever_is_on_a_button_of_a_row_is_on_it_still_when_the_list_is_drawn_anew(
    small_office: Office, desk: Visitor
) -> None:
    first = small_office.world.texted()
    small_office.world.wind(timedelta(hours=72))
    desk.go("/console/handoffs")
    desk.page.get_by_role("button", name=f"Take on: No reply in time {first.code}").focus()
    small_office.world.refer(item_id="CP123456785HK", questions=[{"code": "F100"}])
    expect(desk.page.locator("tr[data-row]")).to_have_count(2)
    assert desk.page.evaluate(_FOCUS) == f"Take on: No reply in time {first.code}"


def test_whoever_is_about_to_decide_keeps_their_place_when_a_reply_comes(small_office: Office, desk: Visitor) -> None:
    query = small_office.world.texted()
    desk.go(f"/console/queries/{query.id}")
    desk.page.focus("#deciding a[href$='/record']")
    small_office.world.reply("It is two shirts")
    expect(desk.page.locator("#state")).to_have_text("Reply to check")
    expect(desk.page.locator("#deciding a[href$='/record']")).to_be_focused()


def test_a_session_that_ends_leads_to_the_sign_in_page_but_nobody_away_from_their_words(
    small_office: Office, desk: Visitor
) -> None:
    query = small_office.world.texted()
    small_office.world.wind(timedelta(hours=72))
    (handoff,) = [one for one in small_office.world.see(query.id).handoffs if one.closed_at is None]
    desk.go(f"/console/handoffs/{handoff.id}")
    desk.page.fill("#note", "She is at sea until Friday")
    _end_sessions(small_office)
    small_office.world.reply("It is two shirts")
    expect(desk.page.locator("#ended")).to_be_visible()
    expect(desk.page.locator("#note")).to_have_value("She is at sea until Friday")
    desk.page.click("form[action$='/note'] button")
    expect(desk.page.locator("main .note:not([hidden])")).to_contain_text("go on with what you had written")
    assert "She is at sea until Friday" in str(desk.page.locator("input[name=kept]").input_value())


def test_a_session_that_ends_leads_to_the_sign_in_page(small_office: Office, desk: Visitor) -> None:
    desk.go("/console/queries")
    _end_sessions(small_office)
    small_office.world.texted()
    expect(desk.page.locator("h1")).to_have_text("Sign in")
