"""A person at a browser: signs in, goes about by mouse or by keys, and has pages looked at for who cannot use them."""

from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.console.office import PASSWORD, Office, Person

_AXE = Axe().axe_script
_MOST_TABS = 120
# What is read or chosen on a page stands open before it is looked at.
_UNFOLD = "for (const one of document.querySelectorAll('details')) one.open = true"
# Of the rules that axe leaves out unless asked, one is part of WCAG 2.2 AA: how large what one presses is.
_VIOLATIONS = """axe.run({resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}).then((found) =>
  found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' | ')}`))"""


@dataclass
class Visitor:
    """One tab."""

    page: Page
    office: Office

    def go(self, path: str) -> int:
        """Open a page of the site; its status."""
        answer = self.page.goto(self.office.url + path)
        return answer.status if answer is not None else 0

    def sign_in(self, person: Person, password: str = PASSWORD, code: str | None = None) -> None:
        """Fill in the form, and send it."""
        self.go("/console/sign-in")
        self.page.fill("#email", person.email)
        self.page.fill("#password", password)
        self.page.fill("#code", code or person.code())
        with self.page.expect_navigation():
            self.page.press("#code", "Enter")

    def follow(self, selector: str) -> None:
        """Click what leads to another page, and wait until its scripts run.

        What is clicked sooner goes the way of a browser without scripts, to a page of its own where a part would do.
        """
        with self.page.expect_navigation():
            self.page.click(selector)

    def sign_in_by_keys(self, person: Person) -> None:
        """The same without touching anything but keys."""
        self.go("/console/sign-in")
        for field, words in (("#email", person.email), ("#password", PASSWORD), ("#code", person.code())):
            self.tab_to(field)
            self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".me")).to_be_visible()
        self.page.wait_for_load_state()

    def tab_to(self, selector: str, *, back: bool = False) -> None:
        """Press Tab until it has the focus, as one does who has no mouse. Fails when Tab never comes there."""
        for _ in range(_MOST_TABS):
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"Tab never comes to {selector} on {self.page.url}.")

    def heading(self) -> str:
        """What the page is called."""
        return self.page.inner_text("h1")

    def unfold(self) -> None:
        """Open what the page keeps folded."""
        self.page.evaluate(f"() => {{ {_UNFOLD} }}")

    def accessible(self) -> list[str]:
        """What axe finds wrong on this page; an empty list is right."""
        if self.page.evaluate("typeof axe === 'undefined'"):
            self.page.evaluate(_AXE)
        return list(self.page.evaluate(_VIOLATIONS))


def at_a_browser(context: BrowserContext, office: Office) -> Visitor:
    """A new tab."""
    return Visitor(context.new_page(), office)
