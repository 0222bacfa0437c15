"""Offices on each database, and one browser for all tests, in which nothing may be complained of."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from notifier.domain.permissions import Role
from tests.console.office import Office, open_office
from tests.console.visitor import Visitor, at_a_browser
from tests.console.watching import PATIENCE, Browsers

_CHROMIUM = "/usr/bin/chromium"


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    """An office on each kind of database."""
    with open_office(database_url) as office:
        yield office


@pytest.fixture
def small_office(sqlite_url: str) -> Iterator[Office]:
    """An office where the database makes no difference."""
    with open_office(sqlite_url) as office:
        yield office


def chromium_path() -> str:
    """Where Debian puts it, else wherever it is. Fails where there is none."""
    path = _CHROMIUM if os.access(_CHROMIUM, os.X_OK) else shutil.which("chromium") or _CHROMIUM
    assert os.access(path, os.X_OK), "There is no browser: run `make browser`, or apt-get install chromium."
    return path


@pytest.fixture(scope="session")
def unwatched_chromium() -> Iterator[Browser]:
    """Debian's browser. Where there is none, the tests fail and say how to get it."""
    path = chromium_path()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def chromium(unwatched_chromium: Browser) -> Iterator[Browsers]:
    """Browsers for this test's visitors. A test whose visitors' consoles are not empty at its end fails."""
    browsers = Browsers(unwatched_chromium)
    yield browsers
    browsers.close()
    assert browsers.watch.complaints == []


@pytest.fixture
def browser(chromium: Browsers) -> BrowserContext:
    """A visitor without cookies, who reads English."""
    return chromium.new_context(locale="en-GB")


@pytest.fixture
def desk(small_office: Office, browser: BrowserContext) -> Visitor:
    """An agent's of the hotline, who has signed in."""
    desk = at_a_browser(browser, small_office)
    desk.sign_in(small_office.hire(Role.HOTLINE))
    return desk
