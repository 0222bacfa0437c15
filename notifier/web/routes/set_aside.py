"""Webhooks that were set aside: which they are, and trying one again. What they hold is never shown."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from notifier.domain.permissions import Permission
from notifier.service import steering
from notifier.service.set_aside import list_set_aside
from notifier.web import documents
from notifier.web.auth import Caller, needs
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.pages import PageParameters, page
from notifier.web.representations import local
from notifier.web.responses import Shown

router = APIRouter(prefix="/api/v1/webhooks", tags=["operations"], responses=documents.PROBLEMS)


@router.get("/failed")
def find_failed(
    caller: Annotated[Caller, needs(Permission.SEE_OPERATIONS)], parameters: Annotated[PageParameters, Query()]
) -> Response:
    """Webhooks that broke their worker too often and wait for a person, oldest first."""
    rows = list_set_aside(caller.ctx, parameters.limit, parameters.cursor)
    items = [
        {"id": str(row.id), "kind": row.kind, "tries": row.attempts, "received_at": local(row.received_at)}
        for row in rows.rows
    ]
    return Shown(page(rows, items))


@router.post("/{webhook_id}/retry", openapi_extra=documents.WHY)
def retry(caller: Annotated[Caller, needs(Permission.RETRY_WEBHOOKS)], webhook_id: UUID, body: JsonObject) -> Response:
    """Try it again, once the fault is mended; its handoff ends."""
    steering.retry(caller.ctx, webhook_id, Fields(body, "reason").last_text("reason", 300), caller.principal)
    return Shown({"id": str(webhook_id), "state": "pending"})
