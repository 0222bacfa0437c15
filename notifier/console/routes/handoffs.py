"""The list of handoffs: what presses most, its export, and taking one on."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Visitor, needs
from notifier.console.call_endings import ENDINGS
from notifier.console.drawing import draw
from notifier.console.exporting import FileKind, columns_of, export
from notifier.console.handoff_search import EVERY_TEAM, HandoffSearch, read_handoff_search
from notifier.console.lists import PAGE, draw_live, mark_of, read_rest
from notifier.console.parts import ROOT
from notifier.console.routes.sign_in import Fields
from notifier.console.searching import last_four_of
from notifier.console.words import marked
from notifier.domain.errors import Invalid
from notifier.domain.permissions import Permission
from notifier.domain.types import Team
from notifier.service.handoff_list import HandoffPage, export_handoffs, list_work
from notifier.service.handoffs import Reason
from notifier.service.taking_on import claim_next

router = APIRouter()
Worker = Annotated[Visitor, needs(Permission.WORK_HANDOFFS)]
_COLUMNS = columns_of(
    due_at=marked("Next due"),
    priority=marked("Priority"),
    team=marked("Team"),
    reason=marked("Reason"),
    code=marked("Reference"),
    item_id=marked("Item"),
    items=marked("Items"),
    authority=marked("Customs"),
    deadline_at=marked("Customs’ deadline"),
    held_by=marked("Held by"),
    opened_at=marked("Since"),
)


@router.get("/handoffs")
def list_handoffs(request: Request, visitor: Worker, none: str = "", done: str = "", again: str = "") -> Response:
    """The list. `none`: whoever asked for the next one found that nothing waits.

    `done`: how a call ended; `again`: when it is tried again.
    """
    if (last4 := last_four_of(request.query_params.get("q", ""))) is not None:
        # A whole number has no place in an address, which histories and logs keep.
        return RedirectResponse(f"{ROOT}/handoffs?{urlencode({**request.query_params, 'q': last4})}", 303)
    try:
        search = read_handoff_search(request.query_params, visitor.signed_in.principal)
        page = list_work(visitor.ctx, search.wanted, PAGE, search.after)
    except Invalid as refusal:
        return _refused(request, visitor, refusal)
    mark = mark_of(*((row.id, row.priority, row.due_at, row.rests, row.held_by, row.items) for row in page.rows))
    shown = _shown(search, page) | {"none": bool(none), "done": ENDINGS.get(done), "again": _moment(again)}
    return draw_live(request, "hotline/handoffs.jinja", "hotline/handoff_rows.jinja", mark, **shown)


def _refused(request: Request, visitor: Visitor, refusal: Invalid) -> Response:
    """The list without rows, its filters as they were typed, and what was wrong with some of them."""
    person = visitor.signed_in.principal
    search, problems = read_rest(lambda given: read_handoff_search(given, person), request.query_params, refusal)
    shown = _shown(search, HandoffPage((), None, visitor.ctx.clock.wall()))
    shown |= {"typed": request.query_params, "none": False, "done": None, "again": None}
    return draw(request, "hotline/handoffs.jinja", 422, **shown, mark="", errors=problems)


def _moment(raw: str) -> datetime | None:
    """A moment that an address of ours names; None where it names none."""
    try:
        at = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return at if at.tzinfo is not None and 2000 < at.year < 3000 else None


def _shown(search: HandoffSearch, page: HandoffPage) -> dict[str, Any]:
    filters = {"teams": tuple(Team), "reasons": tuple(Reason), "every_team": EVERY_TEAM}
    return {"search": search, "typed": search.typed, "page": page, "now": page.now} | filters


@router.get("/handoffs.{kind}")
def export_list(request: Request, visitor: Worker, kind: FileKind) -> Response:
    """The whole list as it is filtered."""
    search = read_handoff_search(request.query_params, visitor.signed_in.principal)
    return export(request, "handoffs", kind, _COLUMNS, export_handoffs(visitor.ctx, search.wanted))


@router.post("/handoffs/next")
def take_next(visitor: Worker, form: Fields) -> Response:
    """Take on what presses most of what nobody holds, within the list's team, reason and search."""
    search = read_handoff_search(form, visitor.signed_in.principal)
    taken = claim_next(visitor.ctx, visitor.signed_in.principal, search.wanted)
    if taken is None:
        return RedirectResponse(f"{ROOT}/handoffs?{search.address(none='1')}", 303)
    return RedirectResponse(sheet_address(taken.id), 303)


def sheet_address(handoff_id: UUID) -> str:
    """Where a handoff's call sheet is."""
    return f"{ROOT}/handoffs/{handoff_id}"
