"""Every route times every role: the table of permissions decides, and who is refused changes nothing."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI

from notifier.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from notifier.service.keys import list_keys, revoke_key
from notifier.web import app as web_app
from notifier.web.app import create_app
from notifier.web.auth import Open, accesses, needs
from tests.web.refusals import Refusals, read_problem
from tests.web.rows import all_rows, changed_tables
from tests.web.site import Site, make_parts, receipt
from tests.web.specimens import SPECIMENS, Route
from tests.web.wire import on_the_wire

_KEYLESS = {
    "no key": {"Authorization": ""},
    "a wrong key": {"Authorization": "Bearer hkn_wrong"},
    "the scheme alone": {"Authorization": "Bearer "},
    "another scheme": {"Authorization": "Basic aGtuOmhrbg=="},
    "a key far too long": {"Authorization": "Bearer " + "k" * 5000},
    "two keys": {"Authorization": "Bearer hkn_one hkn_two"},
}


def routes_of(site: Site) -> dict[Route, Permission | Open]:
    """What the application itself declares."""
    app = site.client.app
    assert isinstance(app, FastAPI)
    return dict(_routes(app))


def _routes(app: FastAPI) -> Iterator[tuple[Route, Permission | Open]]:
    for context, (access,) in accesses(app.routes):
        for method in context.methods or ():
            yield (method, str(context.path)), access


def test_there_is_a_specimen_of_every_route(shared: Site) -> None:
    keyed = {route for route, access in routes_of(shared).items() if access is not Open.SIGNED}
    assert set(SPECIMENS) == keyed


def test_what_needs_no_key_is_a_short_list(shared: Site) -> None:
    openly = {route[1] for route, access in routes_of(shared).items() if isinstance(access, Open)}
    hooks = {"/webhooks/twilio/status", "/webhooks/twilio/inbound"}
    assert openly == {"/", "/docs", "/healthz", "/readyz", "/api/v1/sandbox/clock", *hooks}


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(site: Site, role: Role) -> None:
    keyed = {route: access for route, access in routes_of(site).items() if access is not Open.SIGNED}
    paths = {route: SPECIMENS[route].path(route[1], site) for route in keyed}
    for route, access in keyed.items():
        before = all_rows(site.parts.ctx)
        answer = site.ask(route[0], paths[route], SPECIMENS[route].body, role=role)
        changed = changed_tables(before, all_rows(site.parts.ctx))
        if isinstance(access, Permission) and access not in ROLE_PERMISSIONS[role]:
            assert answer.status_code == 403, route
            assert access in read_problem(answer)["detail"]
            assert changed == [], route
        else:
            assert answer.status_code in (200, 201), (route, answer.text)
            assert bool(changed) == (route[0] == "POST" and not SPECIMENS[route].asks), route


def test_the_table_of_roles_leaves_the_walk_something_to_refuse_and_to_allow() -> None:
    for role in Role:
        assert ROLE_PERMISSIONS[role]
        assert (ROLE_PERMISSIONS[role] < set(Permission)) == (role is not Role.ADMIN)


@pytest.mark.parametrize("headers", _KEYLESS.values(), ids=_KEYLESS)
def test_without_a_key_nothing_is_shown_or_changed(shared: Site, headers: dict[str, str]) -> None:
    _expect_shut(shared, headers)


def test_a_revoked_key_opens_nothing(site: Site) -> None:
    assert site.ask("GET", "/api/v1/queries", role=Role.ADMIN).status_code == 200
    (key,) = [key for key in list_keys(site.parts.ctx) if key.role is Role.ADMIN]
    revoke_key(site.parts.ctx, key.id)
    _expect_shut(site, {"Authorization": f"Bearer {site.keys[Role.ADMIN]}"})


def _expect_shut(site: Site, headers: dict[str, str]) -> None:
    before = all_rows(site.parts.ctx)
    locked = [route for route, access in routes_of(site).items() if isinstance(access, Permission)]
    for route in locked:
        path = re.sub(r"{[^}]+}", str(uuid4()), route[1])
        answer = site.ask(route[0], path, SPECIMENS[route].body, headers=headers)
        assert answer.status_code == 401, route
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "Bearer" in read_problem(answer, headers["Authorization"].partition(" ")[2])["mend"]
    assert len(locked) >= 20
    assert changed_tables(before, all_rows(site.parts.ctx)) == []


def test_a_key_in_the_address_is_no_key(shared: Site) -> None:
    answer = shared.client.get("/api/v1/queries", params={"key": shared.keys[Role.ADMIN]})
    assert answer.status_code == 401
    read_problem(answer, shared.keys[Role.ADMIN])


@pytest.mark.parametrize("key", ["Bearer \u00ff\u00fe", "B\u00e9arer x", "\u0000", "Bearer \u00a0"])
def test_a_key_in_bytes_that_are_no_text_is_no_key(shared: Site, key: str) -> None:
    seen = on_the_wire(shared.client.app, "GET", "/api/v1/queries", {"Authorization": key})
    assert (seen.status, seen.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize("key", ["no key", "a wrong key", "a good key"])
def test_a_webhook_is_believed_by_its_signature_whatever_key_it_carries(shared: Site, key: str) -> None:
    headers = _KEYLESS.get(key, {"Authorization": f"Bearer {shared.keys[Role.ADMIN]}"})
    signed = [path for (_, path), access in routes_of(shared).items() if access is Open.SIGNED]
    for number, path in enumerate(signed):
        form = receipt(f"SM{number:032}", "delivered", From="+85291230001", Body="Hello")
        assert shared.hook(path.rpartition("/")[2], form, **headers).status_code == 200
        assert shared.ask("POST", path, headers=headers).status_code == 403
    assert len(signed) == 2


def test_who_may_not_look_learns_nothing_about_what_is_there(refusals: Refusals) -> None:
    known = refusals.site.take()["id"]
    for query_id in (known, str(uuid4())):
        problem = refusals.expect(403, "POST", f"/api/v1/queries/{query_id}/withdraw", role=Role.HOTLINE)
        assert problem["detail"] == "The role hotline lacks the permission decide_queries."


def test_the_key_is_asked_for_before_the_request_is_read(refusals: Refusals) -> None:
    bad: list[tuple[str, str]] = [("POST", "/api/v1/queries"), ("GET", "/api/v1/queries?limit=none")]
    for method, path in bad:
        refusals.expect(401, method, path, content=b"{", headers={"Authorization": "Bearer hkn_wrong"})
    refusals.expect(403, "POST", "/api/v1/queries", content=b"{", role=Role.OPS)


_UNDECLARED = APIRouter(prefix="/api/v1/forgotten")
_TWICE = APIRouter(prefix="/api/v1/undecided", dependencies=[needs(Open.PUBLIC)])


@_UNDECLARED.get("/{name}")
def _forgotten(name: str) -> str:
    return name


@_TWICE.get("", dependencies=[needs(Permission.READ_QUERIES)])
def _undecided() -> str:
    return ""


@pytest.mark.parametrize(("router", "path"), [(_UNDECLARED, "/api/v1/forgotten"), (_TWICE, "/api/v1/undecided")])
def test_a_route_that_does_not_declare_one_access_stops_the_start(
    shared: Site, monkeypatch: pytest.MonkeyPatch, router: APIRouter, path: str
) -> None:
    monkeypatch.setattr(web_app, "_ALWAYS", (*web_app._ALWAYS, router))
    with pytest.raises(TypeError, match=path):
        create_app(make_parts(shared.parts.ctx))
