"""Replies: staff say which query one is about."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from notifier.domain.errors import Invalid
from notifier.service.moving import move_reply
from notifier.web import documents
from notifier.web.again import once_more
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.representations import moved
from notifier.web.responses import Shown
from notifier.web.routes.verbs import Decider, Trial

router = APIRouter(prefix="/api/v1/replies", tags=["decisions"], responses=documents.PROBLEMS)


@router.post("/{reply_id}/move", openapi_extra=documents.MOVE)
def move(caller: Decider, reply_id: UUID, body: JsonObject, trial: Trial) -> Response:
    """It is about this query, or about none that is known."""
    fields = Fields(body, "query_id", "nowhere")
    target, nowhere = fields.uuid("query_id"), fields.flag("nowhere")
    fields.check()
    if (target is None) is not nowhere:
        raise Invalid.one("query_id", "does not say where it belongs.", "Give `query_id`, or `nowhere`: true.")
    done = once_more(lambda: move_reply(caller.ctx, reply_id, target, caller.principal, preview=trial.preview))
    return Shown(moved(done))
