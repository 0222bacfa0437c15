"""What pages are about: a query that was replied to, and whatever hangs on it, by the names addresses use."""

from uuid import UUID

from notifier.domain.permissions import Principal, Role
from notifier.service.caller_checks import find_item
from tests.console.office import Office


def places_of(office: Office, query_id: UUID) -> dict[str, str]:
    """What addresses name: the query, what waits for people about it, and a check that found it for Mei."""
    seen = office.world.see(query_id)
    handoff = next(one.id for one in seen.handoffs if one.closed_at is None)
    check = find_item(office.ctx, Principal("Mei Chan", Role.HOTLINE), seen.query.item_id, str(seen.query.mobile))
    reply = seen.replies[-1].id
    places = {
        "query_id": query_id,
        "reply_id": reply,
        "handoff_id": handoff,
        "check_id": check.id,
        "answer_id": query_id,
    }
    words = {"kind": "csv", "deed": "resume", "key": "latest", "news": "withdraw", "word": "taken"}
    return {name: str(place) for name, place in places.items()} | words


def replied(office: Office) -> UUID:
    number = next(office.world.numbers)
    phone = f"+852912{number:05}"
    query = office.world.refer(sender_mobile=phone)
    (posted,) = [posted for posted in office.world.send() if query.code in posted.outgoing.body]
    office.world.receipt(posted, "delivered")
    office.world.reply("Two cotton shirts", phone)
    return query.id
