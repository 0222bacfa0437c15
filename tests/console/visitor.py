"""A person at a browser: signs in, and notes whatever the browser complains of."""

from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from tests.console.office import PASSWORD, Office, Person

_AXE = Axe()


@dataclass
class Visitor:
    """One tab. `complaints`: what stood in the browser's console, and scripts that failed."""

    page: Page
    office: Office
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the site."""
        self.page.goto(self.office.url + path)

    def sign_in(self, person: Person, password: str = PASSWORD, code: str | None = None) -> None:
        """Fill in the form, and send it."""
        self.go("/console/sign-in")
        self.page.fill("#email", person.email)
        self.page.fill("#password", password)
        self.page.fill("#code", code or person.code())
        self.page.press("#code", "Enter")
        self.page.wait_for_load_state()

    def heading(self) -> str:
        """What the page is called."""
        return self.page.inner_text("h1")

    def accessible(self) -> list[str]:
        """What axe finds wrong on this page; an empty list is right."""
        results = _AXE.run(self.page)
        return [f"{one['id']}: {one['nodes'][0]['html']}" for one in results.response["violations"]]


def at_a_browser(context: BrowserContext, office: Office) -> Visitor:
    """A new tab whose complaints are noted. A refusal we asked for (4xx) is no complaint."""
    visitor = Visitor(context.new_page(), office)

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            visitor.complaints.append(message.text)

    visitor.page.on("console", note)
    visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    return visitor
