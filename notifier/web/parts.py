"""What the web is given; put together in notifier.runtime."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from starlette.types import ASGIApp

from notifier.service.context import Context
from notifier.web.belief import Believer


@dataclass(frozen=True, repr=False)
class WebParts:
    """Everything the routes need.

    tokens: the carrier's, the current one first; webhooks signed with any are believed.
    public_url: where the carrier reaches us, without a slash at the end; signatures are checked against it.
    max_body: bytes of a request. ready: reasons why this process should get no traffic yet; it asks the database.
    open_metrics: whether /metrics needs no key. sandbox: mounted at /sandbox, or None.
    console: mounted at /console, or None.
    """

    ctx: Context
    account_sid: str
    tokens: tuple[str, ...]
    public_url: str
    max_body: int
    ready: Callable[[], list[str]]
    open_metrics: bool = False
    sandbox: ASGIApp | None = None
    console: ASGIApp | None = None
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None

    @property
    def believer(self) -> Believer:
        """Tells the carrier's webhooks from others."""
        return Believer(self.account_sid, self.tokens, self.public_url)


def parts_of(request: Request) -> WebParts:
    """The parts of the application that serves this request."""
    app: Any = request.app
    parts: WebParts = app.state.parts
    return parts


async def _context_of(request: Request) -> Context:
    return parts_of(request).ctx


Ctx = Annotated[Context, Depends(_context_of)]
