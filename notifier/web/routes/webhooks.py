"""The carrier's webhooks: verify, store once, answer. What they mean is worked out afterwards, by a worker."""

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from notifier.carriers.twilio.signature import verify
from notifier.service.webhooks import Arrived, Form, keep_refused, store
from notifier.storage.models.inbound import WebhookKind
from notifier.web import documents
from notifier.web.auth import Open, needs
from notifier.web.body import read_body
from notifier.web.parts import WebParts, parts_of
from notifier.web.problems import NotSigned, TooLarge

router = APIRouter(
    prefix="/webhooks/twilio", tags=["webhooks"], dependencies=[needs(Open.SIGNED)], responses=documents.WEBHOOK
)

_MOST_FIELDS = 300  # a long text with many pictures has some dozens
_SID = re.compile(r"[A-Za-z0-9]{2,64}")
_STATUS = re.compile(r"[A-Za-z_-]{1,24}")
_OUR_ID = re.compile(r"[0-9A-Fa-f-]{1,64}")


@dataclass(frozen=True, repr=False)
class Signed:
    """A webhook as it stands on the wire: the exact address that was signed, the body, and the signature."""

    parts: WebParts
    url: str
    query: str
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
    url = f"{parts.public_url}{path.decode('latin-1')}{'?' if query else ''}{query}"
    return Signed(parts, url, query, body, too_large, request.headers.get("x-twilio-signature"))


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
    form = _form(webhook.body)
    reason = _why_not(kind, webhook, form)
    if reason is not None:
        keep_refused(ctx, kind, reason, webhook.body)
        raise NotSigned(f"The webhook was refused: {reason}.")
    store(ctx, Arrived(kind, form or [], _our_id(webhook.query)))
    # An empty document: anything else would be texted to the sender.
    return Response("<Response/>", media_type="text/xml")


def _form(body: str) -> Form | None:
    """Blank values count, as they are signed too; None when there are too many."""
    try:
        return parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None


def _why_not(kind: WebhookKind, webhook: Signed, form: Form | None) -> str | None:
    """Why it is not believed, without a word of what it holds; None when it is the carrier's and ours."""
    if webhook.too_large:
        return "the body is too large"
    if form is None:
        return "the form has too many fields"
    if not webhook.signature:
        return "it is not signed"
    if not verify(webhook.parts.tokens, webhook.url, form, webhook.signature):
        return "the signature does not fit"
    return _not_ours(kind, webhook.parts.account_sid, dict(form))


def _not_ours(kind: WebhookKind, account_sid: str, fields: dict[str, str]) -> str | None:
    """What is missing in a form that the carrier did sign."""
    if fields.get("AccountSid") != account_sid:
        return "it is for another account"
    if not _SID.fullmatch(fields.get("MessageSid", "")):
        return "it names no message"
    if kind is WebhookKind.STATUS and not _STATUS.fullmatch(fields.get("MessageStatus", "")):
        return "it names no status"
    return None


def _our_id(query: str) -> str | None:
    """The attempt our own callback address named."""
    named = dict(parse_qsl(query)).get("m", "")
    return named if _OUR_ID.fullmatch(named) else None
