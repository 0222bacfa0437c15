"""What browsers complain of while a test is at them: noted from every tab of every visitor, and none may be left."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request, Response, WebError

PATIENCE = 15_000  # milliseconds: the machine does much at once
_LEFT = "net::ERR_ABORTED"  # a page that was left waits for nothing more: its stream and its parts end so
_ANSWERED = "Failed to load resource"  # the console repeats an answer, which is judged by itself


@dataclass
class Watch:
    """`complaints`: of the console, scripts that failed, requests that failed, and answers that nobody may get."""

    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """From now on, over every tab of this visitor."""
        context.on("console", self._said)
        context.on("weberror", self._threw)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_ANSWERED):
            self.complaints.append(f"console: {message.text}")

    def _threw(self, failure: WebError) -> None:
        self.complaints.append(f"script: {failure.error}")

    def _failed(self, request: Request) -> None:
        if request.failure != _LEFT:
            self.complaints.append(f"{_named(request)}: {request.failure}")

    def _answered(self, response: Response) -> None:
        """A page that refuses (4xx) may be what a test opens; a part of a page, a script or a style is not."""
        refused = response.status >= 400 and not response.request.is_navigation_request()
        if response.status >= 500 or refused:
            self.complaints.append(f"{_named(response.request)}: {response.status}")


def _named(request: Request) -> str:
    return f"{request.method} {urlsplit(request.url).path}"


@dataclass
class Browsers:
    """Hands a browser to each visitor: with cookies of its own, and watched."""

    chromium: Browser
    watch: Watch = field(default_factory=Watch)
    handed: list[BrowserContext] = field(default_factory=list)

    def new_context(self, **look: Any) -> BrowserContext:
        """`look`: how it is set, as Playwright names it: locale, color_scheme."""
        context = self.chromium.new_context(**look)
        context.set_default_timeout(PATIENCE)
        self.watch.over(context)
        self.handed.append(context)
        return context

    def close(self) -> None:
        """Every visitor leaves; what their tabs still had to say is noted."""
        for context in self.handed:
            context.close()
