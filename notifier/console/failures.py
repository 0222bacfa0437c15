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
from notifier.console.forms import FileTooLarge, NotOurForm
from notifier.console.kept import keep, packed
from notifier.console.lists import by_script
from notifier.console.parts import ROOT
from notifier.console.words import marked
from notifier.domain.errors import Conflict, Invalid, NotAllowed, NotFound, SignInRefused, Stale

log = structlog.get_logger()
# Tells a page's script where to sign in.
SIGN_IN = "x-sign-in"


@dataclass(frozen=True)
class Meaning:
    """A status, what happened, and what to do; `command`: what may be typed on the server instead."""

    status: int
    title: str
    mend: str
    command: str = ""


_MOVED_ON = 409

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
        _MOVED_ON,
        marked("This cannot be done any more"),
        marked("The query has moved on. Look at it again, then decide."),
    ),
    Stale: Meaning(
        _MOVED_ON,
        marked("Somebody was faster"),
        marked("It was changed in this moment. Look at it again, then decide."),
    ),
    FileTooLarge: Meaning(
        413,
        marked("The file is too large"),
        marked("Nothing was taken. Go back and give a smaller one, or take it in on the server:"),
        "notifier import FILE",
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
    return {**dict.fromkeys(MEANINGS, _answer), FileTooLarge: _file, HTTPException: _http, NotSignedIn: _sign_in}


async def _answer(request: Request, failure: Exception) -> Response:
    meaning = next(MEANINGS[kind] for kind in type(failure).__mro__ if kind in MEANINGS)
    if meaning is _AWAY:
        log.warning("database_unavailable", error=type(failure).__name__)
    why = str(failure) if isinstance(failure, Conflict) else ""
    return _page(request, meaning, getattr(failure, "problems", ()), why)


async def _file(request: Request, failure: FileTooLarge) -> Response:
    """A page's script shows the part it asked for, and no answer that is called a failure."""
    if by_script(request):
        return draw(request, "liaison/import_look.jinja", found=None, problems=failure.problems)
    return await _answer(request, failure)


async def _http(request: Request, failure: HTTPException) -> Response:
    return _page(request, _MISSING if failure.status_code in (404, 405) else _CRASH)


def _page(request: Request, meaning: Meaning, problems: Any = (), why: str = "") -> Response:
    """`why`: the refusal's own sentence. What was written shows again, so that nobody writes it twice."""
    again = _place(request) if meaning.status == _MOVED_ON else ""
    shown: dict[str, Any] = {"problems": problems, "why": why, "again": again}
    return draw(request, "failure.jinja", meaning.status, meaning=meaning, kept=keep(request), **shown)


def _place(request: Request) -> str:
    """Where what the request was about is seen, as it stands now."""
    named = request.scope.get("path_params", {})
    return next((f"{ROOT}/{room}/{named[name]}" for name, room in _ROOMS.items() if name in named), "")


_ROOMS = {"query_id": "queries", "handoff_id": "handoffs", "check_id": "incoming", "reply_id": "replies"}


async def _sign_in(request: Request, _failure: NotSignedIn) -> Response:
    """To the sign-in page, and back to where they were going, with what they had written; never elsewhere."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = f"&next={quote(wanted)}" if request.method == "GET" else ""
    ended = session_token(request) is not None
    address = f"{ROOT}/sign-in?ended={int(ended)}{back}"
    if by_script(request) or request.headers.get("accept") == "text/event-stream":
        # The page decides: who has written something there must not be led away from it.
        return Response(status_code=204, headers={SIGN_IN: address})
    if kept := packed(keep(request)):
        shown: dict[str, Any] = {"ended": ended, "next": "", "wait": 0, "refused": False, "email": "", "kept": kept}
        return draw(request, "sign_in.jinja", 403, **shown)
    return forget_session(request, RedirectResponse(address, 303))
