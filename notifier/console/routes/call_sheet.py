"""The call sheet of a handoff: claiming it, keeping the claim, the number, notes, and how the call ended."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Visitor, needs
from notifier.console.call_endings import ENDINGS, WAITS, CallEnding, endings_for, is_given
from notifier.console.drawing import draw
from notifier.console.forms import Form
from notifier.console.handoff_search import way_back
from notifier.console.languages import language_of
from notifier.console.lists import by_script, draw_live, mark_of
from notifier.console.numbers import show_number
from notifier.console.routes.handoffs import Worker, sheet_address
from notifier.console.routes.sign_in import Fields
from notifier.domain.errors import Conflict, FieldProblem, Invalid
from notifier.domain.permissions import Permission
from notifier.domain.types import Language, Team
from notifier.service.call_notes import write_note
from notifier.service.call_sheets import CallSheet, read_sheet
from notifier.service.concluding import conclude
from notifier.service.number_views import reveal_caller
from notifier.service.taking_on import claim, release, renew

router = APIRouter()


@router.get("/handoffs/{handoff_id}")
def see_sheet(request: Request, visitor: Worker, handoff_id: UUID) -> Response:
    """The sheet; for a script, what was written about it."""
    sheet = read_sheet(visitor.ctx, handoff_id)
    mark = mark_of(*((one.at, one.ours, one.status, one.code, one.unplaced) for one in sheet.said))
    shown = _shown(request, visitor, sheet)
    return draw_live(request, "hotline/sheet.jinja", "hotline/said.jinja", mark, **shown)


@router.get("/handoffs/{handoff_id}/claim")
def see_claim(request: Request, visitor: Worker, handoff_id: UUID) -> Response:
    """Who holds it, as a part of the sheet; without a script, the whole sheet."""
    sheet = read_sheet(visitor.ctx, handoff_id)
    shown = _shown(request, visitor, sheet)
    return draw_live(request, "hotline/sheet.jinja", "hotline/claim.jinja", shown["claim_mark"], **shown)


@router.post("/handoffs/{handoff_id}/claim")
def claim_it(request: Request, visitor: Worker, handoff_id: UUID) -> Response:
    """Take it on; who comes second is told who has it. A script shows either in its place: the page keeps its words."""
    taken: UUID | None = None
    with suppress(Conflict):
        taken = claim(visitor.ctx, handoff_id, visitor.signed_in.principal).id
    if by_script(request):
        return _part(request, visitor, handoff_id, "hotline/claimed.jinja", late=taken is None)
    if taken is None:
        return _sheet_page(request, visitor, handoff_id, 409, late=True)
    return RedirectResponse(sheet_address(taken), 303)


@router.post("/handoffs/{handoff_id}/renew")
def renew_claim(request: Request, visitor: Worker, handoff_id: UUID) -> Response:
    """Somebody works on the sheet: their claim begins anew. Answers with who holds it."""
    renew(visitor.ctx, handoff_id, visitor.signed_in.principal)
    return _part(request, visitor, handoff_id, "hotline/claim.jinja")


@router.post("/handoffs/{handoff_id}/release")
def let_go(visitor: Worker, handoff_id: UUID, form: Fields) -> Response:
    """The claim ends now."""
    release(visitor.ctx, handoff_id, visitor.signed_in.principal)
    return RedirectResponse(way_back(form.get("list", "")), 303)


@router.post("/handoffs/{handoff_id}/reveal")
def reveal(
    request: Request, visitor: Annotated[Visitor, needs(Permission.SEE_NUMBERS)], handoff_id: UUID, form: Fields
) -> Response:
    """The whole number that the handoff is about, for whoever says why."""
    principal, because = visitor.signed_in.principal, form.get("because", "")
    return show_number(
        request, sheet_address(handoff_id), lambda: reveal_caller(visitor.ctx, handoff_id, principal, because)
    )


@router.post("/handoffs/{handoff_id}/note")
def add_note(request: Request, visitor: Worker, handoff_id: UUID, form: Fields) -> Response:
    """Keep what the agent noted. A script draws the notes anew, and nothing else of the page."""
    problems = tuple[FieldProblem, ...]()
    try:
        write_note(visitor.ctx, handoff_id, visitor.signed_in.principal, form.get("note", ""))
    except Invalid as refusal:
        problems = refusal.problems
    if by_script(request):
        return _part(request, visitor, handoff_id, "hotline/noted.jinja", errors=problems)
    if problems:
        return _sheet_page(request, visitor, handoff_id, 422, errors=problems, given=form)
    return RedirectResponse(f"{sheet_address(handoff_id)}#notes", 303)


def _end(ending: CallEnding, request: Request, visitor: Visitor, handoff_id: UUID, form: Form) -> Response:
    """Tell what it leads to; or, when that was read or nothing needs telling, do it."""
    given = {name: value for name, value in form.items() if is_given(name, ending)}
    if form.get("read") == "change":
        return _sheet_page(request, visitor, handoff_id, given=given, tried=ending.name)
    preview = ending.two_steps and form.get("read") != "yes"
    try:
        made = ending.make(given, read_sheet(visitor.ctx, handoff_id).now)
        note, person = given.get("note", ""), visitor.signed_in.principal
        done = conclude(visitor.ctx, handoff_id, person, made, note=note, preview=preview)
    except Invalid as refusal:
        tried = {"given": given, "tried": ending.name}
        return _sheet_page(request, visitor, handoff_id, 422, errors=refusal.problems, **tried)
    if preview:
        return draw(request, "hotline/consequences.jinja", ending=ending, would=done, given=given)
    again = {"again": done.next_try_at.isoformat(timespec="minutes")} if done.next_try_at is not None else {}
    return RedirectResponse(way_back(form.get("list", ""), done=ending.name, **again), 303)


def _part(request: Request, visitor: Visitor, handoff_id: UUID, part: str, **more: Any) -> Response:
    shown = _shown(request, visitor, read_sheet(visitor.ctx, handoff_id)) | more
    return draw(request, part, mark=shown["claim_mark"], **shown)


def _sheet_page(request: Request, visitor: Visitor, handoff_id: UUID, status: int = 200, **more: Any) -> Response:
    sheet = read_sheet(visitor.ctx, handoff_id)
    shown = _shown(request, visitor, sheet) | more
    return draw(request, "hotline/sheet.jinja", status, mark="", places=_places(shown["tried"], sheet), **shown)


def _places(tried: str, sheet: CallSheet) -> dict[str, str]:
    """Ids of an ending's fields: several endings have fields of one name, and of the items each has its own."""
    items = (str(one.query.id) for one in sheet.asked if one.part is not None and one.part.closed_at is None)
    fields = {"note": "note", "next_try": "next_try", "items": next(items, "note")}
    return {name: f"{tried}-{field}" for name, field in fields.items()} if tried else {}


