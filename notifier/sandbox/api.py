"""The Messages resource of Twilio's API, version 2010-04-01: create, fetch and list."""

import asyncio
import base64
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from notifier.sandbox.carrier import SandboxCarrier
from notifier.sandbox.magic import Refusal, refusal_for
from notifier.sandbox.store import Message, Wanted

_BASE = "/2010-04-01/Accounts"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_MOST_BODY = 1600
_MOST_PAGE = 1000
_DEFAULT_PAGE = 50


class HungUp(Response):
    """Begins an answer and drops the line: the text was accepted, and the client cannot know."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"500")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


class MessagesApi:
    """Routes over one carrier, for one account."""

    def __init__(self, carrier: SandboxCarrier, token: str) -> None:
        self._carrier = carrier
        self._key = "Basic " + base64.b64encode(f"{carrier.account_sid}:{token}".encode()).decode()

    def routes(self) -> list[Route]:
        """For a Starlette application."""
        return [
            Route(f"{_BASE}/{{account}}/Messages.json", self.create, methods=["POST"]),
            Route(f"{_BASE}/{{account}}/Messages.json", self.list_messages, methods=["GET"]),
            Route(f"{_BASE}/{{account}}/Messages/{{sid}}.json", self.fetch, methods=["GET"]),
        ]

    async def create(self, request: Request) -> Response:
        """POST: one text. Unknown parameters are tolerated, as Twilio does."""
        form = dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))
        mischief, draw = self._carrier.trickster.mischief, self._carrier.trickster.draw
        if mischief.slow:
            await asyncio.sleep(mischief.slow)
        if (refused := self._stranger(request)) is not None:
            return refused
        if draw(mischief.error_429):
            return _error(429, 20429, "Too Many Requests", {"Retry-After": "1"})
        if draw(mischief.error_500):
            return _error(500, 20500, "An internal server error has occurred")
        if (refusal := self._refusal(form)) is not None:
            return _error(400, refusal.code, refusal.message)
        message = self._carrier.accept(form["From"], form["To"], form["Body"], form.get("StatusCallback") or None)
        if draw(mischief.drop_after_accept):
            return HungUp()
        return JSONResponse(self._shown(message), status_code=201)

    async def fetch(self, request: Request) -> Response:
        """GET: one message."""
        if (refused := self._stranger(request)) is not None:
            return refused
        message = self._carrier.store.get(request.path_params["sid"])
        if message is None:
            return _error(404, 20404, "The requested resource was not found")
        return JSONResponse(self._shown(message))

    async def list_messages(self, request: Request) -> Response:
        """GET: a page of messages, both directions, newest first."""
        if (refused := self._stranger(request)) is not None:
            return refused
        query = request.query_params
        try:
            size = min(max(int(query.get("PageSize", _DEFAULT_PAGE)), 1), _MOST_PAGE)
            number = max(int(query.get("Page", 0)), 0)
            wanted = _wanted(query)
        except ValueError:
            return _error(400, 20001, "A filter cannot be read")
        found = self._carrier.store.find(wanted, size + 1)
        return JSONResponse(self._page(query, found, size, number))

    def _page(self, query: Mapping[str, str], found: list[Message], size: int, page: int) -> dict[str, Any]:
        shown, more = found[:size], len(found) > size
        here = f"{_BASE}/{self._carrier.account_sid}/Messages.json"

        def uri(number: int, token: str | None) -> str:
            kept = {name: value for name, value in query.items() if name not in ("Page", "PageToken")}
            kept |= {"Page": str(number)} | ({"PageToken": token} if token else {})
            return f"{here}?{urlencode(kept)}"

        return {
            "messages": [self._shown(message) for message in shown],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(len(shown) - 1, 0),
            "uri": uri(page, query.get("PageToken")),
            "first_page_uri": uri(0, None),
            "next_page_uri": uri(page + 1, f"{shown[-1].created!r}_{shown[-1].sid}") if more else None,
            "previous_page_uri": uri(page - 1, None) if page else None,
        }

    def _stranger(self, request: Request) -> Response | None:
        given = request.headers.get("Authorization", "")
        ours = request.path_params["account"] == self._carrier.account_sid
        if ours and hmac.compare_digest(given.encode(), self._key.encode()):
            return None
        return _error(401, 20003, "Authenticate")

    def _refusal(self, form: Mapping[str, str]) -> Refusal | None:
        for name, code in (("To", 21604), ("From", 21603), ("Body", 21602)):
            if not form.get(name):
                return Refusal(code, f"A '{name}' is required.")
        if not _NUMBER.fullmatch(form["To"]):
            return Refusal(21211, "The 'To' number is not a valid phone number.")
        if len(form["Body"]) > _MOST_BODY:
            return Refusal(21617, "The concatenated message body exceeds the 1600 character limit.")
        if self._carrier.store.is_opted_out(form["To"]):
            return Refusal(21610, "Attempt to send to unsubscribed recipient")
        return refusal_for(form["To"])

    def _shown(self, message: Message) -> dict[str, Any]:
        uri = f"{_BASE}/{self._carrier.account_sid}/Messages/{message.sid}.json"
        sent = None if message.status in ("queued", "accepted") else _rfc2822(message.updated)
        return {
            "account_sid": self._carrier.account_sid,
            "api_version": "2010-04-01",
            "body": message.body,
            "date_created": _rfc2822(message.created),
            "date_sent": sent,
            "date_updated": _rfc2822(message.updated),
            "direction": message.direction,
            "error_code": message.error_code,
            "error_message": f"Error {message.error_code}" if message.error_code else None,
            "from": message.sender,
            "messaging_service_sid": None,
            "num_media": str(message.media),
            "num_segments": str(message.segments),
            "price": None,
            "price_unit": "USD",
            "sid": message.sid,
            "status": message.status,
            "subresource_uris": {"media": uri.replace(".json", "/Media.json")},
            "to": message.recipient,
            "uri": uri,
        }


def _wanted(query: Mapping[str, str]) -> Wanted:
    since, until = _moment(query.get("DateSent>")), _moment(query.get("DateSent<"))
    day = _moment(query.get("DateSent"))
    if day is not None:
        since, until = day, day + timedelta(days=1).total_seconds()
    before = None
    if token := query.get("PageToken"):
        created, _, sid = token.partition("_")
        before = (float(created), sid)
    return Wanted(query.get("From"), query.get("To"), since, until, before)


def _moment(raw: str | None) -> float | None:
    if not raw:
        return None
    read = datetime.fromisoformat(raw)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _rfc2822(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(int(seconds), UTC))


def _error(status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more, "status": status}
    return JSONResponse(body, status_code=status, headers=headers)
