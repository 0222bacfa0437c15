"""Signing in, setting up an account behind a link, and signing out."""

from io import BytesIO
from typing import Annotated, Any

import pyotp
import segno
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import PUBLIC, Staff
from notifier.console.cookies import forget_session, keep_session
from notifier.console.drawing import draw, draw_first
from notifier.console.forms import Form, form_of
from notifier.console.kept import Kept, unpacked, within
from notifier.console.parts import ROOT, console_of
from notifier.domain.errors import Invalid, SignInRefused, TryLater
from notifier.domain.permissions import Role
from notifier.service.signing_in import Attempt, find_session, sign_in, sign_in_by_link, sign_out, switch_role
from notifier.service.staff import SetUp, factor_of_link, look_at_link, set_up

router = APIRouter()
sandbox = APIRouter()
START = f"{ROOT}/queries"
Fields = Annotated[Form, Depends(form_of)]


@router.get("/", dependencies=PUBLIC)
def start(request: Request) -> Response:
    """The console's front door: a person's desk, or the sign-in page."""
    known = request.state.signed_in is not None
    return RedirectResponse(START if known else f"{ROOT}/sign-in", 303)


@router.get("/sign-in", dependencies=PUBLIC)
def ask_to_sign_in(request: Request, ended: str = "0", next: str = "") -> Response:
    """The form."""
    shown: dict[str, Any] = {"wait": 0, "refused": False, "email": "", "kept": ""}
    return draw(request, "sign_in.jinja", ended=ended == "1", next=within(next), **shown)


@router.post("/sign-in", dependencies=PUBLIC)
def do_sign_in(request: Request, form: Fields) -> Response:
    """Sign in, or be told to try again; not what was wrong. What was written before the session ended waits."""
    email, back, kept = form.get("email", "")[:200], within(form.get("next", "")), unpacked(form.get("kept", ""))
    address = request.client.host if request.client else ""
    attempt = Attempt(email, form.get("password", "")[:200], form.get("code", "")[:40], address)
    shown: dict[str, Any] = {"ended": False, "next": back, "email": email, "kept": form.get("kept", "") if kept else ""}
    try:
        token = sign_in(console_of(request).ctx, attempt)
    except TryLater as later:
        return draw(request, "sign_in.jinja", 429, wait=later.seconds, refused=False, **shown)
    except SignInRefused:
        return draw(request, "sign_in.jinja", 403, wait=0, refused=True, **shown)
    page = _again(request, token, kept) if kept else RedirectResponse(back or START, 303)
    return keep_session(request, page, token)


def _again(request: Request, token: str, kept: Kept) -> Response:
    """What they had written, in a form of the new session; nothing of it is done unasked."""
    request.state.signed_in = find_session(console_of(request).ctx, token)
    return draw_first(request, "again.jinja", token, kept=kept)


@router.post("/sign-out")
def do_sign_out(request: Request, visitor: Staff) -> Response:
    """This browser's session ends."""
    sign_out(visitor.ctx, visitor.signed_in.session_id)
    return forget_session(request, RedirectResponse(f"{ROOT}/sign-in", 303))


@router.get("/set-up/{token}", dependencies=PUBLIC)
def ask_to_set_up(request: Request, token: str) -> Response:
    """Choose a password, and scan the second factor."""
    person = look_at_link(console_of(request).ctx, token)
    return _set_up_page(request, token, person.email)


@router.post("/set-up/{token}", dependencies=PUBLIC)
def do_set_up(request: Request, token: str, form: Fields) -> Response:
    """Take both, and show the recovery codes this once."""
    ctx = console_of(request).ctx
    person = look_at_link(ctx, token)
    code = form.get("code", "").replace(" ", "")
    try:
        codes = set_up(ctx, SetUp(token, form.get("password", ""), code))
    except Invalid as refusal:
        return _set_up_page(request, token, person.email, refusal)
    return draw(request, "recovery_codes.jinja", codes=codes)


def _set_up_page(request: Request, token: str, email: str, refusal: Invalid | None = None) -> Response:
    secret = factor_of_link(console_of(request).ctx, token)
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Notifier")
    drawn = BytesIO()
    segno.make(address, micro=False).save(drawn, kind="svg", xmldecl=False, scale=5, light="#fff")
    shown = {"email": email, "secret": secret, "address": address, "qr": drawn.getvalue().decode(), "token": token}
    problems = refusal.problems if refusal else ()
    return draw(request, "set_up.jinja", 422 if problems else 200, errors=problems, **shown)


@sandbox.get("/link/{token}", dependencies=PUBLIC)
def follow_link(request: Request, token: str) -> Response:
    """The link that the sandbox prints at its start: it works once."""
    opened = sign_in_by_link(console_of(request).ctx, token)
    return keep_session(request, RedirectResponse(START, 303), opened)


@sandbox.post("/role")
def change_desk(request: Request, visitor: Staff, form: Fields) -> Response:
    """See the sandbox from another desk."""
    try:
        role = Role(form.get("role", ""))
    except ValueError:
        raise Invalid.one("role", "is none of ours.", "Choose one of the list.") from None
    return keep_session(request, RedirectResponse(START, 303), switch_role(visitor.ctx, visitor.signed_in, role))
