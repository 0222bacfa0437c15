"""The watch over the browsers' consoles: whatever a page can complain of is noted, and nobody opens one unwatched."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from tests.console.watching import Browsers

_TESTS = Path(__file__).parents[1]
_PLACE = "http://127.0.0.1/"
_ANSWERS = {"broken": 500, "missing": 404}


def _serve(route: Route) -> None:
    """A site of one page, whose other addresses break, miss something or cannot be reached."""
    name = route.request.url.removeprefix(_PLACE)
    if name == "unreachable":
        route.abort()
    else:
        route.fulfill(status=_ANSWERS.get(name, 200), content_type="text/html", body="<link rel=icon href=data:,>")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.error('it hurts')", "console: it hurts"),
        ("console.warn('it is odd')", "console: it is odd"),
        ("setTimeout(() => { throw new Error('it broke') })", "it broke"),
        ("fetch('/broken')", "GET /broken: 500"),
        ("fetch('/missing')", "GET /missing: 404"),
        ("fetch('/unreachable').catch(() => 0)", "GET /unreachable: net::ERR_FAILED"),
        ("location.href = '/broken'", "GET /broken: 500"),
    ],
)
def test_a_complaint_of_a_page_is_noted(unwatched_chromium: Browser, script: str, complaint: str) -> None:
    browsers = Browsers(unwatched_chromium)
    page = browsers.new_context().new_page()
    page.route("**/*", _serve)
    page.goto(_PLACE)
    page.evaluate(f"() => {{ {script} }}")
    page.wait_for_timeout(100)
    page.wait_for_load_state("networkidle")
    browsers.close()
    assert [noted for noted in browsers.watch.complaints if complaint in noted] != [], browsers.watch.complaints


@pytest.mark.browser
def test_a_page_that_refuses_and_one_that_is_left_are_no_complaints(unwatched_chromium: Browser) -> None:
    browsers = Browsers(unwatched_chromium)
    page = browsers.new_context().new_page()
    page.route("**/*", lambda route: None if route.request.url.endswith("/slow") else _serve(route))
    page.goto(_PLACE)
    page.evaluate("() => { fetch('/slow').catch(() => 0) }")
    page.goto(f"{_PLACE}missing")
    browsers.close()
    assert browsers.watch.complaints == []


def test_no_test_opens_a_browser_that_is_not_watched() -> None:
    words = ("sync_playwright()", "async_playwright()", "unwatched_chromium")
    texts = {path: path.read_text(encoding="utf-8") for path in _TESTS.rglob("*.py")}
    opened = {str(path.relative_to(_TESTS)) for path, text in texts.items() if any(word in text for word in words)}
    assert opened == {"console/conftest.py", "console/test_watching.py", "screenshots/__main__.py"}
