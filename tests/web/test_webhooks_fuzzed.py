"""Webhooks of noise: what is not signed changes nothing but the list of the refused; what is signed is never lost."""

import string

from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from notifier.service.webhooks import process_webhooks
from notifier.storage.models import History, Reply, Webhook
from notifier.storage.models.inbound import WebhookState
from tests.journeys.world import MOBILE
from tests.web.refusals import read_problem
from tests.web.rows import all_rows, changed_tables
from tests.web.signing import Pairs
from tests.web.site import ACCOUNT, Site, reply

_KINDS = st.sampled_from(["inbound", "status"])
_VALUES = st.text(max_size=80) | st.sampled_from(["STOP", "OK", "好的", "1", "RR123456785HK", MOBILE, "\0", "٤", "²"])
_NAMES = st.sampled_from(
    ["AccountSid", "MessageSid", "MessageStatus", "Body", "From", "To", "NumMedia", "ErrorCode", "OptOutType"]
) | st.text(max_size=12)
_FORMS = st.lists(st.tuples(_NAMES, _VALUES), max_size=8)
_QUERIES = st.text(alphabet=string.ascii_letters + string.digits + "=&%+-_.~", max_size=40)
# SIDs and statuses that pass the door, so that the worker gets to see what is wrong with the rest.
_SIDS = st.from_regex(r"SM[0-9a-f]{6}", fullmatch=True)
_STATUSES = st.sampled_from(
    ["queued", "sent", "delivered", "undelivered", "failed", "canceled", "read", "gone-fishing"]
)


@given(kind=_KINDS, form=_FORMS, query=_QUERIES, signature=st.text(max_size=40))
@settings(max_examples=120)
def test_noise_is_refused(site: Site, kind: str, form: Pairs, query: str, signature: str) -> None:
    before = all_rows(site.parts.ctx)
    printable = "".join(char for char in signature if char.isprintable()).strip()
    answer = site.hook(kind, form, query=query, signature=printable)
    assert answer.status_code == 403, answer.text
    read_problem(answer)
    assert set(changed_tables(before, all_rows(site.parts.ctx))) <= {"refused_webhooks", "handoffs"}


@given(body=st.binary(max_size=300), content_type=st.sampled_from(["application/x-www-form-urlencoded", "text/plain"]))
@settings(max_examples=80)
def test_bytes_are_refused(site: Site, body: bytes, content_type: str) -> None:
    headers = {"Content-Type": content_type, "X-Twilio-Signature": "guess"}
    answer = site.client.post("/webhooks/twilio/inbound", content=body, headers=headers)
    assert answer.status_code == 403, answer.text
    read_problem(answer)


@given(body=_VALUES, more=_FORMS)
@example(body="a NUL where the row has no seal", more=[("To", "+852\0")])
@settings(max_examples=120)
def test_a_signed_reply_of_anything_is_kept_word_for_word(site: Site, body: str, more: Pairs) -> None:
    sid = f"SM{next(site.world.numbers):032}"
    odd = [pair for pair in more if pair[0] not in ("AccountSid", "MessageSid", "Body", "From")]
    answer = site.hook("inbound", reply(sid, body) + odd)
    assert (answer.status_code, answer.text) == (200, "<Response/>")
    process_webhooks(site.parts.ctx)
    with site.parts.ctx.database.read() as session:
        kept = session.scalars(select(Reply).where(Reply.carrier_sid == sid)).one()
        stuck = session.scalar(select(func.count()).where(Webhook.state != WebhookState.DONE))
    assert (kept.body, kept.phone, stuck) == (body, MOBILE, 0)


@given(sid=_SIDS, status=_STATUSES, code=_VALUES, query=_QUERIES | st.uuids().map(lambda made: f"m={made}"))
@settings(max_examples=60)
def test_a_signed_receipt_of_anything_moves_no_query_it_does_not_name(
    site: Site, sid: str, status: str, code: str, query: str
) -> None:
    site.take()
    form = [("AccountSid", ACCOUNT), ("MessageSid", sid), ("MessageStatus", status), ("ErrorCode", code)]
    with site.parts.ctx.database.read() as session:
        history = session.scalar(select(func.count()).select_from(History))
    assert site.hook("status", form, query=query).status_code == 200
    process_webhooks(site.parts.ctx)
    with site.parts.ctx.database.read() as session:
        assert session.scalar(select(func.count()).select_from(History)) == history
