"""What pages are about: a query that was replied to, and whatever hangs on it, by the names addresses use."""

from uuid import UUID

from sqlalchemy import select

from notifier.domain.permissions import Principal, Role
from notifier.service.caller_checks import find_item
from notifier.service.resolution import accept_answer
from notifier.service.set_aside import set_aside
from notifier.service.webhooks import Arrived, store
from notifier.storage.models import Query, Suppression, Webhook
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.people import SuppressionReason
from tests.console.office import Office
from tests.journeys.world import World

_OF_CLOSED = ("reopen", "sent", "refused")
# What each form that is to change something holds.
FORMS = {
    "accept": {"text": "Shirts"},
    "reject": {"reason": "Too vague"},
    "escalate": {"team": "hotline"},
    "reopen": {"reason": "It still counts"},
    "refused": {"reason": "Too vague"},
    "correct": {"sender_mobile": "9123 0000"},
    "record": {"text": "Two cotton shirts"},
    "close": {"outcome": "returned"},
    "new": {
        "made_reference": "M-ACFH2345",
        "item_id": "CP123456785HK",
        "sender_mobile": "9123 0001",
        "authority": "FR",
        "codes": "F605",
        "kind": "RFI",
    },
    "number": {"because": "To call the sender"},
    "reveal": {"because": "To call the sender"},
    "note": {"note": "She rang"},
    "answered": {"text": "Two cotton shirts"},
    "no-answer": {"wait": "1"},
    "prefers-calls": {"wait": "1"},
    "hand-over": {"team": "security"},
    "incoming": {"item_id": "RR123456785HK", "mobile": "9123 4567"},
    "{check_id}": {"verified": "yes", "text": "Two cotton shirts"},
    "{reply_id}": {"target": "nowhere"},
    "retry": {"reason": "It is mended"},
    "lift": {"reason": "She wants texts after all"},
    "{deed}": {"reason": "It is mended"},
    "ours": {"mobile": "9123 4567", "words": "Customs asks about your parcel"},
}


def places_of(office: Office, query_id: UUID) -> dict[str, str]:
    """What addresses name: the query, what waits for people about it, and a check that found it for Mei."""
    seen = office.world.see(query_id)
    handoff = next((one.id for one in seen.handoffs if one.closed_at is None), query_id)
    check = find_item(office.ctx, Principal("Mei Chan", Role.HOTLINE), seen.query.item_id, str(seen.query.mobile))
    reply = seen.replies[-1].id
    places = {
        "query_id": query_id,
        "reply_id": reply,
        "handoff_id": handoff,
        "check_id": check.id,
        "answer_id": seen.answers[-1].id,
        "webhook_id": set_aside_webhook(office.world),
        "suppression_id": on_the_list(office.world, seen.query),
    }
    words = {"kind": "csv", "deed": "resume", "key": "latest", "news": "withdraw", "word": "taken"}
    return {name: str(place) for name, place in places.items()} | words


def replied(office: Office) -> UUID:
    """A query whose sender replied, and that came again with another question."""
    number = next(office.world.numbers)
    phone, reference = f"+852912{number:05}", f"P{number}"
    query = office.world.refer(sender_mobile=phone, referral_reference=reference)
    (posted,) = [posted for posted in office.world.send() if query.code in posted.outgoing.body]
    office.world.receipt(posted, "delivered")
    office.world.reply("Two cotton shirts", phone)
    office.world.refer(sender_mobile=phone, referral_reference=reference, questions=[{"code": "F603"}])
    return query.id


def accepted(office: Office) -> UUID:
    """The same, but that its answer waits for the way to customs, so that nobody has work with it."""
    query = replied(office)
    office.world.do(query, accept_answer(None, "R100"))
    return query


def on_the_list(world: World, query: Query) -> UUID:
    """An entry that keeps texts from the query's phone; of the query nothing changes."""
    listed = Suppression(
        phone_hash=str(query.mobile_hash),
        reason=SuppressionReason.PREFERS_CALLS,
        evidence="a test",
        because="She said so",
        created_at=world.now(),
    )
    with world.ctx.database.begin() as session:
        session.add(listed)
        session.flush()
        return listed.id


def is_of_closed(path: str) -> bool:
    """Whether a page is a decision that only a query has whose answer was accepted."""
    query, _, verb = path.rpartition("/")
    return verb in _OF_CLOSED and query.endswith("{query_id}")


def set_aside_webhook(world: World) -> UUID:
    """A receipt that broke its worker too often."""
    form = [("MessageSid", f"SM{next(world.numbers)}"), ("MessageStatus", "sent")]
    arrived = Arrived(WebhookKind.STATUS, form)
    store(world.ctx, arrived)
    with world.ctx.database.read() as session:
        found = session.scalars(select(Webhook.id).where(Webhook.dedupe_key == arrived.dedupe_key())).one()
    set_aside(world.ctx, found)
    return found
