"""Offices on each database, and one browser for all tests of a module."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.console.office import Office, open_office

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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's browser. Where there is none, the tests fail and say how to get it."""
    path = shutil.which("chromium") or _CHROMIUM
    assert os.access(path, os.X_OK), "There is no browser: run `make browser`, or apt-get install chromium."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    """A visitor without cookies, who reads English."""
    context = chromium.new_context(locale="en-GB")
    context.set_default_timeout(5000)
    yield context
    context.close()
