"""Phones that must not be texted: why, and the way back. Numbers stand in bodies, never in addresses."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from notifier.domain.permissions import Permission
from notifier.service.suppressions import find_suppressions, lift_suppression
from notifier.web import documents
from notifier.web.auth import Caller, needs
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.pages import read_mobile
from notifier.web.responses import Shown
from notifier.web.work import suppression

router = APIRouter(prefix="/api/v1/suppressions", tags=["suppressions"], responses=documents.PROBLEMS)

Lifter = Annotated[Caller, needs(Permission.LIFT_SUPPRESSIONS)]


@router.post("/find", openapi_extra=documents.MOBILE)
def find(caller: Lifter, body: JsonObject) -> Response:
    """What keeps texts from a phone, with its evidence; an empty list when it may be texted."""
    mobile = read_mobile(Fields(body, "mobile").the_text("mobile", 64), caller.ctx.regions)
    return Shown({"items": [suppression(row) for row in find_suppressions(caller.ctx, mobile)]})


@router.post("/{suppression_id}/lift", openapi_extra=documents.LIFT)
def lift(caller: Lifter, suppression_id: UUID, body: JsonObject) -> Response:
    """Let texts go to the phone again: the number is right after all, or the sender wants texts again."""
    because = Fields(body, "because").the_text("because", 300)
    lifted = lift_suppression(caller.ctx, suppression_id, caller.principal, because)
    return Shown(suppression(lifted.suppression) | {"consequences": list(lifted.consequences)})
