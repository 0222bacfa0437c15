"""What the carrier signed is stored once before it is answered, and takes effect once."""

import json
from collections import Counter
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from notifier.carriers.port import Unknown
from notifier.carriers.twilio.signature import verify
from notifier.service.webhooks import process_webhooks
from notifier.storage.database import Wake, open_database
from notifier.storage.models import Webhook
from notifier.storage.models.inbound import WebhookState
from tests.contexts import KEYRING
from tests.fakes import Posted
from tests.web.rows import all_rows, changed_tables
from tests.web.signing import TOKEN_BEFORE, Pairs, sign
from tests.web.site import PUBLIC_URL, Json, Site, open_site, receipt, reply
from tests.web.wire import Wire, on_the_wire

_STATUS = f"{PUBLIC_URL}/webhooks/twilio/status"
_FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def _posted(site: Site) -> tuple[Json, Posted]:
    taken = site.take()
    (posted,) = site.world.send()
    return taken, posted


def _stored(site: Site) -> list[Webhook]:
    with site.parts.ctx.database.read() as session:
        return list(session.scalars(select(Webhook).order_by(Webhook.id)))


def test_the_signature_is_the_one_the_carrier_publishes() -> None:
    """Twilio's own example of a signed request, and one of ours worked out by hand: HMAC-SHA1 by OpenSSL."""
    address = "https://mycompany.com/myapp.php?foo=1&bar=2"
    caller = "+14158675309"
    form = [("CallSid", "CA1234567890ABCDE"), ("Caller", caller), ("Digits", "1234")]
    form += [("From", caller), ("To", "+18005551212")]
    assert verify(("12345",), address, form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not verify(("12346",), address, form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


def test_a_vector_of_ours_is_believed_at_the_route(shared: Site) -> None:
    form = receipt("SM" + "1" * 32, "delivered")
    answer = shared.hook("status", form, query="m=0199", signature="SC+59z5/wgLw1N3L07fU8GjvOXQ=")
    assert answer.status_code == 200


def test_a_receipt_is_answered_with_an_empty_document_and_opens_the_window(site: Site) -> None:
    taken, posted = _posted(site)
    answer = site.hook("status", receipt(posted.sid, "delivered"), query=f"m={posted.outgoing.attempt_id}")
    assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert answer.headers["content-type"].partition(";")[0] == "text/xml"
    assert site.see(taken["id"])["state"] == "received", "it is only stored; a worker works it out"
    process_webhooks(site.parts.ctx)
    seen = site.see(taken["id"])
    assert seen["state"] == "awaiting_reply"
    assert seen["texts"][0]["delivery"] == "delivered"


def test_a_reply_is_answered_with_an_empty_document_and_ends_the_waiting(site: Site) -> None:
    taken = site.texted()
    answer = site.hook("inbound", reply("SMin1", "Two cotton shirts", NumMedia="0"))
    assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert answer.headers["content-type"].partition(";")[0] == "text/xml"
    process_webhooks(site.parts.ctx)
    seen = site.see(taken["id"])
    assert seen["state"] == "replied"
    assert [entry["text"] for entry in seen["replies"]] == ["Two cotton shirts"]


def test_our_own_id_binds_a_text_whose_answer_was_lost(site: Site) -> None:
    site.world.carrier.script.append(Unknown("The line dropped."))
    taken, posted = _posted(site)
    (text,) = site.see(taken["id"])["texts"]
    assert (text["status"], text["state"]) == ("unknown", "unknown")
    site.hook("status", receipt(posted.sid, "sent"), query=f"m={posted.outgoing.attempt_id}")
    process_webhooks(site.parts.ctx)
    (text,) = site.see(taken["id"])["texts"]
    assert (text["status"], text["state"], text["sid"], text["delivery"]) == ("sent", "handed_over", posted.sid, "sent")


def test_either_token_signs_while_they_are_rotated(shared: Site) -> None:
    form = receipt("SM1", "sent")
    assert shared.hook("status", form, signature=sign(_STATUS, form, TOKEN_BEFORE)).status_code == 200


def test_the_fragment_of_a_callback_address_is_not_signed(shared: Site) -> None:
    """We hand out `…/status?m=1#rc=5&rp=all`; the carrier signs and calls it without what follows the `#`."""
    form = receipt("SM1", "sent")
    assert shared.hook("status", form, query="m=1", signature=sign(f"{_STATUS}?m=1", form)).status_code == 200
    assert verify(shared.parts.tokens, f"{_STATUS}?m=1#rc=5&rp=all", form, sign(f"{_STATUS}?m=1", form))
    with_it = sign(f"{_STATUS}?m=1#rc=5&rp=all", form)
    assert shared.hook("status", form, query="m=1", signature=with_it).status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        receipt("SM1", "failed", ErrorCode="", RawDlrDoneDate=""),
        [*receipt("SM1", "sent"), ("Tag", "b"), ("Tag", "a"), ("Tag", "b")],
        [*receipt("SM1", "sent"), ("", "a value without a name"), ("a name without a value", "")],
        receipt("SM1", "sent", Body="好的 👍 100% + & = ? # é\r\n\ttab"),
        receipt("SM1", "sent", **{"名": "值", "MessagingServiceSid": "MG1", "something new": "1"}),
    ],
    ids=["blank values", "names that come again", "empty names", "all kinds of characters", "fields without notice"],
)
def test_every_value_counts_as_it_came(site: Site, form: Pairs) -> None:
    assert site.hook("status", form).status_code == 200
    (webhook,) = _stored(site)
    assert json.loads(webhook.form) == [list(pair) for pair in form]
    without_blanks = [(name, value) for name, value in form if value]
    if without_blanks != form:
        assert site.hook("status", without_blanks, signature=sign(_STATUS, form)).status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "/webhooks/twilio/st%61tus",
        "/webhooks/twilio/status?m=1&x=%7e%7E+%20",
        "/webhooks/twilio/status?m=%31",
        "/webhooks/twilio/status?&&m=1&m=1&=",
        "/webhooks/twilio/status?m=1&url=https://example.org/?a=b",
    ],
)
def test_the_address_is_signed_as_it_stands_on_the_wire(shared: Site, target: str) -> None:
    signature = sign(PUBLIC_URL + target, receipt("SM1", "sent"))
    seen = _knock(shared, target, {"X-Twilio-Signature": signature})
    assert (seen.status, seen.body) == (200, b"<Response/>")
    for other in {unquote(target), "/webhooks/twilio/status?m=1"} - {target}:
        signature = sign(PUBLIC_URL + other, receipt("SM1", "sent"))
        assert _knock(shared, target, {"X-Twilio-Signature": signature}).status == 403


