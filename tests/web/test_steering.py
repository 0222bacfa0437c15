"""What an API key does to the whole house leaves the row that a deed at the console leaves."""

import pytest

from notifier.domain.permissions import Role
from notifier.service.steering import latest_steerings
from notifier.storage.models.house import Deed
from tests.console.places import set_aside_webhook
from tests.web.site import Json, Site

_DEEDS = {
    "sending/pause": Deed.PAUSED,
    "sending/resume": Deed.RESUMED,
    "refused-webhooks/replay": Deed.REPLAYED,
    "webhooks/{webhook_id}/retry": Deed.RETRIED,
}


def _journal(site: Site) -> list[tuple[str, str, str, str | None]]:
    rows = latest_steerings(site.parts.ctx)
    return [(row.deed, row.actor, row.because, str(row.about) if row.about else None) for row in rows]


def _do(site: Site, path: str, body: Json) -> str | None:
    """What it was about."""
    about = str(set_aside_webhook(site.world)) if "{webhook_id}" in path else None
    answer = site.ask("POST", f"/api/v1/{path.format(webhook_id=about)}", body, role=Role.OPS)
    assert answer.status_code == 200, answer.text
    return about


@pytest.mark.parametrize(("path", "deed"), _DEEDS.items())
def test_a_deed_leaves_a_row_with_its_reason(site: Site, path: str, deed: Deed) -> None:
    about = _do(site, path, {"reason": "The carrier is well again"})
    assert _journal(site) == [(deed, "the ops", "The carrier is well again", about)]


@pytest.mark.parametrize(("path", "deed"), [item for item in _DEEDS.items() if item[1] is not Deed.PAUSED])
def test_where_no_reason_was_asked_for_none_has_to_be_given(site: Site, path: str, deed: Deed) -> None:
    about = _do(site, path, {})
    assert _journal(site) == [(deed, "the ops", "", about)]


@pytest.mark.parametrize("path", ["sending/pause", "sending/resume", "refused-webhooks/replay"])
def test_what_is_refused_leaves_no_row(site: Site, path: str) -> None:
    answer = site.ask("POST", f"/api/v1/{path}", {"reason": "r" * 301}, role=Role.OPS)
    assert answer.status_code == 422
    assert site.ask("POST", f"/api/v1/{path}", {"reason": "mine"}, role=Role.LIAISON).status_code == 403
    assert _journal(site) == []
