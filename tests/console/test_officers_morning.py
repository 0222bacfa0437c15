"""An officer's morning: twenty queries entered and twenty answers accepted, by keys; every click and key is counted.

What is typed into a field counts as one; so does each press of a key that is no writing, and each click.
"""

from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from notifier.domain.item import with_check_digit
from notifier.domain.lifecycle import Outcome, State
from notifier.domain.permissions import Role
from notifier.service.lookups import Filters, list_queries
from tests.console.office import Office
from tests.console.visitor import at_a_browser

pytestmark = pytest.mark.browser
QUERIES = 20
MOST_TO_ENTER = 12
MOST_TO_ACCEPT = 6


@dataclass
class Hands:
    """The officer's, on the keyboard."""

    page: Page
    strokes: int = 0

    def press(self, key: str) -> None:
        """One key, once the page that is there has loaded its script."""
        self.page.wait_for_load_state()
        self.page.keyboard.press(key)
        self.strokes += 1

    def write(self, words: str) -> None:
        """Words into the field that has the focus."""
        self.page.keyboard.type(words)
        self.strokes += 1

    def taken(self) -> int:
        """Clicks and keys since one last asked."""
        strokes, self.strokes = self.strokes, 0
        return strokes


def test_twenty_queries_are_entered_and_twenty_answers_accepted(small_office: Office, browser: BrowserContext) -> None:
    world = small_office.world
    desk = at_a_browser(browser, small_office)
    desk.sign_in(small_office.hire(Role.LIAISON))
    expect(desk.page.locator("h1")).to_have_text("Queries")
    hands = Hands(desk.page)
    entering = [_enter(hands, number) for number in range(QUERIES)]
    queries = list_queries(small_office.ctx, Filters(), QUERIES + 1).rows
    assert len({query.item_id for query in queries}) == QUERIES
    for posted in world.send():
        world.receipt(posted, "delivered")
    for number in range(QUERIES):
        world.reply(f"Two cotton shirts size {number}", _phone(number))
    desk.go("/console/queries?state=replied")
    accepting = [_accept(hands, left) for left in range(QUERIES, 0, -1)]
    closed = [world.see(query.id).query for query in queries]
    assert {(query.state, query.outcome) for query in closed} == {(State.CLOSED, Outcome.ANSWERED)}
    assert max(entering) <= MOST_TO_ENTER, entering
    assert max(accepting) <= MOST_TO_ACCEPT, accepting


def _enter(hands: Hands, number: int) -> int:
    """From wherever the last one ended; from the second on, country and codes stand in the form already."""
    hands.press("n")
    expect(hands.page.locator("#item_id")).to_be_focused()
    hands.write(with_check_digit("RR", f"{41_000_000 + number}", "HK"))
    hands.press("Tab")
    hands.write(_phone(number).removeprefix("+852"))
    if number == 0:
        for words in ("DE", "F605"):
            hands.press("Tab")
            hands.write(words)
    hands.press("Enter")
    expect(hands.page.locator("button[value=yes]")).to_be_focused()
    expect(hands.page.locator(".sms").first).to_contain_text("2921 2222")
    hands.press("Enter")
    expect(hands.page.locator(".note.good")).to_be_visible()
    return hands.taken()


def _accept(hands: Hands, left: int) -> int:
    """The next reply on the list, read and accepted as it is."""
    page = hands.page
    expect(page.locator("tbody tr")).to_have_count(left)
    hands.press("j")
    hands.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Two cotton shirts")
    hands.press("a")
    expect(page.locator("form button[autofocus]")).to_be_focused()
    hands.press("Enter")
    expect(page.locator("button[value=yes]")).to_be_focused()
    hands.press("Enter")
    expect(page.locator(".note.good")).to_be_visible()
    hands.press("l")
    return hands.taken()


def _phone(number: int) -> str:
    return f"+8529123{4000 + number}"