def _knock(site: Site, target: str, headers: dict[str, str]) -> Wire:
    body = "&".join(f"{name}={value}" for name, value in receipt("SM1", "sent")).encode()
    return on_the_wire(site.client.app, "POST", target, _FORM_TYPE | headers, [body])


@pytest.mark.parametrize("host", ["Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Forwarded"])
def test_no_header_moves_the_public_address(shared: Site, host: str) -> None:
    evil = {"Host": "evil.example", host: "http" if host.endswith("Proto") else "evil.example"}
    form = receipt("SM1", "sent")
    assert shared.hook("status", form, **evil).status_code == 200
    theirs = sign("https://evil.example/webhooks/twilio/status", form)
    assert shared.hook("status", form, signature=theirs, **evil).status_code == 403


def test_a_replay_is_answered_alike_and_has_no_second_effect(site: Site) -> None:
    taken = site.texted()
    for _ in range(3):
        assert site.hook("inbound", reply("SMin1", "Two cotton shirts")).status_code == 200
    process_webhooks(site.parts.ctx)
    before = all_rows(site.parts.ctx)
    for body in ("Two cotton shirts", "A bomb"):  # the carrier's id is the key, whatever else is signed with it
        assert site.hook("inbound", reply("SMin1", body)).text == "<Response/>"
    process_webhooks(site.parts.ctx)
    assert changed_tables(before, all_rows(site.parts.ctx)) == []
    seen = site.see(taken["id"])
    assert len(seen["replies"]) == len(seen["answers"]) == 1


def test_receipts_doubled_and_reordered_are_kept_once_each(site: Site) -> None:
    taken, posted = _posted(site)
    for status in ("delivered", "sent", "delivered", "sent", "queued", "delivered"):
        assert site.hook("status", receipt(posted.sid, status)).status_code == 200
        process_webhooks(site.parts.ctx)
    assert site.see(taken["id"])["texts"][0]["delivery"] == "delivered"
    assert Counter(webhook.state for webhook in _stored(site)) == {WebhookState.DONE: 3}


def test_a_stored_webhook_wakes_a_worker_and_a_replay_does_not(database_url: str) -> None:
    wakes: list[Wake] = []
    with open_site(database_url, database=open_database(database_url, KEYRING, wakes.append)) as site:
        for _ in range(2):
            site.hook("status", receipt("SM1", "sent"))
        assert wakes == [Wake.WEBHOOKS]
