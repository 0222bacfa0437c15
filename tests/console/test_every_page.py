"""Every page, in both languages, light and dark: axe finds nothing on it; and no page is left out of the tables."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request

from notifier import console
from notifier.console import ConsoleParts, create_console, drawing
from notifier.console.access import accesses
from notifier.domain.permissions import Role
from tests.console.decisions_looks import DECISIONS
from tests.console.frame_looks import FRAME
from tests.console.hotline_looks import HOTLINE_DESK
from tests.console.liaison_looks import LIAISON_DESK
from tests.console.looks import FAILURE, Look, reach
from tests.console.office import Office, open_office
from tests.console.operations_looks import OPERATIONS_DESK
from tests.console.places import places_of, replied
from tests.console.reader import reader_of
from tests.console.sandbox_looks import SANDBOX, Drawer
from tests.console.visitor import Visitor, at_a_browser
from tests.console.watching import Browsers
from tests.contexts import make_context
from tests.fakes import FakeCarrier

_SCENES = {
    "frame": FRAME,
    "liaison": LIAISON_DESK,
    "decisions": DECISIONS,
    "hotline": HOTLINE_DESK,
    "operations": OPERATIONS_DESK,
    "sandbox": SANDBOX,
}
_LOOKS = [look for scene in _SCENES.values() for look in scene.looks]
_HOME = Path(console.__file__).parent
_TEMPLATES = {
    path.relative_to(_HOME / "templates").as_posix(): path.read_text(encoding="utf-8")
    for path in (_HOME / "templates").rglob("*.jinja")
}
_PAGES = {name for name, text in _TEMPLATES.items() if '{% extends "base.jinja" %}' in text}
_ELSEWHERE, _FILE, _PART, _EVENTS = "leads elsewhere", "a file", "a part of a page", "a stream of events"
# What draws no page, but for the one that says what went wrong; and why.
_NO_PAGE = {
    "GET /": _ELSEWHERE,
    "GET /link/{token}": _ELSEWHERE,
    "GET /changes": _EVENTS,
    "GET /queries.{kind}": _FILE,
    "GET /handoffs.{kind}": _FILE,
    "GET /operations/unknown.{kind}": _FILE,
    "GET /operations/quarantine.{kind}": _FILE,
    "GET /operations/refused.{kind}": _FILE,
    "POST /account": _ELSEWHERE,
    "POST /role": _ELSEWHERE,
    "POST /queries/new/check": _PART,
    "POST /queries/{query_id}/accept/check": _PART,
    "POST /handoffs/next": _ELSEWHERE,
    "POST /handoffs/{handoff_id}/release": _ELSEWHERE,
    "POST /handoffs/{handoff_id}/renew": _PART,
    "POST /sandbox/customs/queries/{query_id}/{news}": _ELSEWHERE,
    "POST /sandbox/customs/answers/{answer_id}/{word}": _ELSEWHERE,
    "POST /sandbox/carrier": _ELSEWHERE,
    "POST /sign-out": _ELSEWHERE,
}

Drawn = list[tuple[str, str]]  # "METHOD /path" below the console's root, and the template of the page


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Every page that is drawn from now on, parts of pages aside."""
    seen: Drawn = []
    render = drawing.render

    def noting(request: Request, template: str, shown: Mapping[str, Any]) -> str:
        if template in _PAGES:
            seen.append((f"{request.method} {request.url.path.removeprefix('/console')}", template))
        return render(request, template, shown)

    monkeypatch.setattr(drawing, "render", noting)
    return seen


@pytest.fixture
def routes(sqlite_url: str) -> set[str]:
    """What the console declares, as "METHOD /path"."""
    ctx = make_context(sqlite_url, carrier=FakeCarrier())
    made = create_console(ConsoleParts(ctx, "http://localhost", secure=False, sandbox=True))
    found = {f"{method} {known.path}" for known, _ in accesses(made.app.routes) for method in known.methods or ()}
    ctx.database.dispose()
    return found


def _left_out(routes: set[str], pages: set[str]) -> set[str]:
    """Routes and templates that no look shows."""
    shown = {look.route for look in _LOOKS} | {look.template for look in _LOOKS}
    return (routes - set(_NO_PAGE) - shown) | (pages - shown)


