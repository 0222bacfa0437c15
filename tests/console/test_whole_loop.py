"""The whole loop in one tab, with real parts: customs asks, the phone replies, an officer accepts, customs has it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.console.visitor import Visitor
from tests.drills.processes import Installation

pytestmark = pytest.mark.browser
# By the browser's language: what stands on the buttons.
_WORDS = {
    "en-GB": {"ask": "What is in it?", "see": "See what it leads to", "accept": "Accept the answer", "take": "Take it"},
    "zh-HK": {"ask": "內載何物？", "see": "看看後果", "accept": "接納答覆", "take": "接收"},
}


@pytest.mark.parametrize("language", list(_WORDS))
def test_from_customs_question_to_customs_answer(chromium: Browser, tmp_path: Path, language: str) -> None:
    words = _WORDS[language]
    with Installation(tmp_path) as notifier:
        running = notifier.up()
        (link,) = re.findall(r"\S+/console/link/\S+", running.printed())
        context = chromium.new_context(locale=language)
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(link)
        page.goto(f"{notifier.base_url}/console/sandbox/customs")
        page.select_option("#sender-language", "zh-Hant")
        page.click(f"button:text-is('{words['ask']}')")
        page.goto(f"{notifier.base_url}/console/sandbox/phones")
        thread = page.locator(".bubbles")
        expect(thread).to_contain_text("本短訊不含連結")
        assert thread.locator("u.tapped").count() == 0
        page.fill("#words", "棉質T恤兩件")
        page.press("#words", "Enter")
        expect(thread).to_contain_text("棉質T恤兩件")
        page.goto(f"{notifier.base_url}/console/queries")
        expect(page.locator(".tag-replied")).to_be_visible()
        page.click("tbody th a")
        page.click(f"#deciding >> text={words['accept']}")
        page.fill("#text", "Two cotton T shirts")
        page.click(f"text={words['see']}")
        page.click("button[value=yes]")
        expect(page.locator(".note.good")).to_be_visible()
        page.goto(f"{notifier.base_url}/console/sandbox/customs")
        expect(page.locator(".answer-back")).to_contain_text("Two cotton T shirts")
        page.click(f"button:text-is('{words['take']}')")
        expect(page.locator(".answer-back")).to_have_count(0)
        assert complaints == []
        context.close()


def test_a_link_in_a_reply_is_underlined_and_ours_is_not(chromium: Browser, tmp_path: Path) -> None:
    with Installation(tmp_path) as notifier:
        running = notifier.up()
        (link,) = re.findall(r"\S+/console/link/\S+", running.printed())
        page = chromium.new_context().new_page()
        visitor = Visitor(page, None)
        page.goto(link)
        page.goto(f"{notifier.base_url}/console/sandbox/customs")
        page.click("button:text-is('What is in it?')")
        page.goto(f"{notifier.base_url}/console/sandbox/phones")
        expect(page.locator(".bubbles .post u")).to_contain_text(["2921 2222"])
        page.fill("#words", "see shop.example.com or call 9876 5432")
        page.press("#words", "Enter")
        expect(page.locator(".bubbles .mine u.tapped")).to_have_text(["shop.example.com", "9876 5432"])
        for path in ("phones", "customs", "carrier"):
            page.goto(f"{notifier.base_url}/console/sandbox/{path}")
            assert visitor.accessible() == [], path
        page.click("button:text-is('An hour on')")
        expect(page.locator("text=ahead of the real time")).to_be_visible()
        page.check("#lose")
        page.click("button:text-is('Set it so')")
        expect(page.locator("#lose")).to_be_checked()
        page.context.close()
