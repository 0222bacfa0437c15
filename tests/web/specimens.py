"""One request for every route, such that whoever may send it changes something, or is shown something."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from unittest.mock import patch
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import select

from notifier.domain.number_health import NumberPolicy
from notifier.service.set_aside import set_aside
from notifier.service.webhooks import Arrived, keep_refused, store
from notifier.storage.models import Webhook
from notifier.storage.models.inbound import WebhookKind
from tests.journeys.world import World
from tests.web.signing import sign
from tests.web.site import PUBLIC_URL, Json, Site, reply

Route = tuple[str, str]
CHOSEN = "0193a5b0-7c00-7000-8000-000000000000"  # as in the description of the API


@dataclass(frozen=True)
class Specimen:
    """`about` makes what the path names, and gives its id; the body goes as it is. `asks`: a POST that only asks."""

    about: Callable[[Site], str] | None = None
    body: Json | None = None
    asks: bool = False

    def path(self, template: str, site: Site) -> str:
        """The template with the id of something that this request alone is about."""
        head, _, tail = template.partition("{")
        return head if self.about is None else head + self.about(site) + tail.partition("}")[2]


def _phone(site: Site) -> str:
    return f"+8529123{next(site.world.numbers):04}"


def _waiting(site: Site) -> str:
    """A query that waits for its reply."""
    return str(site.texted(sender_mobile=_phone(site))["id"])


def _replied(site: Site) -> str:
    """A query whose reply waits for staff."""
    return str(site.replied(sender_mobile=_phone(site))["id"])


def _closed(site: Site) -> str:
    """A query with an answer for customs."""
    query_id = _replied(site)
    assert site.done(query_id, "accept", {"code": "R100"})["state"] == "closed"
    return query_id


def _handoff(site: Site) -> str:
    (handoff,) = site.see(_replied(site))["handoffs"]
    return str(handoff["id"])


def _called(site: Site) -> str:
    """A person with more items than texts deal with; the last query is the one that the description chooses."""
    ctx = replace(site.world.ctx, numbers=NumberPolicy())
    world, phone = World(ctx, site.world.carrier, site.world.numbers), _phone(site)
    for _ in range(ctx.numbers.queries_by_text):
        world.refer(sender_mobile=phone)
    with patch("notifier.service.intake.new_id", return_value=UUID(CHOSEN)):
        world.refer(sender_mobile=phone)
    call = world.see(UUID(CHOSEN)).call
    assert call is not None
    return str(call.id)


def _reply(site: Site) -> str:
    """A reply that is filed with a query."""
    (reply,) = site.see(_replied(site))["replies"]
    return str(reply["id"])


def _answer(site: Site) -> str:
    (answer,) = site.see(_closed(site))["answers"]
    return str(answer["id"])


def _suppression(site: Site) -> str:
    phone = _phone(site)
    site.world.reply("WRONG", phone)
    (found,) = site.post("/api/v1/suppressions/find", {"mobile": phone})["items"]
    return str(found["id"])


def _failed_webhook(site: Site) -> str:
    form = [("MessageSid", f"SMbroken{next(site.world.numbers)}"), ("MessageStatus", "sent")]
    arrived = Arrived(WebhookKind.STATUS, form)
    store(site.parts.ctx, arrived)
    with site.parts.ctx.database.begin() as session:
        named = select(Webhook.id).where(Webhook.dedupe_key == arrived.dedupe_key())
        webhook_id = session.scalars(named).one()
    set_aside(site.parts.ctx, webhook_id)
    return str(webhook_id)


def _refused(site: Site) -> str:
    """A webhook that was refused, and would be believed now; the path names nothing."""
    target, form = "/webhooks/twilio/inbound", reply(f"SMrefused{next(site.world.numbers)}", "Two cotton shirts")
    signature = sign(PUBLIC_URL + target, form)
    keep_refused(site.parts.ctx, WebhookKind.INBOUND, "a mistake of ours", urlencode(form), target, signature)
    return ""


_QUERY = "/api/v1/queries/{query_id}"
_REFERRAL = {
    "authority": "CH",
    "destination": "CH",
    "kind": "RFI",
    "referral_reference": "by a specimen",
    "item_id": "CP203011144HK",
    "sender_mobile": "9876 5432",
    "questions": [{"code": "F605"}],
}

SPECIMENS: dict[Route, Specimen] = {
    ("POST", "/api/v1/queries"): Specimen(body=_REFERRAL),
    ("GET", "/api/v1/queries"): Specimen(),
    ("POST", "/api/v1/queries/find"): Specimen(body={"mobile": "9876 5432"}, asks=True),
    ("GET", _QUERY): Specimen(_waiting),
    ("GET", f"{_QUERY}/call-script"): Specimen(_waiting),
    ("POST", f"{_QUERY}/withdraw"): Specimen(_waiting),
    ("POST", f"{_QUERY}/close"): Specimen(_waiting, {"outcome": "unanswered"}),
    ("POST", f"{_QUERY}/ask-again"): Specimen(_waiting),
    ("POST", f"{_QUERY}/escalate"): Specimen(_waiting, {"team": "hotline"}),
    ("POST", f"{_QUERY}/accept"): Specimen(_replied, {"code": "R100"}),
    ("POST", f"{_QUERY}/reject"): Specimen(_replied, {"reason": "too vague"}),
    ("POST", f"{_QUERY}/correct"): Specimen(_waiting, {"sender_mobile": "6123 4567"}),
    ("POST", f"{_QUERY}/reopen"): Specimen(_closed, {"reason": "customs asks once more"}),
    ("POST", f"{_QUERY}/answers"): Specimen(_waiting, {"text": "Two cotton shirts"}),
    ("POST", f"{_QUERY}/answers/check"): Specimen(_waiting, {"text": "Two cotton shirts"}, asks=True),
    ("POST", "/api/v1/replies/{reply_id}/move"): Specimen(_reply, {"nowhere": True}),
    ("POST", "/api/v1/items/{item_id}/do-not-load"): Specimen(lambda _: "EE900112236HK"),
    ("GET", "/api/v1/handoffs"): Specimen(),
    ("POST", "/api/v1/handoffs/{handoff_id}/claim"): Specimen(_handoff),
    ("POST", "/api/v1/handoffs/{handoff_id}/propose"): Specimen(
        _called, {"answer": "Two cotton shirts", "query_ids": [CHOSEN]}
    ),
    ("POST", "/api/v1/handoffs/{handoff_id}/done"): Specimen(_handoff, {"because": "called the sender"}),
    ("GET", "/api/v1/answers"): Specimen(),
    ("POST", "/api/v1/answers/{answer_id}/sent"): Specimen(_answer),
    ("POST", "/api/v1/answers/{answer_id}/refused"): Specimen(_answer, {"reason": "not English"}),
    ("GET", "/api/v1/suppressions"): Specimen(),
    ("POST", "/api/v1/suppressions"): Specimen(
        body={"mobile": "9876 5432", "reason": "prefers_calls", "because": "the sender asked to be called"}
    ),
    ("POST", "/api/v1/numbers/find"): Specimen(body={"mobile": "9876 5432"}, asks=True),
    ("POST", "/api/v1/numbers/override"): Specimen(body={"mobile": "9876 5432", "because": "the sender called"}),
    ("POST", "/api/v1/suppressions/find"): Specimen(body={"mobile": "9876 5432"}, asks=True),
    ("POST", "/api/v1/suppressions/{suppression_id}/lift"): Specimen(_suppression, {"because": "the sender called"}),
    ("GET", "/api/v1/webhooks/failed"): Specimen(),
    ("POST", "/api/v1/webhooks/{webhook_id}/retry"): Specimen(_failed_webhook),
    ("GET", "/api/v1/sending"): Specimen(),
    ("POST", "/api/v1/sending/pause"): Specimen(body={"reason": "maintenance"}),
    ("POST", "/api/v1/sending/resume"): Specimen(),
    ("GET", "/api/v1/texts/unknown"): Specimen(),
    ("GET", "/api/v1/quarantine"): Specimen(),
    ("GET", "/api/v1/audit"): Specimen(),
    ("GET", "/api/v1/alarms"): Specimen(),
    ("GET", "/api/v1/refused-webhooks"): Specimen(),
    ("POST", "/api/v1/refused-webhooks/replay"): Specimen(_refused),
    ("GET", "/"): Specimen(),
    ("GET", "/docs"): Specimen(),
    ("GET", "/metrics"): Specimen(),
    ("GET", "/healthz"): Specimen(),
    ("GET", "/readyz"): Specimen(),
    ("HEAD", "/healthz"): Specimen(),
    ("HEAD", "/readyz"): Specimen(),
    ("GET", "/api/v1/sandbox/clock"): Specimen(),
    ("POST", "/api/v1/sandbox/clock"): Specimen(body={"advance": "PT1H"}),
}
