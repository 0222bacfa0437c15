"""The hotline at a real browser: a call to its end, by mouse and by keys, and two who want the same work."""

import re
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, expect

from notifier.console.routes import call_sheet
from notifier.domain.lifecycle import State
from notifier.domain.permissions import Role
from notifier.service.call_sheets import read_sheet
from tests.console.office import Office
from tests.console.visitor import Visitor, at_a_browser
from tests.console.watching import Browsers

pytestmark = pytest.mark.browser
_ROUNDS = 4
_MEETING = 30  # seconds that one of two waits for the other
# By the browser's language: what the pages say.
_WORDS = {
    "en-GB": {"list": "Handoffs", "mine": "You hold it until", "leads": "What it leads to", "theirs": "holds it until"},
    "zh-HK": {"list": "待辦", "mine": "由你處理，至", "leads": "後果", "theirs": "正在處理，至"},
}
_DONE = {
    "en-GB": "The answer is written down; liaison staff check it.",
    "zh-HK": "已記錄答覆；聯絡組會審核。",
}


def _silent(office: Office) -> tuple[UUID, UUID]:
    query = office.world.texted()
    office.world.wind(timedelta(hours=72))
    (handoff,) = [one for one in office.world.see(query.id).handoffs if one.closed_at is None]
    return query.id, handoff.id


@pytest.mark.parametrize("language", list(_WORDS))
def test_a_call_by_mouse(office: Office, chromium: Browsers, language: str) -> None:
    words = _WORDS[language]
    query, _ = _silent(office)
    desk = at_a_browser(chromium.new_context(locale=language), office)
    desk.sign_in(office.hire(Role.HOTLINE))
    page = desk.page
    page.click(f"header nav >> text={words['list']}")
    expect(page.locator("h1")).to_have_text(words["list"])
    desk.follow("tbody th a")
    page.click("#claim button")
    expect(page.locator("#claim")).to_contain_text(words["mine"])
    page.click("form[action$='/reveal'] button")
    expect(page.locator(".number a")).to_have_text("+85291234567")
    page.fill("#text", "Two cotton shirts")
    page.click("form[action$='/answered'] button")
    expect(page.locator("main h2")).to_have_text(words["leads"])
    assert office.world.see(query).query.state is State.ESCALATED
    page.click("button[value=yes]")
    expect(page.locator(".note.good")).to_have_text(_DONE[language])
    seen = office.world.see(query)
    assert (seen.query.state, seen.answers[-1].body) == (State.REPLIED, "Two cotton shirts")


@pytest.mark.parametrize("language", list(_WORDS))
def test_the_same_by_keys_alone(small_office: Office, chromium: Browsers, language: str) -> None:
    query, _ = _silent(small_office)
    desk = at_a_browser(chromium.new_context(locale=language), small_office)
    desk.sign_in_by_keys(small_office.hire(Role.HOTLINE))
    desk.tab_to("header nav a[href$='/handoffs']")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("h1")).to_have_text(_WORDS[language]["list"])
    desk.page.wait_for_load_state()
    desk.page.keyboard.press("n")
    expect(desk.page.locator("#renew")).to_be_attached()
    small_office.world.reply("I will tell you by phone")
    expect(desk.page.locator("#said")).to_contain_text("I will tell you by phone")
    desk.tab_to("#text")
    desk.page.keyboard.type("Two cotton shirts")
    desk.tab_to("form[action$='/answered'] button")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".consequences li").first).to_be_visible()
    expect(desk.page.locator("button[value=yes]")).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".note.good")).to_have_text(_DONE[language])
    seen = small_office.world.see(query)
    assert (seen.query.state, seen.answers[-1].body) == (State.REPLIED, "Two cotton shirts")


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> Barrier:
    """Nobody claims before the other one is about to: both requests are in the server when the first goes on."""
    meeting, claim = Barrier(2), call_sheet.claim

    def claim_together(*asked: Any) -> Any:
        meeting.wait(_MEETING)
        return claim(*asked)

    monkeypatch.setattr(call_sheet, "claim", claim_together)
    return meeting


def test_two_agents_claim_at_the_same_moment_and_the_second_is_told_who_has_it(
    office: Office, chromium: Browsers, together: Barrier
) -> None:
    agents = {
        "Mei Chan": at_a_browser(chromium.new_context(locale="en-GB"), office),
        "Ken Lee": at_a_browser(chromium.new_context(locale="zh-HK"), office),
    }
    words = dict(zip(agents, _WORDS.values(), strict=True))
    for name, desk in agents.items():
        desk.sign_in(office.hire(Role.HOTLINE, name))
    for number in range(_ROUNDS):
        _, handoff = _silent(office)
        _claim_together(agents, f"/console/handoffs/{handoff}" if number % 2 else "/console/handoffs")
        for desk in agents.values():
            expect(desk.page.locator("#claim [data-countdown]")).to_be_visible()
        holder = read_sheet(office.ctx, handoff).held_by
        assert holder in agents
        (late,) = agents.keys() - {holder}
        expect(agents[holder].page.locator("#claim")).to_contain_text(words[holder]["mine"])
        told = f"{holder}\\s?{words[late]['theirs']}"
        expect(agents[late].page.locator(".errors")).to_contain_text(re.compile(told))
        expect(agents[late].page.locator("#claim")).to_contain_text(re.compile(told))
        assert [agents[name].page.locator("#renew").count() for name in (holder, late)] == [1, 0]
        assert not together.broken


def _claim_together(agents: dict[str, Visitor], page: str) -> None:
    """Both have the free one before them, and press the key that takes it."""
    for desk in agents.values():
        desk.go(page)
        expect(desk.page.locator("main [data-key=c]")).to_have_count(1)
    for desk in agents.values():
        desk.page.keyboard.press("c")


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
