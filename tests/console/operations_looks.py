"""Operations: what stands and hangs, how it went, and steering; with something of everything that can hang."""

from uuid import UUID

from sqlalchemy import update

from notifier.carriers.port import Unknown
from notifier.domain.permissions import Principal, Role
from notifier.service import steering
from notifier.service.alarms import decide_due
from notifier.service.resolution import accept_answer
from notifier.service.set_aside import set_aside
from notifier.service.webhooks import Arrived, keep_refused, store
from notifier.storage.models import Query, Webhook
from notifier.storage.models.inbound import WebhookKind, WebhookState
from tests.console.looks import Look, Places, Scene
from tests.console.office import Office

_OPERATOR = Principal("Ken Lee", Role.OPS)
_FORM = "main form button"
_OVERVIEW, _FIGURES, _STEER, _LIST = "ops/overview.jinja", "ops/figures.jinja", "ops/steer.jinja", "ops/list.jinja"


def _play(office: Office) -> Places:
    """Texts came and went; one is unknown, one waits, rows were set aside, and webhooks were not believed."""
    world = office.world
    query = world.texted()
    world.reply("Two cotton shirts")
    world.do(query.id, accept_answer(None, None))
    world.refer(sender_mobile="+85291234002")
    (posted,) = world.send()
    world.receipt(posted, "undelivered", 30005)
    broken = world.refer(sender_mobile="+85291234004").id
    webhook = _set_aside(office, broken)
    for kind in WebhookKind:
        keep_refused(office.ctx, kind, "the signature does not fit", f"From={kind}", "/webhooks/twilio", "c2lnbmVk")
    steering.pause(office.ctx, "The wording is wrong", _OPERATOR)
    steering.resume(office.ctx, "It is mended", _OPERATOR)
    world.sweep()
    decide_due(office.ctx)
    world.carrier.script.append(Unknown("The carrier did not answer in time."))
    world.refer(sender_mobile="+85291234003")
    world.send()
    return {"webhook_id": str(webhook)}


def _set_aside(office: Office, query_id: UUID) -> UUID:
    """A query and a webhook failed too often; the webhook."""
    store(office.ctx, Arrived(WebhookKind.STATUS, [("MessageSid", "SM0"), ("MessageStatus", "sent")]))
    with office.ctx.database.begin() as session:
        now = office.ctx.clock.wall()
        session.execute(update(Query).where(Query.id == query_id).values(quarantined_at=now, firing_failures=5))
        webhook = session.scalar(
            update(Webhook).where(Webhook.state == WebhookState.PENDING).values(attempts=5).returning(Webhook.id)
        )
    assert webhook is not None
    set_aside(office.ctx, webhook)
    return webhook


def _paused(office: Office, _places: Places) -> None:
    steering.pause(office.ctx, "The carrier asked for it", _OPERATOR)


OPERATIONS_DESK = Scene(
    (
        Look("overview", "GET /operations", _OVERVIEW, until=".alarms"),
        Look("figures", "GET /operations/figures", _FIGURES, until=".chart canvas"),
        Look("figures of a month", "GET /operations/figures", _FIGURES, "/operations/figures?of=month"),
        Look("unknown", "GET /operations/unknown", _LIST, until="tbody"),
        Look("set aside", "GET /operations/quarantine", _LIST, until="tbody"),
        Look("webhooks set aside", "GET /operations/quarantine", _LIST, "/operations/quarantine?what=webhook"),
        Look("none of the list", "GET /operations/refused", _LIST, "/operations/refused?kind=x", status=422),
        Look("try again", "GET /operations/quarantine/{webhook_id}/retry", "ops/retry.jinja"),
        Look(
            "try again, no reason",
            "POST /operations/quarantine/{webhook_id}/retry",
            "ops/retry.jinja",
            "/operations/quarantine/{webhook_id}/retry",
            press=_FORM,
            status=422,
        ),
        Look("refused", "GET /operations/refused", _LIST, until="tbody"),
        Look("refused, replayed", "GET /operations/refused", _LIST, "/operations/refused?applied=1"),
        Look("pause", "GET /operations/{deed}", _STEER, "/operations/pause"),
        Look("replay", "GET /operations/{deed}", _STEER, "/operations/replay"),
        Look("no reason", "POST /operations/{deed}", _STEER, "/operations/pause", press=_FORM, status=422),
        Look("overview, paused", "GET /operations", _OVERVIEW, before=_paused),
        Look("resume", "GET /operations/{deed}", _STEER, "/operations/resume"),
    ),
    _play,
)
