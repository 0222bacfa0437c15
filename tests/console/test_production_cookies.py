"""In production: cookies go over HTTPS alone, for this host alone, and the sandbox's doors are not there."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from notifier.console import ConsoleParts, create_console
from notifier.domain.permissions import Role
from notifier.service.signing_in import sandbox_link
from notifier.web.app import create_app
from tests.console.office import Office
from tests.console.reader import Reader
from tests.web.site import make_parts

_URL = "https://console.post.example"


@pytest.fixture
def production(small_office: Office) -> Iterator[Reader]:
    """The console as production serves it, beside the office."""
    console = create_console(ConsoleParts(small_office.ctx, _URL, secure=True, sandbox=False))
    app = create_app(make_parts(small_office.ctx, console=console))
    with TestClient(app, base_url=_URL, follow_redirects=False) as client:
        yield Reader(client, replace(small_office, url=_URL))


def _parts(cookie: str) -> tuple[str, set[str]]:
    first, *rest = (part.strip() for part in cookie.split(";"))
    return first.partition("=")[0], {part.lower() for part in rest}


def test_both_cookies_are_bound_to_https_and_to_this_host(production: Reader) -> None:
    visit = production.get("/console/sign-in").headers["set-cookie"]
    session = production.sign_in(production.office.hire(Role.LIAISON)).headers["set-cookie"]
    assert [_parts(one)[0] for one in (visit, session)] == ["__Host-visit", "__Host-session"]
    for cookie in (visit, session):
        _, said = _parts(cookie)
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= said
        assert not any(part.startswith(("domain=", "expires=", "max-age=")) for part in said)


def test_a_session_under_another_name_is_none(production: Reader) -> None:
    production.sign_in(production.office.hire(Role.LIAISON))
    assert production.title() == "Queries"
    token = production.client.cookies.pop("__Host-session")
    production.client.cookies.set("session", token)
    assert production.title() == "Sign in"


def test_signing_out_takes_the_cookie_back(production: Reader) -> None:
    production.sign_in(production.office.hire(Role.LIAISON))
    name, said = _parts(production.post("/console/sign-out").headers["set-cookie"])
    assert (name, "max-age=0" in said, "secure" in said) == ("__Host-session", True, True)
    assert production.title() == "Sign in"


def test_the_sandboxs_doors_are_not_there(production: Reader) -> None:
    assert production.get(f"/console/link/{sandbox_link(production.office.ctx)}").status_code == 404
    production.sign_in(production.office.hire(Role.LIAISON))
    assert production.post("/console/role", role="admin").status_code == 404
    for path in ("customs", "phones", "carrier"):
        assert production.get(f"/console/sandbox/{path}").status_code == 404, path
    assert "Made-up senders" not in production.get("/console/queries").text
