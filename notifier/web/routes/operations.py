"""For operations: is it alive, may it get traffic, what do the figures say, and is sending on."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from notifier.domain.permissions import Permission
from notifier.service import steering
from notifier.service.switches import see_sending
from notifier.storage.patience import patience
from notifier.web import documents
from notifier.web.auth import Caller, Open, needs
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.metrics import exposition
from notifier.web.operations import sending_now
from notifier.web.parts import Ctx, WebParts, parts_of
from notifier.web.problems import Meaning, problem
from notifier.web.responses import Shown

router = APIRouter(tags=["operations"])
sending = APIRouter(prefix="/api/v1/sending", tags=["operations"], responses=documents.PROBLEMS)

_COUNTING = 30.0  # seconds: whole tables are counted
_NOT_READY = Meaning(
    503, "Wait, or run `notifier doctor`.", "This process should get no traffic yet.", {"Retry-After": "5"}
)


@router.head("/healthz", dependencies=[needs(Open.PUBLIC)], include_in_schema=False)
@router.get("/healthz", dependencies=[needs(Open.PUBLIC)])
async def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return PlainTextResponse("ok")


@router.head("/readyz", dependencies=[needs(Open.PUBLIC)], include_in_schema=False)
@router.get("/readyz", dependencies=[needs(Open.PUBLIC)])
def readyz(request: Request) -> Response:
    """Whether this process should get traffic, and if not, why."""
    reasons = parts_of(request).ready()
    return problem(_NOT_READY, members={"reasons": reasons}) if reasons else Shown({"ready": True})


def metrics_router(parts: WebParts) -> APIRouter:
    """/metrics, open or for keys that may see operations, as the parts say."""
    made = APIRouter(tags=["operations"])
    access = Open.PUBLIC if parts.open_metrics else Permission.SEE_OPERATIONS

    @made.get("/metrics", dependencies=[needs(access)])
    def metrics(ctx: Ctx) -> Response:
        """Figures for Prometheus, counted from the rows now."""
        with patience(_COUNTING):
            text, media_type = exposition(ctx)
        return Response(text, headers={"Content-Type": media_type})

    return made


@sending.get("")
def see(caller: Annotated[Caller, needs(Permission.SEE_OPERATIONS)]) -> Response:
    """Whether texts go out, and at what pace; if not, why, and when they do so again by themselves."""
    return _sending(caller)


@sending.post("/pause", openapi_extra=documents.REASON)
def pause(caller: Annotated[Caller, needs(Permission.STEER_SENDING)], body: JsonObject) -> Response:
    """No text goes out until sending is resumed."""
    steering.pause(caller.ctx, Fields(body, "reason").the_text("reason", 300), caller.principal)
    return _sending(caller)


@sending.post("/resume", openapi_extra=documents.WHY)
def resume(caller: Annotated[Caller, needs(Permission.STEER_SENDING)], body: JsonObject) -> Response:
    """Texts go out again. Refused for a copied database before a reconcile, and as another sender than before."""
    steering.resume(caller.ctx, Fields(body, "reason").last_text("reason", 300), caller.principal)
    return _sending(caller)


def _sending(caller: Caller) -> Response:
    return Shown(sending_now(see_sending(caller.ctx), caller.ctx))
