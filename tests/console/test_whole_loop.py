"""The whole loop in one tab, with real parts: a query begins, the phone replies, an officer accepts, customs has it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.console.watching import Browsers
from tests.drills.processes import Installation

pytestmark = pytest.mark.browser
# By the browser's language: what stands on the buttons.
_WORDS = {
    "en-GB": {"ask": "What is in it?", "see": "See what it leads to", "accept": "Accept the answer", "take": "Take it"},
    "zh-HK": {"ask": "內載何物？", "see": "看看後果", "accept": "接納答覆", "take": "接收"},
}
_REPLY, _ANSWER = "棉質T恤兩件", "Two cotton T shirts"


@contextmanager
def _tab(chromium: Browsers, folder: Path, **look: str) -> Iterator[tuple[Page, str]]:
    """The tab of whoever started an installation, signed in by its link, and where the console is."""
    with Installation(folder) as notifier:
        (link,) = re.findall(r"\S+/console/link/\S+", notifier.up().printed())
        page = chromium.new_context(**look).new_page()
        page.goto(link)
        try:
            yield page, f"{notifier.base_url}/console"
        finally:
            chromium.close()  # before the installation ends


@pytest.mark.parametrize("language", list(_WORDS))
def test_from_customs_question_to_customs_answer(chromium: Browsers, tmp_path: Path, language: str) -> None:
    words = _WORDS[language]
    with _tab(chromium, tmp_path, locale=language) as (page, console):
        page.goto(f"{console}/sandbox/customs")
        page.select_option("#sender-language", "zh-Hant")
        page.click(f"button:text-is('{words['ask']}')")
        _reply(page, console, "+852 9123 4567")
        _accept(page, console, words)
        _take(page, console, words)


@pytest.mark.parametrize("language", list(_WORDS))
def test_from_a_new_query_to_customs_answer(chromium: Browsers, tmp_path: Path, language: str) -> None:
    words = _WORDS[language]
    with _tab(chromium, tmp_path, locale=language) as (page, console):
        page.click("[data-key=n]")
        page.fill("#item_id", "RR123456785HK")
        page.fill("#sender_mobile", "6123 4567")
        page.fill("#authority", "DE")
        page.fill("#codes", "F605")
        page.select_option("#language", "zh-Hant")
        page.click("#new-query > button")
        expect(page.locator(".sms").first).to_contain_text("本短訊不含連結")
        page.click("button[value=yes]")
        expect(page.locator(".note.good")).to_be_visible()
        _reply(page, console, "+852 6123 4567")
        _accept(page, console, words)
        _take(page, console, words)


def _reply(page: Page, console: str, phone: str) -> None:
    """The text comes to the phone, and its owner answers."""
    page.goto(f"{console}/sandbox/phones")
    expect(page.locator(f".handset[aria-label='{phone}']")).to_be_visible()
    thread = page.locator(".bubbles")
    expect(thread).to_contain_text("本短訊不含連結")
    assert thread.locator("u.tapped").count() == 0
    page.fill("#words", _REPLY)
    page.press("#words", "Enter")
    expect(thread).to_contain_text(_REPLY)


def _accept(page: Page, console: str, words: dict[str, str]) -> None:
    """The reply comes to the list; it is accepted in customs' letters."""
    page.goto(f"{console}/queries")
    expect(page.locator(".tag-replied")).to_be_visible()
    page.click("tbody th a")
    expect(page.locator(".timeline")).to_contain_text(_REPLY)
    page.click(f"#deciding >> text={words['accept']}")
    page.fill("#text", _ANSWER)
    page.click(f"text={words['see']}")
    page.click("button[value=yes]")
    expect(page.locator(".note.good")).to_be_visible()


def _take(page: Page, console: str, words: dict[str, str]) -> None:
    """The answer is back at customs, who take it."""
    page.goto(f"{console}/sandbox/customs")
    expect(page.locator(".answer-back")).to_contain_text(_ANSWER)
    page.click(f"button:text-is('{words['take']}')")
    expect(page.locator(".answer-back")).to_have_count(0)


def test_a_link_in_a_reply_is_underlined_and_ours_is_not(chromium: Browsers, tmp_path: Path) -> None:
    with _tab(chromium, tmp_path) as (page, console):
        page.goto(f"{console}/sandbox/customs")
        page.click("button:text-is('What is in it?')")
        page.goto(f"{console}/sandbox/phones")
        expect(page.locator(".bubbles .post u")).to_contain_text(["2921 2222"])
        page.fill("#words", "see shop.example.com or call 9876 5432")
        page.press("#words", "Enter")
        expect(page.locator(".bubbles .mine u.tapped")).to_have_text(["shop.example.com", "9876 5432"])
        page.goto(f"{console}/sandbox/carrier")
        page.click("button:text-is('An hour on')")
        expect(page.locator("text=ahead of the real time")).to_be_visible()
        page.check("#lose")
        page.click("button:text-is('Set it so')")
        expect(page.locator("#lose")).to_be_checked()
