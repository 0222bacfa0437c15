"""Phones that must not be texted: why, who said so, and the way back. Numbers stand in bodies, never in addresses."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from notifier.domain.errors import Invalid
from notifier.domain.permissions import Permission
from notifier.service.context import Context
from notifier.service.silencing import Added, add_by_number, add_by_query
from notifier.service.suppressions import find_suppressions, lift_suppression, list_suppressions
from notifier.storage.models.people import SuppressionReason
from notifier.web import documents
from notifier.web.again import once_more
from notifier.web.auth import Caller, needs
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.numbers import added, suppression
from notifier.web.pages import SuppressionParameters, page, read_mobile
from notifier.web.responses import Shown

router = APIRouter(prefix="/api/v1/suppressions", tags=["suppressions"], responses=documents.PROBLEMS)

Lifter = Annotated[Caller, needs(Permission.LIFT_SUPPRESSIONS)]


@router.get("")
def find_all(
    caller: Annotated[Caller, needs(Permission.SEE_NUMBERS)], parameters: Annotated[SuppressionParameters, Query()]
) -> Response:
    """The list, newest entries first, lifted ones too; without numbers."""
    rows = list_suppressions(caller.ctx, parameters.filters(), parameters.limit, parameters.cursor)
    old = old_before(caller.ctx)
    return Shown(page(rows, [suppression(row, old) for row in rows.rows]))


@router.post("", status_code=201, responses=documents.LISTED, openapi_extra=documents.SUPPRESS)
def add(caller: Annotated[Caller, needs(Permission.RECORD_SUPPRESSIONS)], body: JsonObject) -> Response:
    """Put a phone on the list, by its number or by a query that has it: its open queries go to the hotline."""
    fields = Fields(body, "mobile", "query_id", "reason", "because")
    mobile, query_id = fields.text("mobile", 64), fields.uuid("query_id")
    because = fields.wanted_text("because", 300)
    reason = fields.the_word("reason", SuppressionReason)
    done = once_more(lambda: _add(caller, mobile, query_id, reason, because))
    return Shown(added(done, old_before(caller.ctx)), status_code=201 if done.new else 200)


def _add(caller: Caller, mobile: str | None, query_id: UUID | None, reason: SuppressionReason, because: str) -> Added:
    if (mobile is None) == (query_id is None):
        raise Invalid.one("mobile", "or query_id: one of the two is needed.", "Give the number, or a query of it.")
    if query_id is not None:
        return add_by_query(caller.ctx, query_id, reason, caller.principal, because)
    return add_by_number(caller.ctx, read_mobile(mobile or "", caller.ctx.regions), reason, caller.principal, because)


@router.post("/find", openapi_extra=documents.MOBILE)
def find(caller: Lifter, body: JsonObject) -> Response:
    """What keeps texts from a phone, with its evidence; an empty list when it may be texted."""
    mobile = read_mobile(Fields(body, "mobile").the_text("mobile", 64), caller.ctx.regions)
    old = old_before(caller.ctx)
    return Shown({"items": [suppression(row, old) for row in find_suppressions(caller.ctx, mobile)]})


@router.post("/{suppression_id}/lift", openapi_extra=documents.LIFT)
def lift(caller: Lifter, suppression_id: UUID, body: JsonObject) -> Response:
    """Let texts go to the phone again: the number is right after all, or the sender wants texts again."""
    because = Fields(body, "because").the_text("because", 300)
    lifted = lift_suppression(caller.ctx, suppression_id, caller.principal, because)
    shown = suppression(lifted.suppression, old_before(caller.ctx))
    return Shown(shown | {"consequences": list(lifted.consequences)})


def old_before(ctx: Context) -> datetime:
    """Entries from before this business time are old."""
    with ctx.database.read() as session:
        return ctx.clock.business(session) - ctx.numbers.old_after
