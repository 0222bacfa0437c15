"""One query through all that can happen to it, so that every sealed column holds something to look for."""

from datetime import timedelta
from uuid import UUID

import pyotp

from notifier.domain.lifecycle import Outcome
from notifier.domain.permissions import Principal, Role
from notifier.service import steering
from notifier.service.answers import mark_refused
from notifier.service.call_notes import write_note
from notifier.service.caller_checks import find_item
from notifier.service.new_rounds import Correction, correct
from notifier.service.number_views import reveal_number
from notifier.service.numbers import override_number
from notifier.service.resolution import accept_answer, close, reopen
from notifier.service.silencing import add_by_number
from notifier.service.staff import SetUp, add_staff, factor_of_link, set_up
from notifier.service.suppressions import find_suppressions, lift_suppression
from notifier.service.webhooks import keep_refused
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.people import SuppressionReason
from tests.journeys.world import MOBILE, World

OTHER = "+85261234567"
CUSTOMS_WORDS = "Please state Zimtstern quantity"
REPLY = "Lebkuchen for aunt Adelheid 阿姨"
SECOND_REPLY = "Twelve Springerle, handmade"
STAFF_WORDS = "TWELVE SPRINGERLE BISCUITS"
REFUSAL = "Which Spekulatius, asks Herr Knecht"
WHY = "Frau Holle rang about it"
WHY_LIFTED = "Doktor Allwissend has this number after all"
WHY_CALLED = "Rapunzel rings rather than writes"
WHY_TEXTED = "Aschenputtel has a new handset"
WHY_SHOWN = "Frau Holda asks to be rung"
NOTED = "Rumpelstilzchen picks up after six"
WHY_STEERED = "Schneewittchen mends the wording"
FORGED = "Body=Stollen+from+a+forger&From=%2B85251112222"

# Whatever of these is found in plain sight is a leak. Numbers in every spelling that was typed.
SECRETS = (
    "91234567",
    "9123 4567",
    "61234567",
    "6123 4567",
    "51112222",
    "Zimtstern",
    "Lebkuchen",
    "Adelheid",
    "阿姨",
    "Springerle",
    "SPRINGERLE",
    "Stollen",
    "Spekulatius",
    "Knecht",
    "Holle",
    "Allwissend",
    "Rapunzel",
    "Aschenputtel",
    "Holda",
    "Rumpelstilzchen",
    "Schneewittchen",
    # Our own words, as they were texted.
    "has a question about your item",
)


def tell(world: World) -> UUID:
    """Asked, answered, contradicted, corrected, asked anew, accepted, refused, reopened; a wrong number, a forgery."""
    asked = {"referral_reference": "whole", "questions": [{"code": "F605", "text": CUSTOMS_WORDS}]}
    taken = world.refer(**asked, sender_mobile="9123 4567")
    (text,) = world.send()
    world.receipt(text, "delivered")
    world.wind(timedelta(hours=49))
    world.reply(REPLY, phone=MOBILE)
    world.refer(**asked, sender_mobile="6123 4567")
    world.do(taken.id, correct(Correction(sender_mobile="6123 4567")))
    (again,) = world.send()
    world.receipt(again, "delivered")
    world.reply(SECOND_REPLY, phone=OTHER)
    world.do(taken.id, accept_answer(STAFF_WORDS, "R100"))
    (answer,) = [row for row in world.see(taken.id).answers if row.state == "accepted"]
    mark_refused(world.ctx, answer.id, REFUSAL, Principal("relay", None))
    world.do(taken.id, close(Outcome.UNANSWERED))
    world.do(taken.id, reopen(WHY))
    world.reply("WRONG", phone=OTHER)
    (wrong,) = find_suppressions(world.ctx, OTHER)
    liaison = Principal("liaison", None)
    lift_suppression(world.ctx, wrong.id, liaison, WHY_LIFTED)
    add_by_number(world.ctx, MOBILE, SuppressionReason.PREFERS_CALLS, liaison, WHY_CALLED)
    override_number(world.ctx, MOBILE, liaison, WHY_TEXTED)
    asked, signature = "/webhooks/twilio/inbound?Stollen", "Stollen=="
    keep_refused(world.ctx, WebhookKind.INBOUND, "signature", FORGED, asked, signature)
    _at_the_console(world, taken.id)
    return taken.id


def _at_the_console(world: World, query_id: UUID) -> None:
    """Somebody signs up, sees the number, notes a call, looks something up for a caller, and steers the house."""
    ctx, agent = world.ctx, Principal("agent", Role.HOTLINE)
    link = add_staff(ctx, "agent@post.example", "Agent", Role.HOTLINE)
    set_up(ctx, SetUp(link, "parcels wait for answers", pyotp.TOTP(factor_of_link(ctx, link)).now()))
    reveal_number(ctx, query_id, agent, WHY_SHOWN)
    handoff = next(one for one in world.see(query_id).handoffs if one.closed_at is None)
    write_note(ctx, handoff.id, agent, NOTED)
    find_item(ctx, agent, world.see(query_id).query.item_id, OTHER)
    steering.pause(ctx, "the wording is wrong", agent)  # shown to operators as the reason of the pause, in plain words
    steering.resume(ctx, WHY_STEERED, agent)
