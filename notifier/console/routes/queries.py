"""The work list of queries, its export, and the page of one query."""

import csv
from collections.abc import Iterator
from hashlib import sha256
from io import StringIO
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from notifier.console.access import Reader, Visitor, needs
from notifier.console.drawing import HONG_KONG, draw
from notifier.console.routes.sign_in import Fields
from notifier.console.searching import Search, read_search
from notifier.console.timeline import timeline
from notifier.console.verbs import VERBS, verbs_for
from notifier.domain.errors import Invalid
from notifier.domain.lifecycle import State
from notifier.domain.permissions import Permission
from notifier.domain.types import Kind
from notifier.service.number_views import reveal_number
from notifier.service.query_story import read_story
from notifier.service.work_list import WorkPage, export_work, list_work
from notifier.storage.models import Query
from notifier.storage.models.people import AnswerState

router = APIRouter()
_PAGE = 50
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    "code",
    "item_id",
    "authority",
    "kind",
    "referral_reference",
    "state",
    "outcome",
    "received_at",
    "next_due_at",
)


@router.get("/queries")
def list_queries(request: Request, visitor: Reader) -> Response:
    """The list. A page that asks again by script gets the rows alone, or nothing when they are the same."""
    asks_again = "hx-request" in request.headers
    try:
        search = read_search(request.query_params)
        page = list_work(visitor.ctx, search.filters, _PAGE, search.after)
    except Invalid as refusal:
        return _refused(request, visitor, refusal)
    mark = _mark(page)
    if asks_again and request.headers.get("x-mark") == mark:
        return Response(status_code=204)
    template = "queries/rows.jinja" if asks_again else "queries/list.jinja"
    return draw(request, template, **_shown(search, page), mark=mark)


def _refused(request: Request, visitor: Visitor, refusal: Invalid) -> Response:
    """The list as it is without the filters, and what was wrong with them."""
    search = read_search({})
    page = WorkPage((), None, visitor.ctx.clock.wall())
    return draw(request, "queries/list.jinja", 422, **_shown(search, page), mark="", errors=refusal.problems)


def _shown(search: Search, page: WorkPage) -> dict[str, Any]:
    return {"search": search, "page": page, "now": page.now, "states": tuple(State), "kinds": tuple(Kind)}


def _mark(page: WorkPage) -> str:
    """The same as long as the rows show the same."""
    rows = [f"{row.id} {row.state} {row.outcome} {row.next_due_at}" for row in page.rows]
    return sha256("\n".join(rows).encode()).hexdigest()[:16]


@router.get("/queries.csv")
def export_queries(request: Request, visitor: Reader) -> Response:
    """The whole list as it is filtered, written while it is read."""
    search = read_search(request.query_params)
    headers = {"Content-Disposition": 'attachment; filename="queries.csv"'}
    return StreamingResponse(_lines(visitor, search), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(visitor: Visitor, search: Search) -> Iterator[str]:
    yield "\ufeff" + _line(_COLUMNS)  # the mark by which spreadsheets know UTF-8
    for query in export_work(visitor.ctx, search.filters):
        yield _line([_cell(query, name) for name in _COLUMNS])


def _cell(query: Query, name: str) -> str:
    value = getattr(query, name)
    if value is None:
        return ""
    return str(value.astimezone(HONG_KONG).isoformat() if name.endswith("_at") else value)


def _line(cells: list[str] | tuple[str, ...]) -> str:
    """A cell that a spreadsheet would reckon with is made words by an apostrophe."""
    written = StringIO()
    csv.writer(written).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return written.getvalue()


@router.get("/queries/{query_id}")
def see_query(request: Request, visitor: Reader, query_id: UUID, done: str = "") -> Response:
    """One query."""
    return _query_page(request, visitor, query_id, done=done)


@router.post("/queries/{query_id}/number")
def reveal(
    request: Request, visitor: Annotated[Visitor, needs(Permission.SEE_NUMBERS)], query_id: UUID, form: Fields
) -> Response:
    """The sender's whole number, for whoever says why."""
    try:
        number = reveal_number(visitor.ctx, query_id, visitor.signed_in.principal, form.get("because", ""))
    except Invalid as refusal:
        return _query_page(request, visitor, query_id, 422, errors=refusal.problems)
    return _query_page(request, visitor, query_id, number=number)


def _query_page(request: Request, visitor: Visitor, query_id: UUID, status: int = 200, **more: Any) -> Response:
    seen = read_story(visitor.ctx, query_id)
    proposed = [answer for answer in seen.answers if answer.state is AnswerState.PROPOSED]
    shown: dict[str, Any] = {
        "seen": seen,
        "query": seen.query,
        "story": timeline(seen),
        "proposed": proposed[-1] if proposed else None,
        "verbs": verbs_for(visitor.signed_in.principal, seen.query.state),
        "now": seen.now,
        "done": "",
        "all_verbs": tuple(VERBS.values()),
        "number": None,
    }
    return draw(request, "queries/query.jinja", status, **shown | more)
