"""What a failure means in HTTP: one table, from exception to status and the way to mend it (RFC 9457 problems).

A problem tells what is wrong and how to mend it. It never holds a number, a body, or anything else of the request.
"""

import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match

from notifier.domain.errors import (
    Conflict,
    FieldProblem,
    Invalid,
    NotAllowed,
    NotFound,
    NotifierError,
    Stale,
)
from notifier.service.intake import KeyReused
from notifier.web.parameters import read_parameters
from notifier.web.responses import ProblemShown

log = structlog.get_logger()

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,39}")
_LONG_NUMBER = re.compile(r"\d{3,}")


class Unreadable(Invalid):
    """The body is not what it claims to be, so no field of it was read."""


class NoKey(NotifierError):
    """The request carries no key, or one that opens nothing."""


class TooLarge(NotifierError):
    """The body exceeds the limit."""


class WrongMediaType(NotifierError):
    """The body is of a kind that is not read here."""


class NotSigned(NotifierError):
    """A webhook that is not the carrier's, or not for us."""


@dataclass(frozen=True)
class Meaning:
    """A status, and how to mend it. `detail` replaces the exception's own words where those are not for clients."""

    status: int
    mend: str
    detail: str | None = None
    headers: Mapping[str, str] | None = None


_SEE_ERRORS = "Mend what `errors` lists, and send it again."
_BUSY = Meaning(503, "Try again in a few seconds.", "The database cannot be asked right now.", {"Retry-After": "2"})

MEANINGS: dict[type[Exception], Meaning] = {
    Unreadable: Meaning(400, _SEE_ERRORS),
    ClientDisconnect: Meaning(400, "Send the whole body.", "The body ended early."),
    NoKey: Meaning(
        401,
        "Send `Authorization: Bearer <key>`; `notifier keys create` makes a key.",
        headers={"WWW-Authenticate": "Bearer"},
    ),
    NotAllowed: Meaning(403, "Use a key whose role may do this."),
    NotSigned: Meaning(403, "Sign with the account's token over the public URL; `notifier doctor` checks both."),
    NotFound: Meaning(404, "Check the id."),
    Conflict: Meaning(409, "Look at it again, then decide."),
    Stale: Meaning(409, "Look at it again, then decide.", "It was changed by somebody else in this moment."),
    TooLarge: Meaning(413, "Send less; many referrals go by `notifier import`."),
    WrongMediaType: Meaning(415, "Send JSON in UTF-8 with `Content-Type: application/json`, not compressed."),
    KeyReused: Meaning(422, "Use a new Idempotency-Key for a new request."),
    Invalid: Meaning(422, _SEE_ERRORS),
    OperationalError: _BUSY,
    InterfaceError: _BUSY,
    PoolTimeout: _BUSY,
}

_HTTP: dict[int, Meaning] = {
    404: Meaning(404, "Check the address; /docs lists what there is.", "There is nothing at this address."),
    405: Meaning(405, "Use a method named in the Allow header.", "This address does not take this method."),
}
_CRASH = Meaning(500, "Try again; should it happen again, tell whoever runs the service.", "Something broke here.")


def problem(
    meaning: Meaning,
    errors: tuple[FieldProblem, ...] = (),
    members: Mapping[str, Any] | None = None,
) -> Response:
    """The answer that tells `meaning`; `members` are added to the problem as they are."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(meaning.status).phrase,
        "status": meaning.status,
        "detail": meaning.detail or "",
        "mend": meaning.mend,
        "errors": [asdict(replace(error, field=_plain(error.field))) for error in errors],
    }
    return ProblemShown(content | dict(members or {}), meaning.status, dict(meaning.headers or {}))


def crash() -> Response:
    """What a client is told of a failure nobody foresaw."""
    return problem(_CRASH)


def handlers() -> dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]]:
    """For the framework: every exception of the table, and the framework's own."""
    return {**dict.fromkeys(MEANINGS, _answer), HTTPException: _http, RequestValidationError: _parameters}


async def _answer(_request: Request, failure: Exception) -> Response:
    meaning = next(MEANINGS[kind] for kind in type(failure).__mro__ if kind in MEANINGS)
    if meaning.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Its message would show the statement and its values.
        log.warning("database_unavailable", error=type(failure).__name__)
    if isinstance(failure, Invalid):
        number = len(failure.problems)
        detail = "One field is wrong." if number == 1 else f"{number} fields are wrong."
        return problem(replace(meaning, detail=detail), failure.problems)
    return problem(replace(meaning, detail=meaning.detail or str(failure)))


async def _http(request: Request, failure: HTTPException) -> Response:
    phrase = HTTPStatus(failure.status_code).phrase
    meaning = _HTTP.get(failure.status_code, Meaning(failure.status_code, "See /docs.", f"{phrase}."))
    headers = dict(failure.headers or {})
    if "Allow" in headers:
        headers["Allow"] = ", ".join(_methods_at(request))
    return problem(replace(meaning, headers=headers))


def _methods_at(request: Request) -> list[str]:
    """What the routes at this address take together; the framework names the first one's alone."""
    here = (route for route in iter_route_contexts(request.app.routes) if route.matches(request.scope)[0] != Match.NONE)
    return sorted({method for route in here for method in route.methods or ()})


async def _parameters(_request: Request, failure: RequestValidationError) -> Response:
    errors = read_parameters(failure.errors())
    return problem(Meaning(422, _SEE_ERRORS, "The address or a header cannot be read."), errors)


def _plain(field: str) -> str:
    """A field's name as far as it is one: clients put anything there, numbers too."""
    return _LONG_NUMBER.sub("…", field) if _NAME.fullmatch(field) else "(a field)"
