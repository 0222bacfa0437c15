"""Bodies beyond the limit: refused as soon as they are known to be, whatever their length claims to be."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from notifier.domain.permissions import Role
from notifier.storage.models import RefusedWebhook
from tests.web.refusals import Refusals
from tests.web.rows import all_rows, changed_tables
from tests.web.site import MOST_BODY, Site, receipt
from tests.web.wire import Wire, on_the_wire

_TOO_MUCH = b" " * (MOST_BODY + 1)
_CHUNK = b" " * 1024
_CLAIMS = {
    "the truth": str(len(_TOO_MUCH)),
    "far less": "10",
    "nothing": "0",
    "far more": "9" * 30,
    "less than nothing": "-1",
    "words": "plenty",
}


def test_a_body_beyond_the_limit(refusals: Refusals) -> None:
    headers = {"Content-Type": "application/json"}
    problem = refusals.expect(413, "POST", "/api/v1/queries", content=_TOO_MUCH, headers=headers)
    assert problem["detail"] == f"The body is larger than {MOST_BODY} bytes."
    assert "notifier import" in problem["mend"]


def test_a_body_of_exactly_the_limit_is_read(refusals: Refusals) -> None:
    raw = json.dumps({"kind": "RFX"}).encode()
    raw += b" " * (MOST_BODY - len(raw))
    problem = refusals.expect(422, "POST", "/api/v1/queries", content=raw, headers={"Content-Type": "application/json"})
    assert problem["errors"][0]["field"] == "kind"


def _submit(site: Site, chunks: Iterator[bytes], *, breaks_off: bool = False, **headers: str) -> Wire:
    key = {"Authorization": f"Bearer {site.keys[Role.LIAISON]}", "Content-Type": "application/json"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return on_the_wire(site.client.app, "POST", "/api/v1/queries", key | named, chunks, breaks_off=breaks_off)


@pytest.mark.parametrize("claim", _CLAIMS.values(), ids=_CLAIMS)
def test_a_length_that_lies_lets_no_more_in(shared: Site, claim: str) -> None:
    before = all_rows(shared.parts.ctx)
    seen = _submit(shared, iter([_TOO_MUCH]), Content_Length=claim)
    assert seen.status == 413
    assert changed_tables(before, all_rows(shared.parts.ctx)) == []


def test_a_body_without_a_length_is_read_no_further_than_the_limit(shared: Site) -> None:
    endless = iter(lambda: _CHUNK, None)
    seen = _submit(shared, endless)
    assert seen.status == 413
    assert seen.taken == MOST_BODY // len(_CHUNK) + 1
    assert json.loads(seen.body)["status"] == 413


def test_a_claim_beyond_the_limit_is_refused_before_anything_is_read(shared: Site) -> None:
    assert _submit(shared, iter([_CHUNK]), Content_Length=str(MOST_BODY + 1)).status == 413
    assert _submit(shared, iter([_CHUNK]), Content_Length=str(MOST_BODY + 1)).taken == 0


def test_a_client_that_breaks_off_stores_nothing(shared: Site) -> None:
    before = all_rows(shared.parts.ctx)
    raw = json.dumps(shared.referral()).encode()
    seen = _submit(shared, iter([raw]), breaks_off=True)
    assert seen.status == 400
    assert changed_tables(before, all_rows(shared.parts.ctx)) == []


@pytest.mark.parametrize("claim", [None, "10"])
def test_a_webhook_beyond_the_limit_is_refused_and_kept_aside(site: Site, claim: str | None) -> None:
    form = receipt("SM1", "delivered", Padding="x" * MOST_BODY)
    answer = site.hook("status", form, **({"Content-Length": claim} if claim else {}))
    assert answer.status_code == 403
    assert answer.json()["detail"] == "The webhook was refused: the body is too large."
    with site.parts.ctx.database.read() as session:
        (kept,) = session.scalars(select(RefusedWebhook))
    assert (kept.reason, kept.raw, kept.count) == ("the body is too large", "", 1)
