"""Trying an answer on customs' rules while it is being written; nothing is kept."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from notifier.domain.permissions import Permission
from notifier.service.answer_checks import check_answer
from notifier.web import documents
from notifier.web.auth import Caller, needs
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.responses import Shown

router = APIRouter(prefix="/api/v1/queries", tags=["decisions"], responses=documents.PROBLEMS)

_MOST = 2000  # characters read at most


@router.post("/{query_id}/answers/check", openapi_extra=documents.TRY_ANSWER)
def try_answer(
    caller: Annotated[Caller, needs(Permission.RECORD_ANSWERS)], query_id: UUID, body: JsonObject
) -> Response:
    """Which of customs' rules an answer breaks and how to mend it; `plain`: the same in letters, digits and spaces."""
    fields = Fields(body, "text", "code")
    code, text = fields.text("code", 8), fields.the_text("text", _MOST)
    broken, plain = check_answer(caller.ctx, query_id, text, code)
    told = [{"rule": one.rule, "weight": one.weight, "sentence": one.sentence} for one in broken]
    return Shown({"violations": told, "plain": plain})
