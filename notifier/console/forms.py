"""Reading a form, and believing that our own page sent it.

Every unsafe request passes here before its route: the browser must say that it comes from our origin, and the form must
hold a token that only a page of this browser's visit knows.
"""

import hmac
import re
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request
from starlette.exceptions import HTTPException

from notifier.console.cookies import visit_of
from notifier.console.parts import console_of
from notifier.domain.errors import FieldProblem, Invalid, NotifierError
from notifier.domain.quiet_hours import HONG_KONG

CSRF_FIELD = "csrf"
_MOST_BYTES = 64 * 1024
MOST_UPLOADED = 2 * 1024 * 1024  # bytes of a file, some ten thousand rows
_MOST_PASSED_OVER = 64 * 1024 * 1024  # bytes of a file that is refused
_MOST_FIELDS = 150  # a joint call has a box for each of its items
_SAFE = ("GET", "HEAD", "OPTIONS")

Form = dict[str, str]


class NotOurForm(NotifierError):
    """The form did not come from a page of ours, or that page is too old."""


class FileTooLarge(Invalid):
    """The file that came with a form is larger than a page takes."""


def csrf_token(visit: str) -> str:
    """The token in the forms of a visit. The cookie cannot be told from it."""
    return hmac.new(visit.encode(), b"csrf", sha256).hexdigest()


async def guard(request: Request) -> None:
    """A dependency of the whole console. Raises NotOurForm."""
    if request.method in _SAFE:
        return
    _same_origin(request)
    form = await _read(request)
    token, visit = form.pop(CSRF_FIELD, ""), visit_of(request)
    request.state.form = form  # also of a page that is too old: its writer sees again what they wrote
    if visit is None or not hmac.compare_digest(token.encode(), csrf_token(visit).encode()):
        raise NotOurForm("The page was open for too long, or you signed in anew since.")


async def form_of(request: Request) -> Form:
    """The fields that `guard` read."""
    form: Form = request.state.form
    return form


def codes_in(typed: str) -> list[str]:
    """Question codes as people type several: with spaces, commas or lines between them."""
    return [code for code in re.split(r"[\s,;]+", typed.upper()) if code]


def hong_kong_time(typed: str) -> str:
    """Hong Kong's wall clock, as browsers give it, with its offset; what is no time stays for its reader to refuse."""
    if not typed.strip():
        return ""
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=HONG_KONG).isoformat()
    except ValueError:
        return typed


def _same_origin(request: Request) -> None:
    site = request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin"):
        raise NotOurForm("The form was sent from another site.")
    origin = request.headers.get("origin")
    ours = {request.headers.get("host", ""), urlsplit(console_of(request).public_url).netloc}
    if origin is None or urlsplit(origin).netloc not in ours:
        raise NotOurForm("The form was sent from another site.")


def upload_of(request: Request) -> bytes:
    """The file that came with the form; nothing when none did."""
    raw: bytes = getattr(request.state, "upload", b"")
    return raw


async def _read_parts(request: Request) -> Form:
    """A form with a file. Its size is told beforehand, so that no page of ours stores what it would refuse."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise NotOurForm("The form does not tell its size.")
    if int(length) > MOST_UPLOADED + _MOST_BYTES:
        await _pass_over(request)
        message = f"is larger than {MOST_UPLOADED // 1024**2} MB."
        raise FileTooLarge(FieldProblem("file", message, "Split it; each part with the header."))
    form: Form = {}
    try:
        async with request.form(max_files=1, max_fields=_MOST_FIELDS) as parts:
            for name, part in parts.multi_items():
                if isinstance(part, str):
                    form[name] = part
                else:
                    request.state.upload = await part.read()
    except HTTPException:
        raise NotOurForm("The form cannot be read.") from None
    return form


async def _pass_over(request: Request) -> None:
    """Read what nobody keeps: a browser writes a form to its end before it hears why it was refused."""
    passed = 0
    async for chunk in request.stream():
        passed += len(chunk)
        if passed > _MOST_PASSED_OVER:
            return


async def _read(request: Request) -> Form:
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _read_parts(request)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise NotOurForm("The form is larger than any of ours.")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise NotOurForm("The form cannot be read.") from None
