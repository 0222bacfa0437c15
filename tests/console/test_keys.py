"""Single keys that do something: who speaks to their computer, or rests a hand on it, can turn them off."""

import pytest
from playwright.sync_api import expect

from notifier.domain.permissions import Role
from tests.console.office import Office
from tests.console.visitor import Visitor, at_a_browser
from tests.console.watching import Browsers

pytestmark = pytest.mark.browser


def test_single_keys_are_turned_off_for_good_and_on_again(small_office: Office, chromium: Browsers) -> None:
    small_office.world.texted()
    desk = at_a_browser(chromium.new_context(locale="en-GB"), small_office)
    desk.sign_in(small_office.hire(Role.LIAISON))
    assert _chosen_by_key(desk) == 1
    _turn_keys(desk, on=False)
    desk.go("/console/queries")
    assert _chosen_by_key(desk) == 0
    _turn_keys(desk, on=True)
    assert _chosen_by_key(desk) == 1


def _chosen_by_key(desk: Visitor) -> int:
    """How many rows are chosen once the key for the next one was pressed."""
    desk.page.keyboard.press("j")
    return desk.page.locator("tr.chosen").count()


def _turn_keys(desk: Visitor, *, on: bool) -> None:
    """By the button that needs no key."""
    desk.page.click("#keys")
    desk.page.set_checked("#keys-on", on)
    desk.page.click("#help button")
    expect(desk.page.locator("#help")).to_be_hidden()


def test_where_no_script_runs_nothing_offers_keys(small_office: Office, chromium: Browsers) -> None:
    desk = at_a_browser(chromium.new_context(locale="en-GB", java_script_enabled=False), small_office)
    desk.sign_in(small_office.hire(Role.LIAISON))
    expect(desk.page.locator(".me")).to_be_visible()
    expect(desk.page.locator("#keys")).to_be_hidden()
