"""A query by form: what would be sent is seen before, what is wrong is told where it stands, and nothing is lost."""

import re
from html import unescape

import pytest

from notifier.domain.lifecycle import State
from notifier.domain.permissions import Role
from notifier.domain.types import Language
from notifier.service.lookups import Filters, list_queries
from notifier.service.previews import SAMPLE_REF
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.web.rows import all_rows, changed_tables

_NEW = "/console/queries/new"
FORM = {
    "made_reference": "M-ACFH2345",
    "item_id": "RR123456785HK",
    "sender_mobile": "9123 4567",
    "authority": "de",
    "codes": "f605",
    "kind": "RFI",
    "language": "en",
}


def _officer(office: Office) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(Role.LIAISON)).status_code == 303
    return reader


def _words(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("language", ["", *Language])
def test_the_text_that_is_shown_is_the_text_that_is_sent(office: Office, language: str) -> None:
    officer = _officer(office)
    form = FORM | {"language": language}
    before = all_rows(office.ctx)
    shown = officer.post(_NEW, **form)
    assert changed_tables(before, all_rows(office.ctx)) == []
    taken = officer.post(_NEW, read="yes", **form)
    (query,) = list_queries(office.ctx, Filters(), 10).rows
    assert taken.headers["location"] == f"/console/queries/{query.id}?done=new"
    (posted,) = office.world.send()
    assert posted.outgoing.body.replace(query.code, SAMPLE_REF) in unescape(shown.text)
    assert (query.referral_reference, query.source, query.destination) == ("M-ACFH2345", "form", "DE")


def test_sending_the_form_twice_makes_one_query(office: Office) -> None:
    officer = _officer(office)
    first, again = (officer.post(_NEW, read="yes", **FORM).headers["location"] for _ in range(2))
    other = officer.post(_NEW, read="yes", **FORM | {"item_id": "CP123456785HK"}).headers["location"]
    assert (first.partition("?")[0], again) == (again.partition("?")[0], first.replace("=new", "=known"))
    assert other == first.replace("=new", "=conflict")
    assert "was kept for staff" in officer.get(other).text
    assert len(office.world.send()) == 1


def test_what_no_text_may_ask_says_so_and_whose_work_it_would_be(office: Office) -> None:
    officer = _officer(office)
    for changes, team in (
        ({"codes": "F100"}, "Hotline"),
        ({"sender_mobile": "2921 2222"}, "Hotline"),
        ({"kind": "RFS", "codes": ""}, "Post security"),
        ({"codes": "F605", "words": "Is it new or used?"}, ""),
    ):
        page = _words(officer.post(_NEW, **FORM | changes).text)
        assert ("No text is sent" in page, team in page) == (bool(team), True), changes
    officer.post(_NEW, read="yes", **FORM | {"codes": "F100"})
    assert office.world.send() == []
    (query,) = list_queries(office.ctx, Filters(), 10).rows
    assert query.state is State.ESCALATED


def test_what_is_wrong_is_told_at_the_top_and_what_was_typed_stays(office: Office) -> None:
    officer = _officer(office)
    answer = officer.post(_NEW, read="yes", **FORM | {"item_id": "RR123456789HK", "authority": "", "codes": ""})
    assert answer.status_code == 422
    summary = _words(answer.text.partition('class="errors"')[2].partition("</div>")[0])
    for name in ("Item number", "Country", "Question codes"):
        assert name in summary
    assert 'value="RR123456789HK"' in answer.text
    assert 'value="9123 4567"' in answer.text
    assert list_queries(office.ctx, Filters(), 10).rows == []


def test_an_item_goes_to_the_country_that_asks_unless_another_is_given(office: Office) -> None:
    officer = _officer(office)
    assert 'id="destination"' in officer.get(_NEW).text
    for number, (typed, taken) in enumerate((("", "DE"), ("at", "AT"))):
        form = FORM | {"made_reference": f"M-ACFH234{number}", "destination": typed}
        assert ("Austria" in officer.post(_NEW, **form).text) is (taken == "AT")
        assert officer.post(_NEW, read="yes", **form).status_code == 303
        (query,) = list_queries(office.ctx, Filters(referral_reference=form["made_reference"]), 10).rows
        assert (query.authority, query.destination) == ("DE", taken)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"authority": "QQ"}, "authority"),
        ({"authority": ""}, "authority"),
        ({"destination": "QQ"}, "destination"),
        ({"authority": "", "destination": "AT"}, "authority"),
    ],
)
def test_a_country_that_is_none_is_told_once_and_where_it_was_typed(
    small_office: Office, typed: dict[str, str], field: str
) -> None:
    page = _officer(small_office).post(_NEW, **FORM | typed).text
    summary = page.partition('class="errors"')[2].partition("</div>")[0]
    assert re.findall(r'href="#(\w+)"', summary) == [field]


def test_what_is_typed_is_checked_field_by_field_and_an_empty_field_is_not_scolded(small_office: Office) -> None:
    officer = _officer(small_office)
    empty = dict.fromkeys(FORM, "")
    page = officer.post(f"{_NEW}/check", **empty | {"item_id": "RR123456789HK"}).text
    assert "fails its check digit" in page.partition('id="item_id-check"')[2].partition("</p>")[0]
    assert page.count('class="bad"') == 1
    whole = officer.post(f"{_NEW}/check", **FORM).text
    assert 'class="bad"' not in whole
    assert "Hongkong Post: Customs in Germany" in whole


def test_a_deadline_is_hong_kongs_time(office: Office) -> None:
    officer = _officer(office)
    assert officer.post(_NEW, **FORM | {"deadline_at": "not a time"}).status_code == 422
    officer.post(_NEW, read="yes", **FORM | {"deadline_at": "2031-03-04T18:30"})
    (query,) = list_queries(office.ctx, Filters(), 10).rows
    assert f"{query.deadline_at:%Y-%m-%d %H:%M}" == "2031-03-04 10:30"
