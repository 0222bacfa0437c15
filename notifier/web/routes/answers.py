"""Answers for customs: what a relay pulls, and what it tells back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from notifier.domain.permissions import Permission
from notifier.service.answers import mark_refused, mark_sent
from notifier.service.lookups import list_answers
from notifier.web import documents
from notifier.web.again import once_more
from notifier.web.auth import Caller, needs
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.pages import AnswerParameters, page
from notifier.web.representations import answer, answer_with_query
from notifier.web.responses import Shown

router = APIRouter(prefix="/api/v1/answers", tags=["answers"], responses=documents.PROBLEMS)

Relay = Annotated[Caller, needs(Permission.RELAY_ANSWERS)]


@router.get("")
def find_answers(caller: Relay, parameters: Annotated[AnswerParameters, Query()]) -> Response:
    """Answers in one state, oldest first: those accepted, if nothing else is asked for."""
    rows = list_answers(caller.ctx, parameters.state, parameters.limit, parameters.cursor)
    return Shown(page(rows, [answer_with_query(*row) for row in rows.rows]))


@router.post("/{answer_id}/sent", openapi_extra=documents.EMPTY)
def answer_sent(caller: Relay, answer_id: UUID, body: JsonObject) -> Response:
    """Customs has it."""
    Fields(body).check()
    return Shown(answer(once_more(lambda: mark_sent(caller.ctx, answer_id, caller.principal))))


@router.post("/{answer_id}/refused", openapi_extra=documents.REASON)
def answer_refused(caller: Relay, answer_id: UUID, body: JsonObject) -> Response:
    """Customs refused it: the query opens again."""
    reason = Fields(body, "reason").the_text("reason", 300)
    return Shown(answer(once_more(lambda: mark_refused(caller.ctx, answer_id, reason, caller.principal))))
