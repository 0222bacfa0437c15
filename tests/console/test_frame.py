"""What stands around every page: what the sandbox may claim, and how a page looks on paper."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from notifier.domain.permissions import Role
from tests.console.office import Office, open_office
from tests.console.reader import reader_of
from tests.console.sandbox_looks import Drawer
from tests.console.visitor import at_a_browser
from tests.console.watching import Browsers

_NONE_LEAVES = "Made-up senders: no text leaves this machine."
_MAY_LEAVE = "The carrier is not in this process: texts may leave this machine."
_GROUNDS = "[document.body, ...document.querySelectorAll('.card')].map((one) => getComputedStyle(one).backgroundColor)"


@pytest.mark.parametrize("carrier_within", [True, False])
def test_a_sandbox_says_that_no_text_leaves_only_where_its_carrier_is_its_own(
    sqlite_url: str, carrier_within: bool
) -> None:
    with open_office(sqlite_url, Drawer() if carrier_within else None) as office:
        page = reader_of(office).get("/console/sign-in").text
        assert (_NONE_LEAVES in page, _MAY_LEAVE in page) == (carrier_within, not carrier_within)


@pytest.mark.browser
def test_paper_is_white_and_says_that_it_comes_from_a_sandbox(small_office: Office, chromium: Browsers) -> None:
    query = small_office.world.texted()
    small_office.world.wind(timedelta(hours=72))
    (handoff,) = [one for one in small_office.world.see(query.id).handoffs if one.closed_at is None]
    desk = at_a_browser(chromium.new_context(locale="en-GB", color_scheme="dark"), small_office)
    desk.sign_in(small_office.hire(Role.HOTLINE))
    desk.page.emulate_media(media="print")
    for page in (f"/console/handoffs/{handoff.id}", f"/console/queries/{query.id}"):
        desk.go(page)
        grounds = desk.page.evaluate(_GROUNDS)
        assert set(grounds) <= {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}, page
        expect(desk.page.locator(".sandbox strong")).to_be_visible()
