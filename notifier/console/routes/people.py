"""A sender as a phone, what keeps texts from it, and the replies that people place."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Reader, Visitor, needs
from notifier.console.drawing import draw
from notifier.console.forms import Form
from notifier.console.parts import ROOT
from notifier.console.routes.sign_in import Fields
from notifier.console.timeline import messages
from notifier.domain.errors import FieldProblem, Invalid
from notifier.domain.permissions import Permission
from notifier.service.moving import move_reply
from notifier.service.phone_story import read_phone_story
from notifier.service.reply_triage import find_by_code, see_reply
from notifier.service.suppressions import before_lifting, lift_suppression

router = APIRouter()
Decider = Annotated[Visitor, needs(Permission.DECIDE_QUERIES)]
Lifter = Annotated[Visitor, needs(Permission.LIFT_SUPPRESSIONS)]
_NOWHERE = "nowhere"


@router.get("/queries/{query_id}/phone")
def see_phone(request: Request, visitor: Reader, query_id: UUID, lifted: str = "") -> Response:
    """Everything of the phone that this query is about; no address holds a number. `lifted`: an entry was just now."""
    seen = read_phone_story(visitor.ctx, query_id)
    said = messages(seen.texts.rows, seen.replies.rows)
    shown: dict[str, Any] = {"seen": seen, "now": seen.now, "said": said}
    return draw(request, "liaison/phone.jinja", **shown, lifted=bool(lifted))


@router.get("/queries/{query_id}/phone/{suppression_id}/lift")
def ask_to_lift(request: Request, visitor: Lifter, query_id: UUID, suppression_id: UUID) -> Response:
    """What follows when an entry no longer keeps texts from the phone."""
    return _lift_page(request, visitor, query_id, suppression_id)


@router.post("/queries/{query_id}/phone/{suppression_id}/lift")
def lift(request: Request, visitor: Lifter, query_id: UUID, suppression_id: UUID, form: Fields) -> Response:
    """Lift it, with a reason that stays."""
    because = form.get("reason", "")
    before_lifting(visitor.ctx, query_id, suppression_id)  # of this query's phone, or nobody's here
    try:
        lift_suppression(visitor.ctx, suppression_id, visitor.signed_in.principal, because)
    except Invalid as refusal:
        return _lift_page(request, visitor, query_id, suppression_id, refusal.problems, because)
    return RedirectResponse(f"{ROOT}/queries/{query_id}/phone?lifted=yes", 303)


def _lift_page(
    request: Request,
    visitor: Visitor,
    query_id: UUID,
    suppression_id: UUID,
    problems: tuple[FieldProblem, ...] = (),
    because: str = "",
) -> Response:
    would = before_lifting(visitor.ctx, query_id, suppression_id)
    shown: dict[str, Any] = {"would": would, "now": would.at, "query_id": query_id, "because": because}
    return draw(request, "liaison/lift.jinja", 422 if problems else 200, errors=problems, **shown)


@router.get("/replies/{reply_id}")
def ask_where(request: Request, visitor: Decider, reply_id: UUID) -> Response:
    """The reply, and what it may be about."""
    return _reply_page(request, visitor, reply_id, {})


@router.post("/replies/{reply_id}")
def place(request: Request, visitor: Decider, reply_id: UUID, form: Fields) -> Response:
    """Tell what moving it leads to; or, when that was read, move it."""
    try:
        target = _target(visitor, form)
    except Invalid as refusal:
        return _reply_page(request, visitor, reply_id, form, refusal.problems)
    principal, read = visitor.signed_in.principal, form.get("read") == "yes"
    moved = move_reply(visitor.ctx, reply_id, target, principal, preview=not read)
    if not read:
        given = {"target": str(target) if target else _NOWHERE}
        return draw(request, "liaison/moving.jinja", reply_id=reply_id, moved=moved, given=given)
    return RedirectResponse(f"{ROOT}/queries/{target}" if target else f"{ROOT}/handoffs", 303)


def _target(visitor: Visitor, form: Form) -> UUID | None:
    """The query that was chosen or typed, or None for none that is known. Raises Invalid."""
    typed, chosen = form.get("reference", ""), form.get("target", "")
    if typed.strip():
        found = find_by_code(visitor.ctx, typed)
        if found is None:
            raise Invalid.one("reference", "is no query's.", "Type the eight characters, or choose one of the list.")
        return found
    if chosen == _NOWHERE:
        return None
    try:
        return UUID(chosen)
    except ValueError:
        raise Invalid.one("target", "is not chosen.", "Choose a query, or type its reference.") from None


def _reply_page(
    request: Request, visitor: Visitor, reply_id: UUID, given: Form, problems: tuple[FieldProblem, ...] = ()
) -> Response:
    seen = see_reply(visitor.ctx, reply_id)
    shown: dict[str, Any] = {"seen": seen, "now": seen.now, "given": given, "errors": problems}
    return draw(request, "liaison/reply.jinja", 422 if problems else 200, **shown)
