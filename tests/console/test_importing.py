"""Referrals from a file: looked at first, taken once, and what is wrong told by its line."""

import pytest
from httpx2 import Response
from playwright.sync_api import BrowserContext, expect

from notifier.console.forms import MOST_UPLOADED
from notifier.domain.permissions import Role
from notifier.service.lookups import Filters, list_queries
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.console.visitor import at_a_browser
from tests.web.rows import all_rows, changed_tables

_PAGE = "/console/queries/import"
_HEAD = "authority,destination,kind,referral_reference,item_id,sender_mobile,questions\n"
_GOOD = "DE,DE,RFI,REF-1,RR123456785HK,9123 4567,F605\nDE,DE,RFI,REF-2,CP123456785HK,9123 4568,F605;F603\n"
_TOO_MUCH = "x" * (MOST_UPLOADED + 100_000)
_BAD = "DE,DE,RFI,REF-3,RR123456789HK,9123 4569,F605\n"


def _officer(office: Office) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(Role.LIAISON)).status_code == 303
    return reader


def _send(officer: Reader, path: str, text: str, **more: str) -> Response:
    token = officer.get(_PAGE).text.partition('name="csrf" value="')[2][:64]
    headers = {"Origin": officer.office.url, "Sec-Fetch-Site": "same-origin"} | more
    file = {"file": ("referrals.csv", text.encode(), "text/csv")}
    return officer.client.post(path, data={"csrf": token}, files=file, headers=headers)


def test_a_file_is_looked_at_and_nothing_is_taken(office: Office) -> None:
    officer = _officer(office)
    before = all_rows(office.ctx)
    page = _send(officer, f"{_PAGE}/look", _HEAD + _GOOD + _BAD)
    assert changed_tables(before, all_rows(office.ctx)) == []
    assert "Rows: 3. Of these cannot be taken: 1." in page.text
    assert "fails its check digit." in page.text
    assert "REF-2" in page.text


def test_a_file_is_taken_and_the_same_again_takes_nothing_twice(office: Office) -> None:
    officer = _officer(office)
    told = _send(officer, _PAGE, _HEAD + _GOOD + _BAD).text
    assert "New: 2, known already: 0, cannot be taken: 1" in told
    assert "REF-3" in told
    assert "Known already" in _send(officer, f"{_PAGE}/look", _HEAD + _GOOD).text
    assert "New: 0, known already: 2" in _send(officer, _PAGE, _HEAD + _GOOD).text
    queries = list_queries(office.ctx, Filters(), 10).rows
    assert sorted((query.referral_reference, query.source) for query in queries) == [
        ("REF-1", "file"),
        ("REF-2", "file"),
    ]


def test_what_is_no_such_file_is_told_and_a_form_of_another_site_is_refused(small_office: Office) -> None:
    officer = _officer(small_office)
    assert _send(officer, _PAGE, "").status_code == 422
    assert "Choose a CSV file." in _send(officer, f"{_PAGE}/look", "").text
    assert _send(officer, _PAGE, "colour,size\nred,3\n").status_code == 422
    file = {"file": ("referrals.csv", (_HEAD + _GOOD).encode(), "text/csv")}
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert officer.client.post(_PAGE, files=file, headers=headers).status_code == 403
    headers = {"Origin": small_office.url, "Sec-Fetch-Site": "same-origin"}
    assert officer.client.post(_PAGE, data={"csrf": "0" * 64}, files=file, headers=headers).status_code == 403
    assert list_queries(small_office.ctx, Filters(), 10).rows == []


def test_a_file_that_is_too_large_says_how_large_it_may_be_and_the_way_out(small_office: Office) -> None:
    officer = _officer(small_office)
    assert "At most 2 MB." in officer.get(_PAGE).text
    for path in (_PAGE, f"{_PAGE}/look"):
        refused = _send(officer, path, _TOO_MUCH)
        assert refused.status_code == 413
        for told in ("The file is too large", "is larger than 2 MB.", "notifier import FILE"):
            assert told in refused.text
        part = _send(officer, path, _TOO_MUCH, **{"HX-Request": "true"})
        assert (part.status_code, "<html" in part.text) == (200, False)
        assert "is larger than 2 MB." in part.text
    assert list_queries(small_office.ctx, Filters(), 10).rows == []


@pytest.mark.browser
def test_a_browser_hears_that_a_file_is_too_large(small_office: Office, browser: BrowserContext) -> None:
    desk = at_a_browser(browser, small_office)
    desk.sign_in(small_office.hire(Role.LIAISON))
    desk.go(_PAGE)
    csv = {"name": "referrals.csv", "mimeType": "text/csv", "buffer": 5 * _TOO_MUCH.encode()}
    desk.page.set_input_files("#file", csv)
    expect(desk.page.locator("#look .refused")).to_contain_text("is larger than 2 MB.")
    desk.page.click("main form button >> nth=0")
    expect(desk.page.locator("h1")).to_have_text("The file is too large")


@pytest.mark.browser
def test_choosing_a_file_shows_what_it_holds(small_office: Office, browser: BrowserContext) -> None:
    desk = at_a_browser(browser, small_office)
    desk.sign_in(small_office.hire(Role.LIAISON))
    desk.go(_PAGE)
    csv = {"name": "referrals.csv", "mimeType": "text/csv", "buffer": (_HEAD + _GOOD + _BAD).encode()}
    desk.page.set_input_files("#file", csv)
    expect(desk.page.locator("#look tbody tr")).to_have_count(3)
    desk.page.click("main form button >> nth=0")
    expect(desk.page.locator(".note:not(.lost)")).to_contain_text("New: 2, known already: 0, cannot be taken: 1")
