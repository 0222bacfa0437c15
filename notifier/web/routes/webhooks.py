"""The carrier's webhooks: verify, store once, answer. What they mean is worked out afterwards, by a worker."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from notifier.domain.types import Disbelief
from notifier.service.webhooks import keep_refused, store
from notifier.storage.models.inbound import WebhookKind
from notifier.web import documents
from notifier.web.auth import Open, needs
from notifier.web.body import read_body
from notifier.web.parts import WebParts, parts_of
from notifier.web.problems import NotSigned, TooLarge

router = APIRouter(
    prefix="/webhooks/twilio", tags=["webhooks"], dependencies=[needs(Open.SIGNED)], responses=documents.WEBHOOK
)


@dataclass(frozen=True, repr=False)
class Signed:
    """A webhook as it stands on the wire: the exact path and query that were signed, the body, and the signature."""

    parts: WebParts
    target: str
    body: str
    too_large: bool
    signature: str | None


async def _signed(request: Request) -> Signed:
    """Read it without believing anything. The host is ours by configuration, never by a header."""
    parts = parts_of(request)
    try:
        body, too_large = (await read_body(request)).decode("utf-8", "replace"), False
    except TooLarge:
        body, too_large = "", True
    path = (request.scope.get("raw_path") or quote(request.scope["path"]).encode()).partition(b"?")[0]
    query = request.scope["query_string"].decode("latin-1")
    target = f"{path.decode('latin-1')}{'?' if query else ''}{query}"
    return Signed(parts, target, body, too_large, request.headers.get("x-twilio-signature"))


Webhook = Annotated[Signed, Depends(_signed)]


@router.post("/status", openapi_extra=documents.FORM)
def receive_status(webhook: Webhook) -> Response:
    """A receipt: how far a text got. `m` in the address names our attempt."""
    return _take(WebhookKind.STATUS, webhook)


@router.post("/inbound", openapi_extra=documents.FORM)
def receive_reply(webhook: Webhook) -> Response:
    """A reply to a text."""
    return _take(WebhookKind.INBOUND, webhook)


def _take(kind: WebhookKind, webhook: Signed) -> Response:
    """Store what is the carrier's; keep the rest aside for staff. Raises NotSigned."""
    ctx = webhook.parts.ctx
    judged = webhook.parts.believer.judge(kind, webhook.target, webhook.body, webhook.signature)
    if webhook.too_large:
        judged = Disbelief.TOO_LARGE
    if isinstance(judged, Disbelief):
        keep_refused(ctx, kind, judged, webhook.body, webhook.target, webhook.signature)
        raise NotSigned(f"The webhook was refused: {judged}.")
    store(ctx, judged)
    # An empty document: anything else would be texted to the sender.
    return Response("<Response/>", media_type="text/xml")