def test_no_route_and_no_template_is_left_out(routes: set[str]) -> None:
    assert len(_PAGES) >= 25
    assert _left_out(routes, _PAGES) == set()
    assert _left_out({*routes, "GET /attic"}, {*_PAGES, "attic.jinja"}) == {"GET /attic", "attic.jinja"}


def test_the_tables_name_nothing_that_is_gone(routes: set[str]) -> None:
    looks = [look for look in _LOOKS if look.template != FAILURE]
    assert {look.route for look in looks} | set(_NO_PAGE) == routes
    assert {look.template for look in _LOOKS} == _PAGES
    assert {look.route for look in looks} & set(_NO_PAGE) == set()
    assert len({look.name for look in _LOOKS}) == len(_LOOKS)


def test_what_is_no_page_draws_none(sqlite_url: str, drawn: Drawn) -> None:
    with open_office(sqlite_url, Drawer()) as office:
        reader, query = reader_of(office), replied(office)
        reader.sign_in(office.hire(Role.ADMIN))
        places = places_of(office, query) | {"token": "none"}
        for route in _NO_PAGE:  # signing out comes last
            method, _, path = route.format(**places).partition(" ")
            drawn.clear()
            if method == "POST":
                assert reader.post(f"/console{path}").status_code != 403, route
            else:
                with reader.client.stream("GET", f"/console{path}") as answer:
                    page = answer.headers.get("content-type", "").startswith("text/html")
                    assert not page or answer.status_code >= 400, route
            assert {template for request, template in drawn if request == f"{method} {path}"} <= {FAILURE}, route


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en-GB", "zh-HK"])
@pytest.mark.parametrize("name", list(_SCENES))
def test_everybody_can_use_every_page(
    sqlite_url: str, chromium: Browsers, drawn: Drawn, name: str, language: str
) -> None:
    scene = _SCENES[name]
    wrong: dict[str, list[str]] = {}
    with open_office(sqlite_url, scene.handsets(), **scene.changes) as office:
        places = scene.play(office)
        desks: dict[Role | None, Visitor] = {}
        for look in scene.looks:
            if look.role not in desks:
                desks[look.role] = _desk(chromium, office, look.role, language)
            desk = desks[look.role]
            assert reach(desk, look, places) == look.status, look.name
            assert _is_shown(look, drawn), (look.name, drawn[-3:])
            assert desk.page.locator("html").get_attribute("lang") == ("en" if language == "en-GB" else "zh-Hant")
            wrong |= _in_both_lights(desk, look)
        chromium.close()  # before the office is closed
    assert wrong == {}


def _desk(chromium: Browsers, office: Office, role: Role | None, language: str) -> Visitor:
    """Somebody with this role at a desk; for None, somebody before its door."""
    desk = at_a_browser(chromium.new_context(locale=language, reduced_motion="reduce"), office)
    if role is not None:
        desk.sign_in(office.hire(role, "Mei Chan" if role is Role.ADMIN else "Kit Lee"))
    return desk


def _is_shown(look: Look, drawn: Drawn) -> bool:
    """Whether the last page that was drawn is the one the table says."""
    request, template = drawn[-1]
    return template == look.template and look.is_drawn_by(request)


def _in_both_lights(desk: Visitor, look: Look) -> dict[str, list[str]]:
    """What axe finds, by the look and the light."""
    found: dict[str, list[str]] = {}
    for light in ("light", "dark"):
        desk.page.emulate_media(color_scheme=light)
        if wrong := desk.accessible():
            found[f"{look.name}, {light}"] = wrong
    return found


def test_the_two_ways_into_the_dark_have_the_same_colours() -> None:
    """Who chooses dark in the account sees what is looked at here, where the system chooses it."""
    sheet = (_HOME / "static" / "console.css").read_text(encoding="utf-8")
    chosen = re.search(r':root\[data-theme="dark"\] \{(.*?)\}', sheet, re.DOTALL)
    systems = re.search(r":root:not\(\[data-theme\]\) \{(.*?)\}", sheet, re.DOTALL)
    assert chosen is not None
    assert systems is not None
    assert chosen[1].split() == systems[1].split()
