"""Forms are believed only from our own pages, and every answer says what may run on it."""

import pytest

from notifier.domain.lifecycle import State
from notifier.domain.permissions import Role
from tests.console.office import Office
from tests.console.reader import Reader, reader_of


@pytest.fixture
def officer(small_office: Office) -> Reader:
    """A liaison officer who is signed in."""
    reader = reader_of(small_office)
    assert reader.sign_in(small_office.hire(Role.LIAISON)).status_code == 303
    return reader


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_form_from_elsewhere_changes_nothing_even_with_the_token(officer: Reader, headers: dict[str, str]) -> None:
    page = officer.get("/console/account").text
    csrf = page.partition('name="csrf" value="')[2][:64]
    query = officer.office.world.texted()
    path = f"/console/queries/{query.id}/withdraw"
    answer = officer.client.post(path, data={"csrf": csrf, "read": "yes"}, headers=headers)
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text
    assert officer.office.world.see(query.id).query.state is State.AWAITING_REPLY


@pytest.mark.parametrize("csrf", ["", "0" * 64, "é"])
def test_a_form_without_its_token_changes_nothing(officer: Reader, csrf: str) -> None:
    query = officer.office.world.texted()
    answer = officer.post(f"/console/queries/{query.id}/withdraw", csrf=csrf, read="yes")
    assert answer.status_code == 403
    assert officer.office.world.see(query.id).query.state is State.AWAITING_REPLY


def test_every_kind_of_answer_carries_the_headers(officer: Reader) -> None:
    for path in ("/console/", "/console/queries", "/console/nowhere", "/console/static/console.css"):
        headers = officer.get(path).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'")
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
        assert headers["cache-control"] == ("no-cache" if "static" in path else "no-store")


def test_no_page_holds_a_script_or_style_of_its_own(officer: Reader) -> None:
    query = officer.office.world.texted()
    for path in ("/console/queries", f"/console/queries/{query.id}", "/console/account"):
        page = officer.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert "Sandbox" in page
