"""What hangs, and why: unknown texts, rows set aside, webhooks that were not believed. No personal data."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from notifier.domain.permissions import Permission
from notifier.service import steering
from notifier.service.refused import list_refused
from notifier.service.stuck import list_quarantined, list_unknown
from notifier.web import documents
from notifier.web.auth import Caller, needs
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.pages import PageParameters, page
from notifier.web.parts import parts_of
from notifier.web.representations import local
from notifier.web.responses import Shown

router = APIRouter(prefix="/api/v1", tags=["operations"], responses=documents.PROBLEMS)

Watcher = Annotated[Caller, needs(Permission.SEE_OPERATIONS)]


@router.get("/texts/unknown")
def see_unknown(
    caller: Annotated[Caller, needs(Permission.READ_QUERIES)], parameters: Annotated[PageParameters, Query()]
) -> Response:
    """Texts of which nobody knows whether they went out: how old, how often asked about, and what happens next."""
    rows = list_unknown(caller.ctx, parameters.limit, parameters.cursor)
    items = [
        {
            "id": str(row.text_id),
            "query_id": str(row.query_id),
            "code": row.code,
            "kind": row.kind,
            "attempts": row.attempts,
            "asked": row.asked,
            "age_seconds": round(row.age.total_seconds()),
            "next_at": local(row.next_at),
            "next_step": row.next_step,
        }
        for row in rows.rows
    ]
    return Shown(page(rows, items))


@router.get("/quarantine")
def see_quarantine(caller: Watcher, parameters: Annotated[PageParameters, Query()]) -> Response:
    """Rows that failed, or killed their worker, too often, oldest first; the next step for each."""
    rows = list_quarantined(caller.ctx, parameters.limit, parameters.cursor)
    items = [
        {
            "what": row.what,
            "id": str(row.id),
            "query_id": str(row.query_id) if row.query_id else None,
            "code": row.code,
            "failures": row.failures,
            "since": local(row.since),
            "reason": row.reason,
            "next_step": row.next_step,
        }
        for row in rows.rows
    ]
    return Shown(page(rows, items))


@router.get("/refused-webhooks")
def see_refused(caller: Watcher, parameters: Annotated[PageParameters, Query()]) -> Response:
    """Webhooks that were not believed: why, how often, first and last."""
    rows = list_refused(caller.ctx, parameters.limit, parameters.cursor)
    items = [
        {
            "id": str(row.id),
            "kind": row.kind,
            "reason": row.reason,
            "count": row.count,
            "first_at": local(row.first_at),
            "last_at": local(row.last_at),
        }
        for row in rows.rows
    ]
    return Shown(page(rows, items))


@router.post("/refused-webhooks/replay", openapi_extra=documents.WHY)
def replay(caller: Annotated[Caller, needs(Permission.STEER_SENDING)], body: JsonObject, request: Request) -> Response:
    """Judge them again by the present configuration, and work on those that are believed now."""
    because = Fields(body, "reason").last_text("reason", 300)
    done = steering.replay(caller.ctx, parts_of(request).believer.judge, because, caller.principal)
    return Shown({"applied": done.applied, "known": done.known, "refused": done.refused})
