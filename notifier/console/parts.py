"""What the console is given, and the place it is mounted at."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from notifier.console.handsets import Handsets
from notifier.service.context import Context
from notifier.service.refused import Judge

ROOT = "/console"


@dataclass(frozen=True, repr=False)
class ConsoleParts:
    """secure: cookies go over HTTPS alone. public_url: where browsers reach us. sandbox: every page says so."""

    ctx: Context
    public_url: str
    secure: bool
    sandbox: bool
    judge: Judge | None = None  # tells the carrier's webhooks from others, to replay refused ones
    handsets: Handsets | None = None  # the sandbox's phones, where they run in this process


def console_of(request: Request) -> ConsoleParts:
    """The parts of the console that serves this request."""
    app: Any = request.app
    parts: ConsoleParts = app.state.parts
    return parts
