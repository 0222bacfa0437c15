"""Somebody calls: find their item by its number and their phone, make sure who it is, write their answer down."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Visitor, needs
from notifier.console.drawing import draw
from notifier.console.forms import Form
from notifier.console.languages import language_of
from notifier.console.parts import ROOT
from notifier.console.routes.sign_in import Fields
from notifier.domain.errors import Invalid, NotFound
from notifier.domain.permissions import Permission
from notifier.domain.types import Language
from notifier.domain.wording import BOTH
from notifier.service.caller_checks import Caller, answer_by_caller, find_item, see_caller
from notifier.storage.models.calls import CheckOutcome

router = APIRouter()
Answerer = Annotated[Visitor, needs(Permission.RECORD_ANSWERS)]


@router.get("/incoming")
def ask_for_item(request: Request, _visitor: Answerer, done: str = "") -> Response:
    """The form."""
    return _form_page(request, {}, done=done == "1")


@router.post("/incoming")
def look(request: Request, visitor: Answerer, form: Fields) -> Response:
    """Look for it; both must fit, and nothing tells which did not."""
    try:
        item, mobile = form.get("item_id", ""), form.get("mobile", "")
        check = find_item(visitor.ctx, visitor.signed_in.principal, item, mobile)
    except Invalid as refusal:
        return _form_page(request, form, 422, errors=refusal.problems)
    if check.outcome is CheckOutcome.FOUND:
        return RedirectResponse(f"{ROOT}/incoming/{check.id}", 303)
    return _form_page(request, form, missed=check.outcome)


def _form_page(request: Request, given: Form, status: int = 200, **more: Any) -> Response:
    return draw(request, "hotline/incoming.jinja", status, **{"given": given, "done": False, "missed": None} | more)


@router.get("/incoming/{check_id}")
def see_found(request: Request, visitor: Answerer, check_id: UUID) -> Response:
    """What was found: whom to believe, and what customs asks."""
    return _caller_page(request, visitor, check_id, {})


@router.post("/incoming/{check_id}")
def answer(request: Request, visitor: Answerer, check_id: UUID, form: Fields) -> Response:
    """Tell what the answer leads to; or, when that was read, write it down."""
    if form.get("read") == "change":
        return _caller_page(request, visitor, check_id, form)
    preview = form.get("read") != "yes"
    try:
        if form.get("verified") != "yes":
            raise Invalid.one("verified", "is not ticked.", "Ask the questions first, and tick it when they fit.")
        would = answer_by_caller(
            visitor.ctx,
            check_id,
            _query(form),
            visitor.signed_in.principal,
            form.get("text", ""),
            preview=preview,
        )
    except Invalid as refusal:
        return _caller_page(request, visitor, check_id, form, 422, errors=refusal.problems)
    if preview:
        return draw(request, "hotline/caller_consequences.jinja", would=would, given=form, check_id=check_id)
    return RedirectResponse(f"{ROOT}/incoming?done=1", 303)


def _query(form: Form) -> UUID:
    try:
        return UUID(form.get("query", ""))
    except ValueError:
        raise NotFound("There is no such query.") from None


def _caller_page(
    request: Request, visitor: Visitor, check_id: UUID, given: Form, status: int = 200, **more: Any
) -> Response:
    caller, language = see_caller(visitor.ctx, check_id, visitor.signed_in.principal), Language(language_of(request))
    catalogue = visitor.ctx.catalogue
    verify = {spoken: catalogue.phrases[spoken].verify for spoken in _languages(caller)}
    shown = {"caller": caller, "given": given, "verify": verify, "check_id": check_id}
    shown |= {"plain": lambda code: catalogue.question_words(code, language)}
    return draw(request, "hotline/caller.jinja", status, **shown | more)


def _languages(caller: Caller) -> tuple[Language, ...]:
    """What to speak with them: the language customs named, else those of a call sheet."""
    named = next((query.language for query, _ in caller.queries if query.language is not None), None)
    return BOTH if named is None else (named,)
