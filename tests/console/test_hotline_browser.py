"""The hotline at a real browser: two who want the same work, a call by keys alone, and pages that anyone can use."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from notifier.domain.lifecycle import State
from notifier.domain.permissions import Principal, Role
from notifier.service.caller_checks import find_item
from notifier.service.taking_on import claim
from tests.console.office import Office
from tests.console.visitor import at_a_browser

pytestmark = pytest.mark.browser


def _silent(office: Office) -> tuple[UUID, UUID]:
    query = office.world.texted()
    office.world.wind(timedelta(hours=72))
    (handoff,) = [one for one in office.world.see(query.id).handoffs if one.closed_at is None]
    return query.id, handoff.id


def test_two_agents_claim_at_the_same_moment_and_the_second_is_told_who_has_it(
    office: Office, chromium: Browser
) -> None:
    _silent(office)
    contexts = [chromium.new_context(locale="en-GB") for _ in range(2)]
    mei, ken = (at_a_browser(context, office) for context in contexts)
    for desk, name in ((mei, "Mei Chan"), (ken, "Ken Lee")):
        desk.sign_in(office.hire(Role.HOTLINE, name))
        desk.go("/console/handoffs")
        expect(desk.page.locator("tbody tr")).to_have_count(1)
    # Both have the free row before them: what Ken's page would ask for anew is held back until he has pressed.
    ken.page.route("**/handoffs?*", lambda route: route.abort())
    mei.page.keyboard.press("c")
    expect(mei.page.locator("#claim")).to_contain_text("You hold it until")
    ken.page.keyboard.press("c")
    expect(ken.page.locator(".errors")).to_contain_text("Mei Chan holds it until")
    expect(ken.page.locator("#claim")).to_contain_text("Mei Chan holds it until")
    assert (mei.complaints, ken.page.locator("#renew").count()) == ([], 0)
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", ["en-GB", "zh-HK"])
def test_a_call_by_keys_alone(small_office: Office, chromium: Browser, language: str) -> None:
    query, _ = _silent(small_office)
    context = chromium.new_context(locale=language)
    desk = at_a_browser(context, small_office)
    desk.sign_in(small_office.hire(Role.HOTLINE))
    desk.go("/console/handoffs")
    desk.page.keyboard.press("n")
    expect(desk.page.locator("#renew")).to_be_attached()
    small_office.world.reply("I will tell you by phone")
    expect(desk.page.locator("#said")).to_contain_text("I will tell you by phone")
    desk.page.locator("#text").focus()
    desk.page.keyboard.type("Two cotton shirts")
    for _ in range(2):
        desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".consequences li").first).to_be_visible()
    expect(desk.page.locator("button[value=yes]")).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".note.good")).to_be_visible()
    seen = small_office.world.see(query)
    assert (seen.query.state, seen.answers[-1].body) == (State.REPLIED, "Two cotton shirts")
    assert desk.complaints == []
    context.close()


def test_work_on_the_sheet_renews_the_claim(small_office: Office, browser: BrowserContext) -> None:
    _, handoff = _silent(small_office)
    desk = at_a_browser(browser, small_office)
    person = small_office.hire(Role.HOTLINE)
    desk.sign_in(person)
    desk.go("/console/handoffs")
    desk.page.keyboard.press("n")
    expect(desk.page.locator("#claim [data-countdown]")).to_have_text(re.compile(r"^\d+:\d\d$"))  # the script runs
    until = desk.page.locator("#claim [data-countdown]").get_attribute("datetime")
    desk.page.evaluate("renewedAt = 0")
    desk.page.keyboard.press("Shift")
    expect(desk.page.locator("#claim [data-countdown]")).not_to_have_attribute("datetime", str(until))
    assert str(handoff) in desk.page.url
    assert desk.complaints == []


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-GB", "zh-HK"])
def test_every_page_of_the_desk_is_accessible(
    small_office: Office, chromium: Browser, language: str, colours: str
) -> None:
    query, handoff = _silent(small_office)
    item = small_office.world.see(query).query.item_id
    context = chromium.new_context(locale=language, color_scheme="dark" if colours == "dark" else "light")
    desk = at_a_browser(context, small_office)
    person = small_office.hire(Role.HOTLINE)
    desk.sign_in(person)
    mei = Principal("Mei Chan", Role.HOTLINE)
    claim(small_office.ctx, handoff, mei)
    check = find_item(small_office.ctx, mei, item, "9123 4567")
    sheet = f"/console/handoffs/{handoff}"
    found = {}
    for path in ("/console/handoffs", "/console/handoffs?q=0000", sheet, "/console/incoming", "/console/ours"):
        desk.go(path)
        found[path] = desk.accessible()
    desk.go(f"/console/incoming/{check.id}")
    found["caller"] = desk.accessible()
    desk.go("/console/ours")
    desk.page.fill("#mobile", "9123 4567")
    desk.page.fill("#words", "Your parcel is held, pay the duty")
    desk.page.locator("main form button").click()
    found["checked"] = desk.accessible()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    assert desk.complaints == []
    context.close()
