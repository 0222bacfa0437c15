"""Pages as people come to see them: where each is, what is done there to get to it, and what draws it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Route, expect

from notifier.console.handsets import Handsets
from notifier.domain.permissions import Role
from tests.console.office import Office
from tests.console.visitor import Visitor

Places = dict[str, str]  # what addresses name, by the names they use
Deed = Callable[[Office, Places], None]
_BY_SCRIPT = ("hidden", "submit")  # fields that nobody types into
FAILURE = "failure.jinja"
# Every form in a copy that no script has seen.
_WITHOUT_SCRIPT = """document.querySelectorAll("form[hx-post]").forEach((form) => {
  form.removeAttribute("hx-post");
  form.replaceWith(form.cloneNode(true));
})"""


@dataclass(frozen=True)
class Look:
    """One page in one state.

    route: "METHOD /path" as the console declares it, which draws `template` with `status`.
    at: what is opened, below the console's root, with names of places in braces; the route's own path unless given.
    given: what is put into fields there, by CSS selectors; press: the button that is pressed then; key: or the key.
    until: what is waited for, where a part comes by itself. role: whose page it is, None = nobody is signed in.
    bare: as where no script runs: what is pressed leads to a page of its own.
    here: what is pressed leads nowhere, but draws a part of the page.
    before: what happens in the office first; meanwhile: what happens while the page at `at` stands there, unnoticed.
    """

    name: str
    route: str
    template: str
    at: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    press: str = ""
    key: str = ""
    until: str = ""
    status: int = 200
    role: Role | None = Role.ADMIN
    bare: bool = False
    here: bool = False
    before: Deed | None = None
    meanwhile: Deed | None = None

    def address(self, places: Places) -> str:
        """Where to begin."""
        return "/console" + (self.at or self.route.partition(" ")[2]).format(**places)

    def is_drawn_by(self, request: str) -> bool:
        """Whether "METHOD /path" of a request is the route's."""
        names = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.route))
        return re.fullmatch(names, request) is not None


@dataclass(frozen=True)
class Scene:
    """A desk and its looks. `play`: what happened before, and what addresses name.

    changes: to the office's context; handsets: makes its phones.
    """

    looks: tuple[Look, ...]
    play: Callable[[Office], Places]
    changes: Mapping[str, Any] = field(default_factory=dict)
    handsets: Callable[[], Handsets | None] = lambda: None


def reach(desk: Visitor, look: Look, places: Places) -> int:
    """Come to the page; its status."""
    if look.before is not None:
        look.before(desk.office, places)
    if look.meanwhile is not None:
        desk.page.route("**/console/changes", _no_news)
    status = desk.go(look.address(places))
    if look.meanwhile is not None:
        look.meanwhile(desk.office, places)
    desk.unfold()
    for selector, words in look.given.items():
        _give(desk.page, selector.format(**places), words.format(**places))
    if look.bare:
        desk.page.evaluate(_WITHOUT_SCRIPT)
    if look.key:
        desk.page.keyboard.press(look.key)
    if look.press and look.here:
        desk.page.locator(look.press.format(**places)).first.click()
    elif look.press:
        with desk.page.expect_navigation() as coming:
            desk.page.locator(look.press.format(**places)).first.click()
        status = coming.value.status
        desk.unfold()
    desk.page.unroute_all()
    if look.until:
        expect(desk.page.locator(look.until).first).to_be_visible()
    return status


def _no_news(_route: Route) -> None:
    """The stream of events says nothing: the page does not hear that it is old."""


def _give(page: Page, selector: str, words: str) -> None:
    """Put something into a field, as its kind wants it."""
    place = page.locator(selector).first
    match place.evaluate("(field) => field.type"):
        case "select-one":
            place.select_option(words)
        case "checkbox" | "radio":
            place.check()
        case "file":
            place.set_input_files({"name": "referrals.csv", "mimeType": "text/csv", "buffer": words.encode()})
        case kind if kind in _BY_SCRIPT:
            place.evaluate("(field, words) => { field.value = words }", words)
        case _:
            place.fill(words)
