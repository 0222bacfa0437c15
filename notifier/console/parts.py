"""What the console is given, and the place it is mounted at."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from notifier.service.context import Context

ROOT = "/console"


@dataclass(frozen=True, repr=False)
class ConsoleParts:
    """secure: cookies go over HTTPS alone. public_url: where browsers reach us. sandbox: every page says so."""

    ctx: Context
    public_url: str
    secure: bool
    sandbox: bool
    phone: str | None = None  # the sandbox's phone page


def console_of(request: Request) -> ConsoleParts:
    """The parts of the console that serves this request."""
    app: Any = request.app
    parts: ConsoleParts = app.state.parts
    return parts
