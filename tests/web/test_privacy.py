"""Nothing personal is written to a log, whatever goes well or wrong: neither a number in any spelling, nor a body."""

import io
import logging
import re
import sys
from collections.abc import Callable, Iterator

import pytest
import structlog
from sqlalchemy import text

from notifier.carriers.port import Fault, Never, NotSent, Unknown
from notifier.domain.permissions import Role
from notifier.runtime.logs import set_up_logs
from notifier.service import webhooks
from notifier.service.webhooks import process_webhooks
from notifier.storage.models.inbound import WebhookKind
from notifier.web.routes import queries
from tests.servers import free_port
from tests.web.refusals import MOBILE, WORDS, read_problem
from tests.web.site import Site, open_site, receipt, reply

_E164 = "+85269875310"
# Random or counted, so that any four digits stand in them by chance.
_BY_CHANCE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}|0x[0-9a-f]+|\d{4}-\d\d-\d\d[T ][\d:.,]+|b'.*?'|b\".*?\""
)
Written = Callable[[], str]


@pytest.fixture
def written(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Written]:
    """Everything that is written, with every library at its most talkative."""
    levels = {name: logging.getLogger(name).level for name in ("httpx2", *logging.root.manager.loggerDict)}
    ours = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", ours)
        set_up_logs("debug", "json")
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # the tests' own client
    yield lambda: "\n".join([ours.getvalue(), *capsys.readouterr(), caplog.text])
    structlog.reset_defaults()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def _expect_nothing_personal(log: str) -> None:
    for line in log.splitlines():
        left = _BY_CHANCE.sub("…", line)
        assert "5310" not in left, line
        assert "69875310" not in re.sub(r"\D", "", left), line
        assert WORDS not in line


def _referral(site: Site, **changes: object) -> dict[str, object]:
    return site.referral(sender_mobile=MOBILE, questions=[{"code": "F605", "text": WORDS}], **changes)


def test_the_whole_life_of_a_query(written: Written, site: Site) -> None:
    referral = _referral(site)
    query_id = site.submit(referral, **{"Idempotency-Key": "key-1"}).json()["id"]
    assert site.submit(referral | {"questions": [{"text": f"{WORDS} {MOBILE}"}]}).status_code == 409
    (posted,) = site.world.send()
    site.hook("status", receipt(posted.sid, "delivered", To=_E164), query=f"m={posted.outgoing.attempt_id}")
    for number, words in enumerate(["who is this?", f"{WORDS} call {MOBILE}", "STOP"]):
        site.hook("inbound", reply(f"SMin{number}", words, _E164))
        process_webhooks(site.parts.ctx)
    site.world.send()
    assert site.post("/api/v1/queries/find", {"mobile": MOBILE, "last4": "5310"})["items"][0]["id"] == query_id
    for found in site.post("/api/v1/suppressions/find", {"mobile": MOBILE})["items"]:
        site.post(f"/api/v1/suppressions/{found['id']}/lift", {"because": f"{WORDS}, says {MOBILE}"})
    assert site.see(query_id)["state"] == "replied"
    site.done(query_id, "correct", {"sender_mobile": f"{MOBILE} / {MOBILE}"})
    site.done(query_id, "accept", {"text": WORDS, "code": "R100"})
    said = {"mobile": MOBILE, "because": f"{WORDS}, says {MOBILE}"}
    site.post("/api/v1/numbers/override", said)
    assert site.ask("POST", "/api/v1/suppressions", said | {"reason": "prefers_calls"}).status_code == 201
    assert not site.post("/api/v1/numbers/find", {"mobile": MOBILE})["textable"]
    _expect_nothing_personal(written())


def test_a_carrier_that_fails_in_every_way(written: Written, site: Site) -> None:
    carrier = site.world.carrier
    carrier.script.extend(
        [NotSent("The queue is full."), Unknown("The line dropped."), Never("No such number.", Fault.NUMBER, 21211)]
    )
    for _ in range(3):
        assert site.submit(_referral(site)).status_code == 201
    carrier.silent = True
    site.world.send()
    assert not carrier.script
    site.world.sweep()
    site.hook("status", receipt("SMunknown", "delivered", To=_E164))
    process_webhooks(site.parts.ctx)
    _expect_nothing_personal(written())


