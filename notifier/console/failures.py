"""Pages for what goes wrong: what happened, and how to mend it."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from notifier.console.access import NotSignedIn
from notifier.console.cookies import forget_session, session_token
from notifier.console.drawing import draw
from notifier.console.forms import NotOurForm
from notifier.console.parts import ROOT
from notifier.console.words import marked
from notifier.domain.errors import Conflict, Invalid, NotAllowed, NotFound, SignInRefused, Stale

log = structlog.get_logger()


@dataclass(frozen=True)
class Meaning:
    """A status, what happened, and what to do."""

    status: int
    title: str
    mend: str


_AWAY = Meaning(503, marked("The database cannot be asked right now"), marked("Try again in a few seconds."))
_CRASH = Meaning(
    500, marked("Something broke here"), marked("Try again; should it happen again, tell whoever runs the service.")
)
_MISSING = Meaning(
    404, marked("There is no such page"), marked("Check the address, or search for the query's reference.")
)
MEANINGS: dict[type[Exception], Meaning] = {
    NotAllowed: Meaning(
        403, marked("Your role may not do this"), marked("Ask a colleague whose role may, or an administrator.")
    ),
    NotOurForm: Meaning(
        403, marked("This form was not taken"), marked("Nothing was changed. Go back, load the page again, and retry.")
    ),
    SignInRefused: Meaning(
        403, marked("This link opens nothing"), marked("It was used before, or is over. Ask an operator for a new one.")
    ),
    NotFound: _MISSING,
    Conflict: Meaning(
        409, marked("This cannot be done any more"), marked("The query has moved on. Look at it again, then decide.")
    ),
    Stale: Meaning(
        409, marked("Somebody was faster"), marked("It was changed in this moment. Look at it again, then decide.")
    ),
    Invalid: Meaning(422, marked("This cannot be read"), marked("Go back, and mend what is listed here.")),
    RequestValidationError: _MISSING,
    OperationalError: _AWAY,
    InterfaceError: _AWAY,
    PoolTimeout: _AWAY,
    Exception: _CRASH,
}


def handlers() -> dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]]:
    """For the framework."""
    return {**dict.fromkeys(MEANINGS, _answer), HTTPException: _http, NotSignedIn: _sign_in}


async def _answer(request: Request, failure: Exception) -> Response:
    meaning = next(MEANINGS[kind] for kind in type(failure).__mro__ if kind in MEANINGS)
    if meaning is _AWAY:
        log.warning("database_unavailable", error=type(failure).__name__)
    return _page(request, meaning, getattr(failure, "problems", ()))


async def _http(request: Request, failure: HTTPException) -> Response:
    return _page(request, _MISSING if failure.status_code in (404, 405) else _CRASH)


def _page(request: Request, meaning: Meaning, problems: Any = ()) -> Response:
    return draw(request, "failure.jinja", meaning.status, meaning=meaning, problems=problems)


async def _sign_in(request: Request, _failure: NotSignedIn) -> Response:
    """To the sign-in page, and back to where they were going; never elsewhere."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = f"&next={quote(wanted)}" if request.method == "GET" else ""
    ended = session_token(request) is not None
    address = f"{ROOT}/sign-in?ended={int(ended)}{back}"
    if request.headers.get("hx-request"):
        return Response(status_code=200, headers={"HX-Redirect": address})
    return forget_session(request, RedirectResponse(address, 303))
