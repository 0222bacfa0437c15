"""What hangs is shown with its next step: unknown texts, rows set aside, and webhooks that were not believed."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from notifier.carriers.port import Unknown
from notifier.domain.permissions import Role
from notifier.service import sweep as sweeping
from notifier.service import webhooks
from notifier.service.webhooks import process_webhooks
from notifier.storage.models import Query, RefusedWebhook, Webhook
from notifier.storage.models.inbound import WebhookKind, WebhookState
from notifier.web.app import create_app
from tests.journeys.world import MOBILE
from tests.web.signing import sign
from tests.web.site import PUBLIC_URL, Json, Site, make_parts, receipt, reply

_INBOUND = "/webhooks/twilio/inbound"
_TOMORROW = "the token of tomorrow"
_REPLAY = "/api/v1/refused-webhooks/replay"


def see(site: Site, what: str) -> list[Json]:
    """A list as operations see it; nothing personal stands in it."""
    answer = site.ask("GET", f"/api/v1/{what}", role=Role.OPS)
    assert answer.status_code == 200, answer.text
    for personal in ("4567", "shirts", "RR123456785HK"):
        assert personal not in answer.text
    return list(answer.json()["items"])


def test_an_unknown_text_is_shown_with_its_age_and_what_happens_next(site: Site) -> None:
    taken = site.take()
    site.world.carrier.kept = False
    site.world.carrier.script.append(Unknown("The line dropped."))
    site.world.send()
    site.world.carrier.silent = True
    site.world.sweep()
    (shown,) = see(site, "texts/unknown")
    assert (shown["query_id"], shown["code"], shown["kind"]) == (taken["id"], taken["code"], "question")
    assert (shown["attempts"], shown["asked"]) == (1, 1)
    assert 0 <= shown["age_seconds"] < 60
    assert "exact words" in shown["next_step"]
    assert shown["next_at"] >= site.see(taken["id"])["received_at"]
    site.world.carrier.silent = False
    site.world.sweep()
    assert see(site, "texts/unknown") == []


def test_a_due_time_that_kills_its_sweep_is_set_aside_and_the_others_flow(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, innocent = site.texted(), site.texted(sender_mobile="6123 4567")
    fire = sweeping._awaiting_due

    def die(session: object, ctx: object, query: Query, at: object) -> None:
        if query.code == poison["code"]:
            raise KeyboardInterrupt  # nothing the sweep could catch and count
        fire(session, ctx, query, at)  # type: ignore[arg-type]  # as the caller gives them

    monkeypatch.setitem(sweeping._DUE, "awaiting_reply", die)
    with site.parts.ctx.database.begin() as session:
        site.parts.ctx.clock.advance(session, timedelta(hours=73))
    deaths = 0
    while not see(site, "quarantine"):
        try:
            site.world.sweep()
        except KeyboardInterrupt:
            deaths += 1
        assert deaths <= 5
    assert deaths == 5
    assert site.see(innocent["id"])["state"] == "escalated"
    (shown,) = see(site, "quarantine")
    assert (shown["what"], shown["query_id"], shown["failures"]) == ("query", poison["id"], 5)
    assert ("staff", "quarantined") in site.open_handoffs(poison["id"])
    monkeypatch.setitem(sweeping._DUE, "awaiting_reply", fire)
    site.world.wind(timedelta(hours=25))
    assert site.see(poison["id"])["state"] == "escalated", "mended, it fires a day later"
    assert see(site, "quarantine") == []


def test_a_webhook_that_kills_its_worker_is_set_aside_and_the_others_flow(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = site.texted()
    work = webhooks._WORK[WebhookKind.INBOUND]

    def die(session: object, ctx: object, webhook: object, form: list[tuple[str, str]]) -> None:
        if dict(form)["MessageSid"] == "SMpoison":
            raise KeyboardInterrupt
        work(session, ctx, webhook, form)  # type: ignore[arg-type]  # as the caller gives them

    monkeypatch.setitem(webhooks._WORK, WebhookKind.INBOUND, die)
    for sid in ("SMpoison", "SMgood"):
        assert site.hook("inbound", reply(sid, "Two cotton shirts")).status_code == 200
    for _ in range(12):
        with suppress(KeyboardInterrupt):
            process_webhooks(site.parts.ctx)
        with site.parts.ctx.database.begin() as session:
            now = site.parts.ctx.clock.wall()
            session.execute(update(Webhook).where(Webhook.state == WebhookState.PENDING).values(next_try_at=now))
    assert site.see(taken["id"])["state"] == "replied"
    (shown,) = see(site, "quarantine")
    assert (shown["what"], shown["query_id"]) == ("webhook", None)


def _refuse(site: Site, sid: str, token: str) -> None:
    form = reply(sid, "Two cotton shirts")
    answer = site.hook("inbound", form, signature=sign(PUBLIC_URL + _INBOUND, form, token))
    assert answer.status_code == 403


def _mended(site: Site) -> TestClient:
    """The same site with the token that the carrier really signs with."""
    return TestClient(create_app(make_parts(site.parts.ctx, tokens=(_TOMORROW,))))


def test_refused_webhooks_are_shown_and_replayed_once_the_configuration_is_mended(site: Site) -> None:
    taken = site.texted()
    _refuse(site, "SM1", _TOMORROW)
    _refuse(site, "SM1", _TOMORROW)
    _refuse(site, "SMforged", "guessed")
    forged, real = see(site, "refused-webhooks")
    assert (real["kind"], real["reason"], real["count"]) == ("inbound", "the signature does not fit", 2)
    assert forged["count"] == 1
    assert site.ask("POST", _REPLAY, role=Role.OPS).json() == {"applied": 0, "known": 0, "refused": 2}
    headers = {"Authorization": f"Bearer {site.keys[Role.OPS]}"}
    client = _mended(site)
    assert client.post(_REPLAY, headers=headers).json() == {"applied": 1, "known": 0, "refused": 1}
    assert client.post(_REPLAY, headers=headers).json() == {"applied": 0, "known": 0, "refused": 1}
    process_webhooks(site.parts.ctx)
    seen = site.see(taken["id"])
    assert (seen["state"], len(seen["replies"])) == ("replied", 1)
    assert [row["id"] for row in see(site, "refused-webhooks")] == [forged["id"]]


def test_a_replayed_reply_counts_from_the_time_it_first_came(site: Site) -> None:
    site.texted()
    _refuse(site, "SM1", _TOMORROW)
    ctx = site.parts.ctx
    earlier = ctx.clock.wall() - timedelta(hours=3)
    with ctx.database.begin() as session:
        session.execute(update(RefusedWebhook).values(first_at=earlier))
    _mended(site).post(_REPLAY, headers={"Authorization": f"Bearer {site.keys[Role.OPS]}"})
    with ctx.database.read() as session:
        (webhook,) = session.scalars(select(Webhook).where(Webhook.kind == WebhookKind.INBOUND))
    assert webhook.received_at == webhook.business_at == earlier


def test_a_receipt_that_was_refused_names_its_attempt_still(site: Site) -> None:
    taken = site.take()
    (posted,) = site.world.send()
    query, form = f"m={posted.outgoing.attempt_id}", receipt(posted.sid, "delivered", To=MOBILE)
    signature = sign(f"{PUBLIC_URL}/webhooks/twilio/status?{query}", form, _TOMORROW)
    assert site.hook("status", form, query=query, signature=signature).status_code == 403
    _mended(site).post(_REPLAY, headers={"Authorization": f"Bearer {site.keys[Role.OPS]}"})
    process_webhooks(site.parts.ctx)
    assert site.see(taken["id"])["state"] == "awaiting_reply"
