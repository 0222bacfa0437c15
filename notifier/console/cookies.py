"""Two cookies: the session, and before sign-in a visit, which only ties a form to its page."""

from fastapi import Request
from starlette.responses import Response

from notifier.console.parts import console_of
from notifier.service.staff import new_token

_LONGEST = 100


def _name(request: Request, name: str) -> str:
    """With __Host- a browser takes it only over HTTPS, for this host alone."""
    return f"__Host-{name}" if console_of(request).secure else name


def _read(request: Request, name: str) -> str | None:
    value = request.cookies.get(_name(request, name))
    return value if value and len(value) <= _LONGEST else None


def session_token(request: Request) -> str | None:
    """The session's token, unchecked."""
    return _read(request, "session")


def visit_of(request: Request) -> str | None:
    """What the forms of this browser are tied to: its session, or its visit before there is one."""
    return session_token(request) or _read(request, "visit")


def begin_visit(request: Request) -> str:
    """The visit there is, or a new one."""
    return visit_of(request) or new_token()


def keep_visit(request: Request, response: Response, visit: str) -> Response:
    """Give a new visit to the browser."""
    if visit_of(request) is None:
        _set(request, response, "visit", visit)
    return response


def keep_session(request: Request, response: Response, token: str) -> Response:
    """Sign the browser in; the token is new each time, so that one planted before is worth nothing."""
    _set(request, response, "session", token)
    return response


def forget_session(request: Request, response: Response) -> Response:
    """Sign the browser out."""
    secure = console_of(request).secure
    response.delete_cookie(_name(request, "session"), path="/", secure=secure, httponly=True, samesite="lax")
    return response


def _set(request: Request, response: Response, name: str, value: str) -> None:
    # Lax: with Strict a link in a mail would find nobody signed in. It ends with the browser, or in the database.
    secure = console_of(request).secure
    response.set_cookie(_name(request, name), value, path="/", secure=secure, httponly=True, samesite="lax")
