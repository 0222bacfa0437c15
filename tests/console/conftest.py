"""Offices on each database, and one browser for all tests of a module."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.console.office import Office, open_office

_CHROMIUM = "/usr/bin/chromium"
_PATIENCE = 15_000  # milliseconds: the machine does much at once


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
def chromium() -> Iterator[Browser]:
    """Debian's browser. Where there is none, the tests fail and say how to get it."""
    path = chromium_path()
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    """A visitor without cookies, who reads English."""
    context = chromium.new_context(locale="en-GB")
    context.set_default_timeout(_PATIENCE)
    yield context
    context.close()
