"""What people and tests steer: replies, mischief, the log, and the page with the sender's phone."""

import json
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from notifier.sandbox.carrier import Incoming, SandboxCarrier
from notifier.sandbox.magic import TABLE
from notifier.sandbox.store import Message, Wanted

_PAGES = Path(__file__).parent / "pages"
_MOST_LOGGED = 100_000
# The page loads nothing but its own files, and runs no script written into it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Controls:
    """Routes over one carrier. `clock_url`: where the page winds the clock, or None."""

    def __init__(self, carrier: SandboxCarrier, hotline: str, clock_url: str | None) -> None:
        self._carrier = carrier
        self._about = {"hotline": hotline, "clock_url": clock_url, "magic": [list(row) for row in TABLE]}

    def routes(self) -> list[BaseRoute]:
        """For a Starlette application."""
        return [
            Route("/", self.page),
            Route("/control/about", self.about),
            Route("/control/mischief", self.mischief, methods=["GET", "POST"]),
            Route("/control/reply", self.reply, methods=["POST"]),
            Route("/control/log", self.log),
            Route("/control/reset", self.reset, methods=["POST"]),
            Mount("/pages", StaticFiles(directory=_PAGES)),
        ]

    async def page(self, _request: Request) -> Response:
        """The sender's phone."""
        headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
        return FileResponse(_PAGES / "phone.html", headers=headers)

    async def about(self, _request: Request) -> Response:
        """What the page needs to know."""
        return JSONResponse(self._about)

    async def mischief(self, request: Request) -> Response:
        """See or change what goes wrong."""
        if request.method == "POST":
            try:
                self._carrier.trickster.change(await _object(request))
            except ValueError as refusal:
                return _refused(str(refusal))
        return JSONResponse(self._carrier.trickster.as_json())

    async def reply(self, request: Request) -> Response:
        """A phone writes."""
        try:
            incoming = _incoming(await _object(request))
        except ValueError as refusal:
            return _refused(str(refusal))
        message = self._carrier.reply(incoming)
        if message is None:
            return _refused("nobody has texted this phone, or only a name: give the number it writes to as `to`")
        return JSONResponse({"sid": message.sid}, status_code=201)

    async def log(self, request: Request) -> Response:
        """Every message with its webhooks, oldest first; `since` (seconds since 1970) leaves out those unchanged."""
        since = float(request.query_params.get("since", 0))
        webhooks = self._carrier.store.webhooks()
        messages = reversed(self._carrier.store.find(Wanted(), _MOST_LOGGED))
        return JSONResponse({"messages": [_logged(m, webhooks.get(m.sid, [])) for m in messages if m.updated >= since]})

    async def reset(self, _request: Request) -> Response:
        """Forget everything, and behave."""
        self._carrier.schedule.clear()
        self._carrier.trickster.reset()
        self._carrier.store.reset()
        return JSONResponse({})


def _logged(message: Message, webhooks: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "sid": message.sid,
        "direction": message.direction,
        "from": message.sender,
        "to": message.recipient,
        "body": message.body,
        "status": message.status,
        "error_code": message.error_code,
        "segments": message.segments,
        "media": message.media,
        "at": message.created,
        "webhooks": webhooks,
    }


async def _object(request: Request) -> dict[str, Any]:
    try:
        read = json.loads(await request.body())
    except ValueError:
        raise ValueError("the body is not JSON") from None
    if not isinstance(read, dict):
        raise ValueError("the body is not a JSON object")
    return read


def _incoming(given: dict[str, Any]) -> Incoming:
    phone, body = given.get("from"), given.get("body", "")
    if not isinstance(phone, str) or not phone or not isinstance(body, str):
        raise ValueError("give `from` (a phone) and `body` (a text)")
    media, to, opt_out = given.get("num_media", 0), given.get("to"), given.get("opt_out_type")
    if not isinstance(media, int):
        raise ValueError("`num_media` must be a number")
    if not isinstance(to, str | None) or not isinstance(opt_out, str | None):
        raise ValueError("`to` and `opt_out_type` must be texts")
    return Incoming(phone, to, body, media, opt_out)


def _refused(why: str) -> Response:
    return JSONResponse({"error": why}, status_code=400)
