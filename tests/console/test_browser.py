"""The liaison desk at a real browser: from sign-in to a decision, by mouse and by keys, in both languages."""

import pytest
from playwright.sync_api import BrowserContext, expect

from notifier.domain.lifecycle import Outcome, State
from notifier.domain.permissions import Role
from tests.console.office import Office
from tests.console.visitor import at_a_browser
from tests.console.watching import Browsers

pytestmark = pytest.mark.browser
HOSTILE = "<script>document.title='taken'</script> Two <b>cotton</b> shirts & a hat"
# By the browser's language: what the pages say.
_WORDS = {
    "en-GB": {
        "list": "Queries",
        "accept": "Accept the answer",
        "see": "See what it leads to",
        "follows": "The query closes as answered",
        "done": "The answer was accepted.",
    },
    "zh-HK": {
        "list": "查詢",
        "accept": "接納答覆",
        "see": "看看後果",
        "follows": "查詢會結束",
        "done": "已接納答覆。",
    },
}


@pytest.mark.parametrize("language", list(_WORDS))
def test_a_liaison_officer_accepts_an_answer_by_mouse(office: Office, chromium: Browsers, language: str) -> None:
    words = _WORDS[language]
    query = office.world.texted()
    office.world.reply(HOSTILE)
    desk = at_a_browser(chromium.new_context(locale=language), office)
    desk.sign_in(office.hire(Role.LIAISON))
    assert desk.heading() == words["list"]
    desk.page.click(f"text={query.code}")
    assert HOSTILE in desk.page.inner_text(".timeline")
    desk.page.click(f"#deciding >> text={words['accept']}")
    desk.page.click(f"text={words['see']}")
    assert words["follows"] in desk.page.inner_text(".consequences")
    assert office.world.see(query.id).query.state is State.REPLIED
    desk.page.click("button[value=yes]")
    expect(desk.page.locator(".note.good")).to_have_text(words["done"])
    seen = office.world.see(query.id)
    assert (seen.query.outcome, seen.answers[-1].body) == (Outcome.ANSWERED, HOSTILE)
    assert seen.answers[-1].accepted_by == "Mei Chan"


@pytest.mark.parametrize("language", list(_WORDS))
def test_the_same_by_keys_alone(small_office: Office, chromium: Browsers, language: str) -> None:
    office = small_office
    query = office.world.texted()
    office.world.reply("Two cotton shirts")
    desk = at_a_browser(chromium.new_context(locale=language), office)
    desk.sign_in_by_keys(office.hire(Role.LIAISON))
    keys = desk.page.keyboard
    keys.press("?")
    expect(desk.page.locator("#help")).to_be_visible()
    keys.press("Escape")
    keys.press("j")
    keys.press("Enter")
    expect(desk.page.locator("h1")).to_have_text(query.code)
    desk.page.wait_for_load_state()
    keys.press("a")
    expect(desk.page.locator("form button[autofocus]")).to_be_focused()
    desk.tab_to("#text", back=True)
    keys.press("Control+End")
    keys.type(" of size 5")
    desk.tab_to("form button[autofocus]")
    keys.press("Enter")
    expect(desk.page.locator(".consequences li").first).to_be_visible()
    expect(desk.page.locator("button[value=yes]")).to_be_focused()
    keys.press("Enter")
    expect(desk.page.locator(".note.good")).to_have_text(_WORDS[language]["done"])
    seen = office.world.see(query.id)
    assert (seen.query.outcome, seen.answers[-1].body) == (Outcome.ANSWERED, "Two cotton shirts of size 5")


def test_the_list_stays_new_without_a_reload_and_the_row_stays_chosen(
    small_office: Office, browser: BrowserContext
) -> None:
    first = small_office.world.texted()
    desk = at_a_browser(browser, small_office)
    desk.sign_in(small_office.hire(Role.LIAISON))
    desk.page.keyboard.press("j")
    small_office.world.reply("Two cotton shirts")
    expect(desk.page.locator(".tag-replied").first).to_be_visible()
    assert desk.page.locator("tr.chosen").get_attribute("data-row") == str(first.id)


def test_a_reply_shows_on_the_open_page_with_what_can_be_decided_now(
    small_office: Office, browser: BrowserContext
) -> None:
    query = small_office.world.texted()
    desk = at_a_browser(browser, small_office)
    desk.sign_in(small_office.hire(Role.LIAISON))
    desk.go(f"/console/queries/{query.id}")
    expect(desk.page.locator("#deciding")).not_to_contain_text("Reject the reply")
    desk.page.click("summary")
    desk.page.fill("#because", "To call her back")
    small_office.world.reply("Two cotton shirts")
    expect(desk.page.locator(".timeline")).to_contain_text("Two cotton shirts")
    expect(desk.page.locator("#deciding")).to_contain_text("Reject the reply")
    expect(desk.page.locator("#state")).to_have_text("Reply to check")
    expect(desk.page.locator("#because")).to_have_value("To call her back")
