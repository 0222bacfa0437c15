"""For operations: alive, ready, the figures, the clock; and the description of it all."""

from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from notifier.domain.lifecycle import State
from notifier.domain.permissions import Role
from notifier.runtime.assemble import open_runtime
from notifier.runtime.site import make_site
from notifier.service.clock import Clock
from notifier.settings import Settings
from notifier.web.app import create_app
from tests.servers import free_port
from tests.web.refusals import read_problem
from tests.web.site import Site, make_parts, open_site, receipt

Figures = dict[tuple[str, tuple[str, ...]], float]


def test_alive_is_answered_without_asking_anybody() -> None:
    with open_site("sqlite:////nowhere/at/all.db", made=False) as site:
        answer = site.client.get("/healthz")
        assert (answer.status_code, answer.text) == (200, "ok")


def test_ready_when_nothing_speaks_against_it(site: Site) -> None:
    answer = site.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


def test_not_ready_is_503_with_the_reasons(shared: Site) -> None:
    reasons = ["The schema is not the newest.", "The disk is full."]
    app = create_app(make_parts(shared.parts.ctx, ready=lambda: reasons))
    answer = TestClient(app).get("/readyz")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert read_problem(answer)["reasons"] == reasons


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("sqlite:///{folder}/empty.db", "The schema is not the newest: run notifier migrate."),
        ("sqlite:////nowhere/at/all.db", "The database cannot be reached (OperationalError)."),
        ("postgresql://nobody@127.0.0.1:{port}/x", "The database cannot be reached (OperationalError)."),
    ],
)
def test_the_real_site_tells_why_it_is_not_ready(tmp_path: Path, address: str, reason: str) -> None:
    url = address.format(folder=tmp_path, port=free_port())
    with open_runtime(Settings(data_dir=tmp_path, database_url=url)) as runtime:
        answer = TestClient(make_site(runtime, None)).get("/readyz")
    assert answer.status_code == 503
    assert read_problem(answer)["reasons"] == [reason]


def test_the_real_site_is_ready_on_a_migrated_database(tmp_path: Path, database_url: str) -> None:
    with open_runtime(Settings(data_dir=tmp_path, database_url=database_url)) as runtime:
        client = TestClient(make_site(runtime, None))
        assert client.get("/readyz").json() == {"ready": True}
        assert client.get("/metrics").status_code == 200, "open in the sandbox profile"


def _figures(site: Site) -> Figures:
    answer = site.ask("GET", "/metrics", role=Role.OPS)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name.removeprefix("notifier_"), tuple(sorted(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_figures_of_an_empty_house_are_all_there(site: Site) -> None:
    figures = _figures(site)
    assert {labels[0] for name, labels in figures if name == "queries"} == set(State)
    for name in ("sweep_lag_seconds", "oldest_unsent_seconds", "sending_paused", "webhooks_refused_total"):
        assert figures[name, ()] == 0


def test_the_figures_count_what_happens(site: Site) -> None:
    site.texted()
    site.take(kind="RFS", questions=[])
    site.take()
    site.hook("status", receipt("SM1", "sent"), signature="forged")
    site.hook("status", receipt("SM1", "sent"))
    site.ask("POST", "/api/v1/sending/pause", {"reason": "maintenance"}, role=Role.OPS)
    figures = _figures(site)
    for state, number in (("awaiting_reply", 1), ("escalated", 1), ("received", 1), ("replied", 0), ("closed", 0)):
        assert figures["queries", (state,)] == number
    assert figures["texts", ("delivered", "delivered", "handed_over")] == 1
    assert figures["texts", ("none", "queued", "queued")] == 1
    assert figures["handoffs_open", ("screening", "security")] == 1
    assert figures["handoffs_open", ("staff", "webhook_refused")] == 1
    assert figures["webhooks_refused_total", ()] == figures["webhooks_waiting", ("pending",)] == 1
    assert figures["sending_paused", ()] == 1
    assert 0 < figures["oldest_unsent_seconds", ()] < 60


def test_the_sweep_lags_until_it_comes_by(site: Site) -> None:
    site.texted()
    answer = site.ask("POST", "/api/v1/sandbox/clock", {"advance": "PT49H"})
    assert answer.json()["offset_seconds"] == 49 * 3600
    assert 3600 <= _figures(site)["sweep_lag_seconds", ()] < 3660, "the reminder was due an hour ago"
    site.world.sweep()
    assert _figures(site)["sweep_lag_seconds", ()] == 0


def test_figures_hold_nothing_personal(site: Site) -> None:
    taken = site.texted()
    text = site.ask("GET", "/metrics", role=Role.OPS).text
    for personal in ("4567", taken["code"], "RR123456785HK"):
        assert personal not in text


def test_the_clock_is_wound_to_what_is_due_next(site: Site) -> None:
    taken = site.texted()
    shown = site.ask("POST", "/api/v1/sandbox/clock", {"to_next_due": True}).json()
    assert shown["now"] > site.see(taken["id"])["next_due_at"]
    assert shown["offset_seconds"] == pytest.approx(48 * 3600, abs=60)
    site.world.sweep()
    (reminder,) = site.world.send()
    assert taken["code"] in reminder.outgoing.body
    read = site.get("/api/v1/sandbox/clock")
    assert read["offset_seconds"] == shown["offset_seconds"]


def test_what_waits_for_people_does_not_wind_the_clock(site: Site) -> None:
    """Two hours on a handoff is raised again; the phone would show nothing of it."""
    site.take(kind="RFS", questions=[])
    assert site.ask("POST", "/api/v1/sandbox/clock", {"to_next_due": True}).json()["offset_seconds"] == 0
    site.texted()
    shown = site.ask("POST", "/api/v1/sandbox/clock", {"to_next_due": True}).json()
    assert shown["offset_seconds"] == pytest.approx(48 * 3600, abs=60)


def test_a_clock_that_cannot_be_moved_has_no_routes(database_url: str) -> None:
    with open_site(database_url, clock=Clock(movable=False)) as site:
        for method in ("GET", "POST"):
            answer = site.ask(method, "/api/v1/sandbox/clock")
            assert answer.status_code == 404
            read_problem(answer)
        assert "sandbox" not in site.client.get("/openapi.json").text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_check_without_a_body_is_answered_as_one_with_it(site: Site, path: str) -> None:
    full, bare = site.client.get(path), site.client.head(path)
    assert (bare.status_code, bare.content) == (full.status_code, b"")
    assert bare.headers["content-type"] == full.headers["content-type"]


def test_a_check_without_a_body_says_when_it_is_not_ready(database_url: str) -> None:
    with open_site(database_url) as site:
        parts = make_parts(site.parts.ctx, ready=lambda: ["The schema is not the newest."])
        with TestClient(create_app(parts)) as client:
            assert client.head("/readyz").status_code == client.get("/readyz").status_code == 503


async def _phone_page(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("the phone")(scope, receive, send)


@pytest.mark.parametrize(("sandbox", "front"), [(None, "/docs"), (_phone_page, "/sandbox/")])
def test_the_front_door_leads_on(site: Site, sandbox: Any, front: str) -> None:
    with TestClient(create_app(make_parts(site.parts.ctx, sandbox=sandbox))) as client:
        answer = client.get("/", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (307, front), "never built from the Host header"
        assert client.get("/").status_code == 200
