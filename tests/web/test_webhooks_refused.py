"""What the carrier did not sign, or did not mean for us: refused, kept aside with the reason, and shown to staff."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from sqlalchemy import select, update

from notifier.domain.permissions import Role
from notifier.service import webhooks
from notifier.service.refused import replay_refused
from notifier.service.webhooks import Arrived
from notifier.storage.models import RefusedWebhook
from tests.servers import free_port
from tests.web.refusals import read_problem
from tests.web.rows import all_rows, changed_tables
from tests.web.signing import Pairs, sign
from tests.web.site import PUBLIC_URL, Site, open_site, receipt, reply

_STATUS = f"{PUBLIC_URL}/webhooks/twilio/status"
_INBOUND = f"{PUBLIC_URL}/webhooks/twilio/inbound"
_WORDS = "KINDLY-READ-THIS"
_REPLY = reply("SM1", _WORDS, "+85269875310")
_RECEIPT = receipt("SM1", "delivered", To="+85269875310")
_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
_NOT_FITTING = "the signature does not fit"

# Kind, form, query, signature (None: the right one), reason.
_CASES: dict[str, tuple[str, Pairs, str, str | None, str]] = {
    "not signed": ("inbound", _REPLY, "", "", "it is not signed"),
    "signed with noise": ("inbound", _REPLY, "", "c2lnbmVk", _NOT_FITTING),
    "signed with what is no base64": ("inbound", _REPLY, "", "not \u00e9ven text", _NOT_FITTING),
    "signed with another token": ("inbound", _REPLY, "", sign(_INBOUND, _REPLY, "guessed"), _NOT_FITTING),
    "signed with an empty token": ("inbound", _REPLY, "", sign(_INBOUND, _REPLY, ""), _NOT_FITTING),
    "signed for the other route": ("inbound", _REPLY, "", sign(_STATUS, _REPLY), _NOT_FITTING),
    "signed without TLS": ("inbound", _REPLY, "", sign(_INBOUND.replace("https", "http"), _REPLY), _NOT_FITTING),
    "signed for the host that was asked": (
        "inbound",
        _REPLY,
        "",
        sign("http://testserver/webhooks/twilio/inbound", _REPLY),
        _NOT_FITTING,
    ),
    "other words": ("inbound", _REPLY, "", sign(_INBOUND, reply("SM1", "OK", "+85269875310")), _NOT_FITTING),
    "another sender": ("inbound", _REPLY, "", sign(_INBOUND, reply("SM1", _WORDS)), _NOT_FITTING),
    "a field more": ("inbound", [*_REPLY, ("OptOutType", "STOP")], "", sign(_INBOUND, _REPLY), _NOT_FITTING),
    "a field less": ("inbound", _REPLY[:-1], "", sign(_INBOUND, _REPLY), _NOT_FITTING),
    "a name twice": ("inbound", [*_REPLY, ("Body", "STOP")], "", sign(_INBOUND, _REPLY), _NOT_FITTING),
    "nothing": ("inbound", [], "", sign(_INBOUND, _REPLY), _NOT_FITTING),
    "another attempt": ("status", _RECEIPT, "m=2", sign(f"{_STATUS}?m=1", _RECEIPT), _NOT_FITTING),
    "no attempt any more": ("status", _RECEIPT, "", sign(f"{_STATUS}?m=1", _RECEIPT), _NOT_FITTING),
    "an attempt put there": ("status", _RECEIPT, "m=1", sign(_STATUS, _RECEIPT), _NOT_FITTING),
    "a parameter more": ("status", _RECEIPT, "m=1&x=2", sign(f"{_STATUS}?m=1", _RECEIPT), _NOT_FITTING),
    "signed by a hash of the body": (
        "status",
        _RECEIPT,
        "bodySHA256=" + "0" * 64,
        sign(f"{_STATUS}?bodySHA256=" + "0" * 64, []),
        _NOT_FITTING,
    ),
    "for another account": (
        "status",
        [("AccountSid", "AC" + "9" * 32), *_RECEIPT[1:]],
        "",
        None,
        "it is for another account",
    ),
    "for no account": ("inbound", _REPLY[1:], "", None, "it is for another account"),
    "for two accounts": ("inbound", [*_REPLY, ("AccountSid", "AC2")], "", None, "it is for another account"),
    "about no message": ("status", [_RECEIPT[0], _RECEIPT[2]], "", None, "it names no message"),
    "about a message that is none": ("inbound", reply("../SM1", _WORDS), "", None, "it names no message"),
    "about a message far too long": ("status", receipt("S" * 65, "sent"), "", None, "it names no message"),
    "of no status": ("status", _REPLY, "", None, "it names no status"),
    "of a status that is none": ("status", receipt("SM1", "6987 5310"), "", None, "it names no status"),
    "of too many fields": ("status", _RECEIPT + [("x", "")] * 300, "", None, "the form has too many fields"),
}


@pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)
def test_a_webhook_is_refused_and_kept_aside(shared: Site, case: tuple[str, Pairs, str, str | None, str]) -> None:
    kind, form, query, signature, reason = case
    before = all_rows(shared.parts.ctx)
    counted = _kept(shared, kind, reason, form)
    answer = shared.hook(kind, form, query=query, signature=signature)
    assert answer.status_code == 403
    problem = read_problem(answer, _WORDS)
    assert problem["detail"] == f"The webhook was refused: {reason}."
    assert set(changed_tables(before, all_rows(shared.parts.ctx))) <= {"refused_webhooks", "handoffs"}
    assert _kept(shared, kind, reason, form) == counted + 1
    told = [entry for entry in shared.get("/api/v1/handoffs", limit=200)["items"] if reason in entry["sentence"]]
    assert [(entry["team"], entry["reason"], entry["query_id"]) for entry in told] == [
        ("staff", "webhook_refused", None)
    ]


def _kept(site: Site, kind: str, reason: str, form: Pairs) -> int:
    """How often this was refused for this reason."""
    with site.parts.ctx.database.read() as session:
        rows = session.scalars(select(RefusedWebhook).where(RefusedWebhook.reason == reason)).all()
    return sum(row.count for row in rows if (row.kind, row.raw) == (kind, urlencode(form)[:20_000]))


def test_the_same_again_is_counted_and_told_once(site: Site) -> None:
    for _ in range(4):
        assert site.hook("inbound", _REPLY, signature="guess").status_code == 403
    with site.parts.ctx.database.read() as session:
        (kept,) = session.scalars(select(RefusedWebhook))
    assert (kept.kind, kept.count, kept.reason) == ("inbound", 4, _NOT_FITTING)
    assert kept.raw == urlencode(_REPLY)
    assert kept.last_at > kept.first_at
    assert len(site.get("/api/v1/handoffs")["items"]) == 1


def test_a_flood_fills_no_disk_and_is_still_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "_REFUSED_KEPT", 3)
    for number in range(6):
        assert site.hook("inbound", reply(f"SM{number}", _WORDS), signature="guess").status_code == 403
    assert site.hook("inbound", reply("SM0", _WORDS), signature="guess").status_code == 403
    with site.parts.ctx.database.read() as session:
        kept = session.scalars(select(RefusedWebhook).order_by(RefusedWebhook.id)).all()
    assert [(row.count, bool(row.raw)) for row in kept] == [(2, True), (1, True), (1, True), (3, False)]
    assert kept[-1].reason == f"{_NOT_FITTING} (counted only)"
    assert "notifier_webhooks_refused_total 7.0" in site.ask("GET", "/metrics", role=Role.OPS).text
    assert len(site.get("/api/v1/handoffs")["items"]) == 1


def test_yesterdays_flood_keeps_nothing_of_today_from_being_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "_REFUSED_KEPT", 2)
    for number in range(3):
        site.hook("inbound", reply(f"SM{number}", _WORDS), signature="guess")
    yesterday = site.parts.ctx.clock.wall() - timedelta(days=2)
    with site.parts.ctx.database.begin() as session:
        session.execute(update(RefusedWebhook).values(first_at=yesterday))
    site.hook("inbound", reply("SM8", _WORDS), signature="guess")
    with site.parts.ctx.database.begin() as session:
        kept = session.scalars(select(RefusedWebhook).order_by(RefusedWebhook.id)).all()
        assert [bool(row.raw) for row in kept] == [True, True, False, True]
        session.execute(update(RefusedWebhook).values(first_at=_LONG_AGO, last_at=_LONG_AGO))
    site.hook("inbound", reply("SM9", _WORDS), signature="guess")
    with site.parts.ctx.database.read() as session:
        assert len(session.scalars(select(RefusedWebhook)).all()) == 1, "after a month nobody mends it any more"


def test_what_was_only_counted_holds_nothing_to_judge_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "_REFUSED_KEPT", 1)
    for number in range(3):
        site.hook("inbound", reply(f"SM{number}", _WORDS), signature="guess")
    done = replay_refused(site.parts.ctx, lambda kind, _target, raw, _signature: Arrived(kind, parse_qsl(raw)))
    assert (done.applied, done.refused) == (1, 0)
    assert site.get("/api/v1/handoffs")["items"] == [], "nothing is left that could be mended"
    (left,) = site.get("/api/v1/refused-webhooks", role=Role.OPS)["items"]
    assert (left["reason"], left["count"]) == (f"{_NOT_FITTING} (counted only)", 2)


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", b'{"AccountSid": "AC0"}'),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="Body"\r\n\r\nx\r\n--x--'),
        ("application/x-www-form-urlencoded", b"\xff\xfe=\x00&&&;%%%zz=%"),
        ("", b""),
    ],
)
def test_a_webhook_in_another_shape_is_not_believed(site: Site, media_type: str, body: bytes) -> None:
    headers = {"Content-Type": media_type, "X-Twilio-Signature": "guess"}
    answer = site.client.post("/webhooks/twilio/inbound", content=body, headers=headers)
    assert answer.status_code == 403
    read_problem(answer)


@pytest.mark.parametrize("signature", [None, "guess"], ids=["signed", "forged"])
@pytest.mark.parametrize("address", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://nobody@127.0.0.1:{port}/x"])
def test_a_database_that_is_down_is_503_and_the_carrier_tries_again(address: str, signature: str | None) -> None:
    with open_site(address.format(port=free_port()), made=False) as site:
        for kind, form in (("inbound", _REPLY), ("status", _RECEIPT)):
            answer = site.hook(kind, form, signature=signature)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert read_problem(answer, _WORDS)["detail"] == "The database cannot be asked right now."
        answer = site.submit(site.referral())
        assert answer.status_code == 503
        read_problem(answer)
