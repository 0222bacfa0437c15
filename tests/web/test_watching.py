"""What the auditor found and which alarms stand, as operations and Prometheus see them."""

import re
from datetime import timedelta

from sqlalchemy import text

from notifier.audit import audit_due
from notifier.audit.checks import KINDS
from notifier.domain.permissions import Role
from notifier.service.alarms import decide_due
from tests.web.site import Json, Site


def see(site: Site, what: str) -> Json:
    """As operations see it; nothing personal stands in it."""
    answer = site.ask("GET", f"/api/v1/{what}", role=Role.OPS)
    assert answer.status_code == 200, answer.text
    for personal in ("4567", "shirts", "RR123456785HK"):
        assert personal not in answer.text
    return dict(answer.json())


def figure(site: Site, name: str) -> float:
    (value,) = re.findall(rf"^{re.escape(name)} (\S+)$", site.ask("GET", "/metrics", role=Role.OPS).text, re.MULTILINE)
    return float(value)


def tick(site: Site) -> None:
    """As every minute, but at once."""
    with site.parts.ctx.database.begin() as session:
        session.execute(text("DELETE FROM duties"))
    audit_due(site.parts.ctx)
    decide_due(site.parts.ctx)


def test_before_the_first_audit_every_kind_is_shown_and_none_is_known(site: Site) -> None:
    audit = see(site, "audit")
    assert audit["audited_seconds_ago"] is None
    assert [one["kind"] for one in audit["items"]] == list(KINDS)
    assert figure(site, "notifier_seconds_since_audit") == float("inf")
    for kind in KINDS:
        assert figure(site, f'notifier_audit_lag_seconds{{kind="{kind}"}}') == 0
    assert see(site, "alarms") == {"items": [], "messages": {}}


def test_what_did_not_fire_is_shown_with_its_lag(site: Site) -> None:
    site.world.sweep()
    site.texted()
    with site.parts.ctx.database.begin() as session:
        site.parts.ctx.clock.advance(session, timedelta(hours=73))
    tick(site)
    (closing,) = [one for one in see(site, "audit")["items"] if one["kind"] == "closing"]
    assert 3590 < closing.pop("lag_seconds") < 3700
    assert closing.pop("stands_seconds") >= 0
    assert closing == {"kind": "closing", "overdue": 1, "missing": 0, "doubled": 0, "people": 1, "held": False}
    assert figure(site, 'notifier_audit_overdue{kind="closing"}') == 1
    assert 3590 < figure(site, 'notifier_audit_lag_seconds{kind="closing"}') < 3700
    assert figure(site, 'notifier_audit_missing{kind="closing"}') == 0
    assert figure(site, "notifier_seconds_since_audit") < 60


def test_an_alarm_is_shown_with_its_next_step_and_urgency(site: Site) -> None:
    site.world.sweep()
    site.take()
    assert site.ask("POST", "/api/v1/sending/pause", {"reason": "Chan 4567 called"}, role=Role.OPS).status_code == 200
    tick(site)
    (alarm,) = see(site, "alarms")["items"]
    assert (alarm["kind"], alarm["people"], alarm["detail"]) == ("sending_paused", 1, "by hand; 1 texts wait")
    assert alarm["urgency"] == "can wait until 09:00", "who paused it by hand knows"
    assert "`notifier resume`" in alarm["next_step"]
    assert alarm["told_at"] is not None
    assert figure(site, 'notifier_alarms{kind="sending_paused"}') == 1
    assert figure(site, 'notifier_alarms{kind="audit_lag"}') == 0
