"""One number: what is known of it, and staff's word that it is texted anyhow. It stands in bodies, not in addresses."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from notifier.domain.permissions import Permission
from notifier.service.numbers import override_number, see_number
from notifier.web import documents
from notifier.web.auth import Caller, needs
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.numbers import number
from notifier.web.pages import read_mobile
from notifier.web.responses import Shown

router = APIRouter(prefix="/api/v1/numbers", tags=["numbers"], responses=documents.PROBLEMS)


@router.post("/find", openapi_extra=documents.MOBILE)
def find(caller: Annotated[Caller, needs(Permission.SEE_NUMBERS)], body: JsonObject) -> Response:
    """Every entry that keeps or kept texts from a number, and how its texts fared."""
    mobile = read_mobile(Fields(body, "mobile").the_text("mobile", 64), caller.ctx.regions)
    return Shown(number(see_number(caller.ctx, mobile), caller.ctx.numbers))


@router.post("/override", openapi_extra=documents.OVERRIDE)
def override(caller: Annotated[Caller, needs(Permission.LIFT_SUPPRESSIONS)], body: JsonObject) -> Response:
    """What became of earlier texts no longer counts against the number."""
    fields = Fields(body, "mobile", "because")
    given = fields.wanted_text("mobile", 64)
    because = fields.the_text("because", 300)
    mobile = read_mobile(given, caller.ctx.regions)
    done = override_number(caller.ctx, mobile, caller.principal, because)
    return Shown(number(done.seen, caller.ctx.numbers) | {"consequences": list(done.consequences)})