def test_requests_that_are_refused(written: Written, site: Site) -> None:
    asked = [
        site.submit(_referral(site, kind="RFX")),
        site.ask("POST", "/api/v1/queries", content=f'{{"{MOBILE}": "{WORDS}"', headers={"Content-Type": WORDS}),
        site.submit(_referral(site), **{"Idempotency-Key": f"{MOBILE} {WORDS}"}),
        site.ask("POST", "/api/v1/queries", content=f"{MOBILE} {WORDS}" * 2000),
        site.ask("GET", f"/api/v1/queries?mobile={_E164[1:]}0000&{WORDS}%20{_E164[1:]}=1"),
        site.ask("POST", "/api/v1/queries/find", {"mobile": f"{MOBILE} {WORDS}"}),
        site.ask("POST", "/api/v1/suppressions/find", {"mobile": f"{MOBILE} {WORDS}"}),
        site.ask("POST", "/api/v1/numbers/find", {"mobile": f"{MOBILE} {WORDS}"}),
        site.ask("GET", f"/api/v1/suppressions?mobile={_E164[1:]}"),
        site.ask("GET", f"/api/v1/queries/{_E164[1:]}"),
        site.ask("DELETE", f"/{_E164[1:]}/{WORDS}"),
        site.ask("POST", f"/api/v1/items/{_E164[1:]}/do-not-load"),
        site.ask("GET", "/api/v1/queries", headers={"Authorization": f"Bearer {_E164}{WORDS}"}),
        site.hook("inbound", reply("SM1", WORDS, _E164), signature="forged"),
        site.hook("status", receipt(_E164, "delivered")),
    ]
    for answer in asked:
        assert 400 <= answer.status_code < 500
        read_problem(answer)
    _expect_nothing_personal(written())


def _break(*_arguments: object) -> None:
    raise RuntimeError(f"{MOBILE} says {WORDS}")


def test_a_crash_is_one_line_without_its_message(written: Written, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "accept", _break)
    answer = site.submit(_referral(site))
    assert answer.status_code == 500
    assert read_problem(answer)["detail"] == "Something broke here."
    log = written()
    assert log.count("request_crashed") == 1
    assert "POST /api/v1/queries" in log
    assert "test_privacy.py" in log, "the line says where"
    assert "Traceback" not in log
    _expect_nothing_personal(log)


def test_a_worker_that_breaks_on_a_webhook(written: Written, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(webhooks._WORK, WebhookKind.INBOUND, _break)
    assert site.hook("inbound", reply("SM1", WORDS, _E164)).status_code == 200
    process_webhooks(site.parts.ctx)
    log = written()
    assert log.count("webhook_failed") == 1
    assert "RuntimeError" in log
    _expect_nothing_personal(log)


@pytest.mark.parametrize("table", ["queries", "webhooks", "refused_webhooks"])
def test_a_statement_the_database_refuses(written: Written, site: Site, table: str) -> None:
    with site.parts.ctx.database.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO mislaid"))
    forms = {"webhooks": None, "refused_webhooks": "forged"}
    if table == "queries":
        answer = site.submit(_referral(site))
    else:
        answer = site.hook("inbound", reply("SM1", WORDS, _E164), signature=forms[table])
    assert answer.status_code in (500, 503)
    read_problem(answer)
    log = written()
    assert log.count("request_crashed") + log.count("database_unavailable") == 1
    _expect_nothing_personal(log)


def test_a_database_that_is_down(written: Written) -> None:
    address = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/x"
    with open_site(address, made=False) as site:
        assert site.submit(_referral(site)).status_code == 503
        search = {"mobile": _E164}
        assert site.ask("POST", "/api/v1/queries/find", search, role=Role.OPS).status_code == 503
    log = written()
    assert log.count("database_unavailable") == 2
    _expect_nothing_personal(log)
