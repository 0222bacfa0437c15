"""Staff at a real browser: from sign-in to a decision, by mouse and by keys, in both languages."""

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from notifier.console.verbs import VERBS
from notifier.domain.lifecycle import Outcome, State
from notifier.domain.permissions import Role
from tests.console.office import Office
from tests.console.visitor import at_a_browser

pytestmark = pytest.mark.browser
HOSTILE = "<script>document.title='taken'</script> Two <b>cotton</b> shirts & a hat"


def test_a_liaison_officer_accepts_an_answer_by_mouse(office: Office, browser: BrowserContext) -> None:
    query = office.world.texted()
    office.world.reply(HOSTILE)
    desk = at_a_browser(browser, office)
    desk.sign_in(office.hire(Role.LIAISON))
    assert desk.heading() == "Queries"
    desk.page.click(f"text={query.code}")
    assert HOSTILE in desk.page.inner_text(".timeline")
    desk.page.click("text=Accept the answer")
    desk.page.click("text=See what it leads to")
    assert "The query closes as answered" in desk.page.inner_text(".consequences")
    assert office.world.see(query.id).query.state is State.REPLIED
    desk.page.click("button[value=yes]")
    expect(desk.page.locator(".note.good")).to_have_text("The answer was accepted.")
    seen = office.world.see(query.id)
    assert (seen.query.outcome, seen.answers[-1].body) == (Outcome.ANSWERED, HOSTILE)
    assert (seen.answers[-1].accepted_by, desk.complaints) == ("Mei Chan", [])


@pytest.mark.parametrize("language", ["en-GB", "zh-HK"])
def test_the_same_by_keys_alone(small_office: Office, chromium: Browser, language: str) -> None:
    office = small_office
    query = office.world.texted()
    office.world.reply("Two cotton shirts")
    context = chromium.new_context(locale=language)
    desk = at_a_browser(context, office)
    desk.sign_in(office.hire(Role.LIAISON))
    desk.page.keyboard.press("?")
    expect(desk.page.locator("#help")).to_be_visible()
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("j")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("h1")).to_have_text(query.code)
    desk.page.wait_for_load_state()
    desk.page.keyboard.press("a")
    desk.page.wait_for_url("**/accept")
    desk.page.locator("#text").focus()
    for _ in range(2):
        desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".consequences li").first).to_be_visible()
    expect(desk.page.locator("button[value=yes]")).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".note.good")).to_be_visible()
    assert office.world.see(query.id).query.outcome is Outcome.ANSWERED
    told = {"en-GB": "The answer was accepted.", "zh-HK": "已接納答覆。"}
    expect(desk.page.locator(".note.good")).to_have_text(told[language])
    assert desk.complaints == []
    context.close()


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
    assert desk.complaints == []


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-GB", "zh-HK"])
def test_every_page_is_accessible(small_office: Office, chromium: Browser, language: str, colours: str) -> None:
    office = small_office
    query = office.world.texted()
    office.world.reply("Two cotton shirts")
    scheme = "dark" if colours == "dark" else "light"
    context = chromium.new_context(locale=language, color_scheme=scheme)
    desk = at_a_browser(context, office)
    desk.go("/console/sign-in")
    found = {"sign-in": desk.accessible()}
    desk.sign_in(office.hire(Role.ADMIN))
    page = f"/console/queries/{query.id}"
    verbs = [f"{page}/{name}" for name in VERBS if name != "reopen"]
    paths = [
        "/console/queries",
        "/console/queries?q=1111",
        "/console/queries?authority=1",
        "/console/queries/new",
        "/console/account",
        page,
    ]
    for path in (*paths, *verbs, "/console/queries/new", "/console/nowhere"):
        desk.go(path)
        found[path] = desk.accessible()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    assert desk.complaints == []
    context.close()


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
    assert desk.complaints == []