def _shown(request: Request, visitor: Visitor, sheet: CallSheet) -> dict[str, Any]:
    person, language = visitor.signed_in.principal, Language(language_of(request))
    return {
        "sheet": sheet,
        "handoff": sheet.handoff,
        "now": sheet.now,
        "mine": sheet.held_by == person.name,
        "lease_seconds": int(visitor.ctx.people.claim_lease.total_seconds()),
        "claim_mark": mark_of((sheet.held_by, sheet.held_until, sheet.handoff.closed_at)),
        "endings": endings_for(person, bool(sheet.asked), sheet.reply is not None),
        "waits": WAITS,
        "teams": [team for team in Team if team is not sheet.handoff.team],
        "plain": lambda code: visitor.ctx.catalogue.question_words(code, language),
        "reveal": f"{sheet_address(sheet.handoff.id)}/reveal",
        "because": "",
        "given": {},
        "tried": "",
        "late": False,
    }


def _page_of(ending: CallEnding) -> Callable[..., Response]:
    """The deed of an ending, declared with its permission."""
    chooser = needs(ending.permission)

    def end(request: Request, visitor: Annotated[Visitor, chooser], handoff_id: UUID, form: Fields) -> Response:
        return _end(ending, request, visitor, handoff_id, form)

    return end


for _ending in ENDINGS.values():
    router.post(f"/handoffs/{{handoff_id}}/{_ending.name}", name=_ending.name)(_page_of(_ending))
