"""A new query by form: checked as one types, and the exact text shown before anything is sent."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Visitor, needs
from notifier.console.drawing import draw
from notifier.console.forms import Form, codes_in, hong_kong_time
from notifier.console.languages import language_of
from notifier.console.parts import ROOT
from notifier.console.questions import in_words, textable
from notifier.console.routes.sign_in import Fields
from notifier.domain.errors import FieldProblem, Invalid
from notifier.domain.permissions import Permission
from notifier.domain.query_code import new_reference
from notifier.domain.referral import Referral, read_referral
from notifier.domain.types import Kind, Language
from notifier.service.intake import Door, Taken, accept
from notifier.service.previews import Preview, preview

router = APIRouter()
Submitter = Annotated[Visitor, needs(Permission.SUBMIT_QUERIES)]
_ADDRESS = "/queries/new"
# What the next query often shares with the last one: it goes along in the address, and is nobody's secret.
_KEPT = ("authority", "kind", "codes")


@router.get(_ADDRESS)
def ask_for_query(request: Request, visitor: Submitter) -> Response:
    """The form. It makes the reference, so that sending it twice makes one query."""
    given = {name: request.query_params.get(name, "")[:64] for name in _KEPT}
    return _form_page(request, visitor, given | {"made_reference": new_reference()})


@router.post(_ADDRESS)
def take_query(request: Request, visitor: Submitter, form: Fields) -> Response:
    """Show what would happen; or, when that was read, take the query in."""
    try:
        referral = _read(form)
    except Invalid as refusal:
        return _form_page(request, visitor, form, refusal.problems)
    if form.get("read") == "change":
        return _form_page(request, visitor, form)
    if form.get("read") != "yes":
        return draw(request, "liaison/send.jinja", given=form, referral=referral, **_shown(request, visitor, referral))
    return _taken(accept(visitor.ctx, referral, Door(visitor.signed_in.principal, "form")), form)


@router.post(f"{_ADDRESS}/check")
def check_query(request: Request, visitor: Submitter, form: Fields) -> Response:
    """The same while it is being typed: what is wrong in the fields that hold something, and the text so far."""
    referral: Referral | None = None
    problems: dict[str, FieldProblem] = {}
    try:
        referral = _read(form)
    except Invalid as refusal:
        problems = {one.field: one for one in refusal.problems if form.get(one.field, "").strip()}
    asked = in_words(visitor.ctx.catalogue, codes_in(form.get("codes", "")), language_of(request))
    shown: dict[str, Any] = {"problems": problems, "asked": asked, "named": _NAMED}
    shown |= _shown(request, visitor, referral) if referral else {"seen": None}
    return draw(request, "liaison/checked.jinja", **shown)


_NAMED = (
    "item_id",
    "sender_mobile",
    "authority",
    "codes",
    "deadline_at",
    "mrn",
    "destination",
    "referral_reference",
    "words",
)


def _form_page(request: Request, visitor: Visitor, given: Form, problems: tuple[FieldProblem, ...] = ()) -> Response:
    shown: dict[str, Any] = {"given": given, "kinds": tuple(Kind), "languages_of_texts": tuple(Language)}
    shown |= {"known": textable(visitor.ctx.catalogue, language_of(request)), "named": _NAMED}
    return draw(request, "liaison/new.jinja", 422 if problems else 200, errors=problems, **shown)


def _shown(request: Request, visitor: Visitor, referral: Referral) -> dict[str, Any]:
    seen: Preview = preview(visitor.ctx, referral)
    asked = in_words(visitor.ctx.catalogue, (one.code for one in referral.questions), language_of(request))
    return {"seen": seen, "now": seen.at, "languages_of_texts": tuple(Language), "asked": asked}


def _taken(taken: Taken, form: Form) -> Response:
    what = "new" if taken.new else "conflict" if taken.conflict_id else "known"
    return RedirectResponse(f"{ROOT}/queries/{taken.id}?done={what}", 303)


def _read(form: Form) -> Referral:
    """The referral in the form. Raises Invalid, its fields called as the form calls them."""
    codes, words = codes_in(form.get("codes", "")), form.get("words", "").strip()
    questions = [{"code": code} for code in codes] or ([{}] if words else [])
    if words:
        questions[0]["text"] = words
    authority, destination = form.get("authority", ""), form.get("destination", "").strip()
    fields = {name: form.get(name, "") for name in ("item_id", "sender_mobile", "kind", "language", "mrn")}
    fields |= {"authority": authority, "destination": destination or authority}
    reference = form.get("referral_reference", "").strip() or form.get("made_reference", "")
    try:
        deadline_at = hong_kong_time(form.get("deadline_at", ""))
        return read_referral(
            fields | {"referral_reference": reference, "questions": questions, "deadline_at": deadline_at}
        )
    except Invalid as refusal:
        raise Invalid(*dict.fromkeys(_by_form(problem, destination) for problem in refusal.problems)) from None


def _by_form(problem: FieldProblem, destination: str) -> FieldProblem:
    """The problem at the field that was typed into: questions are codes and words, and a destination that was left out
    is the country that asks.
    """
    if problem.field.startswith("questions"):
        if problem.field.endswith(".text"):
            return replace(problem, field="words")
        return FieldProblem("codes", problem.message, "Type a code such as F605, or customs' own words.")
    return replace(problem, field="authority") if problem.field == "destination" and not destination else problem
