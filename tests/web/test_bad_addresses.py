"""Addresses, parameters, headers and methods that make no sense: told by name, without what was given."""

from uuid import uuid4

import pytest

from notifier.domain.permissions import Role
from tests.web.refusals import MOBILE, Refusals, read_problem
from tests.web.site import Site, fields_of
from tests.web.wire import on_the_wire

_QUERIES = {
    "a limit of none": ("limit=0", "limit"),
    "a limit too high": ("limit=201", "limit"),
    "a limit below nothing": ("limit=-1", "limit"),
    "a limit that is a fraction": ("limit=2.5", "limit"),
    "a limit in words": ("limit=everything", "limit"),
    "a limit beyond all numbers": ("limit=" + "9" * 400, "limit"),
    "a limit beyond what a text may hold as one": ("limit=" + "9" * 5000, "limit"),
    "no limit": ("limit=", "limit"),
    "a cursor that is none": ("cursor=page-2", "cursor"),
    "a cursor cut short": ("cursor=01a21189-9b7e-7548-8541", "cursor"),
    "an empty cursor": ("cursor=", "cursor"),
    "a state nobody is in": ("state=forgotten", "state"),
    "a state in capitals": ("state=CLOSED", "state"),
    "an outcome there is not": ("outcome=lost", "outcome"),
    "a kind there is not": ("kind=RFX", "kind"),
    "an authority of three letters": ("authority=DEU", "authority"),
    "an authority in other letters": ("authority=%C3%9F%C3%9F", "authority"),
    "an item with a wrong check digit": ("item_id=RR123456784HK", "item_id"),
    "an item that is none": ("item_id=parcel", "item_id"),
    "a reference with a NUL": ("referral_reference=REF%001", "referral_reference"),
    "a reference too long": ("referral_reference=" + "R" * 65, "referral_reference"),
    "a code too short": ("code=K7F29", "code"),
    "a code with a stop": ("code=K7F29QX.", "code"),
    "a code and a line end": ("code=K7F29QXA%0A", "code"),
    "a mobile, which no address may hold": ("mobile=69875310", "mobile"),
    "three last digits": ("last4=531", "last4"),
    "last digits in other digits": ("last4=%D9%A5%D9%A3%D9%A1%D9%A0", "last4"),
    "a parameter there is not": ("phone=69875310", "phone"),
    "a misspelt parameter": ("stat=closed", "stat"),
    "bytes that are no text": ("state=%FF%FE", "state"),
}
_LISTS = {
    "handoffs of no team": ("handoffs?team=marketing", "team"),
    "handoffs by a strange parameter": ("handoffs?state=open", "state"),
    "handoffs from no cursor": ("handoffs?cursor=1", "cursor"),
    "answers in no state": ("answers?state=lost", "state"),
    "answers without a limit": ("answers?limit=none", "limit"),
}
_IDS = {
    "words": "latest",
    "a number": "1",
    "cut short": "01a21189-9b7e-7548-8541",
    "a code": "K7F29QXA",
    "too long": "0" * 4000,
    "a NUL": "%00",
    "up a folder": "..%2F..%2Fetc",
    "a number like a mobile": "69875310",
    "an id and more": "01a21189-9b7e-7548-8541-650ca99bea2f'--",
}
_IDEMPOTENCY_KEYS = {
    "nothing": "",
    "too long": "k" * 256,
    "a space": "two words",
    "a tab": "tab\tbed",
    "a letter beyond ASCII": "cl\u00e9",
    "a line end": "k\x0b",
}
_NOWHERE = [
    "/api",
    "/api/v2/queries",
    "/api/v1/queries/",
    "/webhooks/twilio/",
    "/queries?mobile=69875310",
    "/.env",
]
_METHODS = [
    ("DELETE", "/api/v1/queries", {"GET", "POST"}),
    ("PUT", "/api/v1/queries/{id}", {"GET"}),
    ("PATCH", "/api/v1/queries/{id}", {"GET"}),
    ("GET", "/api/v1/queries/{id}/withdraw", {"POST"}),
    ("DELETE", "/api/v1/handoffs", {"GET"}),
    ("GET", "/webhooks/twilio/inbound", {"POST"}),
    ("PUT", "/webhooks/twilio/status", {"POST"}),
    ("POST", "/healthz", {"GET", "HEAD"}),
    ("TRACE", "/metrics", {"GET"}),
    ("OPTIONS", "/api/v1/sending/pause", {"POST"}),
]


@pytest.mark.parametrize(("query", "field"), _QUERIES.values(), ids=_QUERIES)
def test_a_parameter_that_narrows_nothing(refusals: Refusals, query: str, field: str) -> None:
    value = query.partition("=")[2]
    problem = refusals.expect(422, "GET", f"/api/v1/queries?{query}", value)
    assert fields_of(problem) == [field]


@pytest.mark.parametrize(("path", "field"), _LISTS.values(), ids=_LISTS)
def test_a_parameter_of_another_list(refusals: Refusals, path: str, field: str) -> None:
    assert fields_of(refusals.expect(422, "GET", f"/api/v1/{path}")) == [field]


@pytest.mark.parametrize("query_id", _IDS.values(), ids=_IDS)
def test_an_id_that_is_none(shared: Site, query_id: str) -> None:
    key = {"Authorization": f"Bearer {shared.keys[Role.LIAISON]}"}
    for method, tail in (("GET", ""), ("POST", "/withdraw")):
        seen = on_the_wire(shared.client.app, method, f"/api/v1/queries/{query_id}{tail}", key)
        assert seen.status in (404, 422)
        assert seen.headers["content-type"] == "application/problem+json"
        assert query_id.encode() not in seen.body or len(query_id) < 4


def test_an_id_nobody_has_is_404(refusals: Refusals) -> None:
    problem = refusals.expect(404, "GET", f"/api/v1/queries/{uuid4()}")
    assert problem["detail"] == "There is no such query."


@pytest.mark.parametrize("key", _IDEMPOTENCY_KEYS.values(), ids=_IDEMPOTENCY_KEYS)
def test_an_idempotency_key_that_is_none(refusals: Refusals, key: str) -> None:
    # As bytes: the client would refuse to write some of them.
    authorization = f"Bearer {refusals.site.keys[Role.LIAISON]}".encode()
    headers = {b"Authorization": authorization, b"Idempotency-Key": key.encode()}
    answer = refusals.site.client.post("/api/v1/queries", json=refusals.referral(), headers=headers)
    assert answer.status_code == 422
    assert [field.lower() for field in fields_of(read_problem(answer, key))] == ["idempotency-key"]
    assert refusals.site.post("/api/v1/queries/find", {"mobile": MOBILE})["items"] == []


@pytest.mark.parametrize("path", _NOWHERE)
def test_an_address_where_nothing_is(refusals: Refusals, path: str) -> None:
    problem = refusals.expect(404, "GET", path, path)
    assert "/docs" in problem["mend"]


@pytest.mark.parametrize(("method", "path", "allowed"), _METHODS)
def test_a_method_that_an_address_does_not_take(refusals: Refusals, method: str, path: str, allowed: set[str]) -> None:
    answer = refusals.site.ask(method, path.format(id=uuid4()))
    assert answer.status_code == 405
    assert "Allow" in read_problem(answer)["mend"]
    assert set(answer.headers["allow"].split(", ")) == allowed
