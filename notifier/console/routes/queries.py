"""The work list of queries, its export, and the page of one query."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Reader, Visitor, needs
from notifier.console.drawing import draw
from notifier.console.exporting import FileKind, columns_of, export
from notifier.console.labels import TAKEN
from notifier.console.lists import PAGE, draw_live, mark_of, read_rest
from notifier.console.numbers import show_number
from notifier.console.parts import ROOT
from notifier.console.routes.sign_in import Fields
from notifier.console.searching import Search, last_four_of, read_search
from notifier.console.timeline import timeline
from notifier.console.verbs import VERBS, answer_for, verbs_for
from notifier.console.words import marked
from notifier.domain.errors import Invalid
from notifier.domain.lifecycle import State
from notifier.domain.permissions import Permission
from notifier.domain.types import Kind
from notifier.service.conflicting import read_conflicting
from notifier.service.number_views import reveal_number
from notifier.service.query_story import QueryStory, read_story
from notifier.service.work_list import WorkPage, export_work, list_work
from notifier.storage.models.people import AnswerState

router = APIRouter()
_AFTER_CONFLICT = ("correct", "ask-again")  # what one does about other content, or else leaves it
_COLUMNS = columns_of(
    code=marked("Reference"),
    item_id=marked("Item"),
    authority=marked("Customs"),
    kind=marked("Wanted"),
    referral_reference=marked("Their reference"),
    state=marked("State"),
    outcome=marked("Outcome"),
    received_at=marked("Taken in"),
    next_due_at=marked("Next due"),
)


@router.get("/queries")
def list_queries(request: Request, visitor: Reader) -> Response:
    """The list: what is open by its time, what is closed by the newest."""
    if (last4 := last_four_of(request.query_params.get("q", ""))) is not None:
        # A whole number has no place in an address, which histories and logs keep.
        return RedirectResponse(f"{ROOT}/queries?{urlencode({**request.query_params, 'q': last4})}", 303)
    try:
        search = read_search(request.query_params)
        page = list_work(visitor.ctx, search.filters, PAGE, search.after)
    except Invalid as refusal:
        return _refused(request, visitor, refusal)
    mark = mark_of(*((row.id, row.state, row.outcome, row.next_due_at) for row in page.rows))
    return draw_live(request, "queries/list.jinja", "queries/rows.jinja", mark, **_shown(search, page))


def _refused(request: Request, visitor: Visitor, refusal: Invalid) -> Response:
    """The list without rows, its filters as they were typed, and what was wrong with some of them."""
    search, problems = read_rest(read_search, request.query_params, refusal)
    shown = _shown(search, WorkPage((), None, visitor.ctx.clock.wall())) | {"typed": request.query_params}
    return draw(request, "queries/list.jinja", 422, **shown, mark="", errors=problems)


def _shown(search: Search, page: WorkPage) -> dict[str, Any]:
    shown = {"search": search, "typed": search.typed, "page": page, "now": page.now}
    return shown | {"states": tuple(State), "kinds": tuple(Kind)}


@router.get("/queries.{kind}")
def export_queries(request: Request, visitor: Reader, kind: FileKind) -> Response:
    """The whole list as it is filtered."""
    search = read_search(request.query_params)
    return export(request, "queries", kind, _COLUMNS, export_work(visitor.ctx, search.filters))


@router.get("/queries/{query_id}")
def see_query(request: Request, visitor: Reader, query_id: UUID, done: str = "") -> Response:
    """One query; what happens meanwhile shows by itself."""
    seen = read_story(visitor.ctx, query_id)
    shown = _query_shown(visitor, seen, done=done)
    return draw_live(request, "queries/query.jinja", "queries/anew.jinja", _mark_of_story(seen), **shown)


def _mark_of_story(seen: QueryStory) -> str:
    texts = [(text.id, text.state, text.delivery) for text in seen.texts]
    handoffs = [(handoff.id, handoff.claimed_by, handoff.closed_at) for handoff in seen.handoffs]
    answers = [(answer.id, answer.state) for answer in seen.answers]
    happened = [row.seq for row in seen.history], [reply.id for reply in seen.replies]
    return mark_of(*texts, *handoffs, *answers, *happened, [view.id for view in seen.views])


@router.get("/queries/{query_id}/conflicts")
def see_conflicts(request: Request, visitor: Reader, query_id: UUID) -> Response:
    """What customs sent again with other content, beside what stands."""
    seen = read_conflicting(visitor.ctx, query_id)
    verbs = [verb for verb in verbs_for(visitor.signed_in.principal, seen.query.state) if verb.name in _AFTER_CONFLICT]
    return draw(request, "queries/conflicts.jinja", seen=seen, now=seen.now, verbs=verbs)


@router.post("/queries/{query_id}/number")
def reveal(
    request: Request, visitor: Annotated[Visitor, needs(Permission.SEE_NUMBERS)], query_id: UUID, form: Fields
) -> Response:
    """The sender's whole number, for whoever says why."""
    principal, because = visitor.signed_in.principal, form.get("because", "")
    here = f"{ROOT}/queries/{query_id}"
    return show_number(request, here, lambda: reveal_number(visitor.ctx, query_id, principal, because))


def _query_shown(visitor: Visitor, seen: QueryStory, **more: Any) -> dict[str, Any]:
    proposed = [answer for answer in seen.answers if answer.state is AnswerState.PROPOSED]
    shown: dict[str, Any] = {
        "seen": seen,
        "query": seen.query,
        "story": timeline(seen),
        "proposed": proposed[-1] if proposed else None,
        "waiting": answer_for(VERBS["sent"], seen.answers),
        "verbs": verbs_for(visitor.signed_in.principal, seen.query.state, seen.answers),
        "now": seen.now,
        "done": "",
        "all_verbs": tuple(VERBS.values()),
        "taken": TAKEN,
        "reveal": f"{ROOT}/queries/{seen.query.id}/number",
        "because": "",
    }
    return shown | more
