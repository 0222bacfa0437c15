"""What the page of a query tells besides texts and replies: codes in words, looks at the number, reasons."""

import re
from html import unescape
from uuid import UUID

import pytest

from notifier.carriers.twilio.codes import load_codes
from notifier.domain.permissions import Role
from notifier.service.answers import mark_refused
from notifier.service.rejecting import reject_answer
from notifier.service.resolution import accept_answer, reopen
from notifier.settings.paths import config_dir
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.journeys.world import LIAISON


@pytest.fixture(autouse=True)
def real_sentences(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The carrier's codes as the product explains them."""
    monkeypatch.setattr(office.world.carrier, "explain", load_codes(config_dir()).explain)


def _reader(office: Office, language: str = "en") -> Reader:
    reader = reader_of(office)
    reader.client.headers["Accept-Language"] = language
    assert reader.sign_in(office.hire(Role.LIAISON, f"Mei{language} Chan")).status_code == 303
    return reader


def _read(reader: Reader, query_id: UUID, more: str = "") -> str:
    """The words of the page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", reader.get(f"/console/queries/{query_id}{more}").text)).split())


def test_a_text_that_did_not_arrive_says_why_beside_the_carriers_code(office: Office) -> None:
    query = office.world.refer()
    (posted,) = office.world.send()
    office.world.receipt(posted, "undelivered", 30005)
    assert "The number is not in use. 30005" in _read(_reader(office), query.id)
    assert "號碼沒有使用。 30005" in _read(_reader(office, "zh-HK"), query.id)


def test_a_text_that_goes_again_says_what_held_it_up(office: Office) -> None:
    query = office.world.refer()
    (posted,) = office.world.send()
    office.world.receipt(posted, "undelivered", 30001)
    assert "Waiting to be sent" in (page := _read(_reader(office), query.id))
    assert "The carrier's queue was full. 30001" in page


def test_a_code_that_nobody_knows_says_so_in_words(office: Office) -> None:
    query = office.world.refer(questions=[{"code": "F605"}, {"code": "F101"}, {"code": "X999"}])
    page = _read(_reader(office), query.id)
    assert "Describe the goods in more detail F605" in page
    assert "Confirm the sender’s name F101" in page
    assert "A code that has no words here yet X999" in page
    assert "更詳細描述物品 F605" in _read(_reader(office, "zh-HK"), query.id)


def test_answer_codes_have_words_where_they_are_chosen_and_where_they_were(office: Office) -> None:
    query, officer = office.world.texted(), _reader(office)
    office.world.reply("Two cotton shirts")
    assert "R200 · Information cannot be given" in _read(officer, query.id, "/accept")
    office.world.do(query.id, accept_answer("Two cotton shirts", "R100"))
    assert "Information is given R100" in _read(officer, query.id)
    assert "已提供資料 R100" in _read(_reader(office, "zh-HK"), query.id)


def test_why_a_reply_was_rejected_stands_where_it_was(office: Office) -> None:
    query, officer = office.world.texted(), _reader(office)
    office.world.reply("gift")
    office.world.do(query.id, reject_answer("Says nothing of the goods"))
    before, _, after = _read(officer, query.id).partition("The reply was rejected")
    assert "Says nothing of the goods" in after
    assert "Says nothing of the goods" not in before


def test_why_customs_refused_and_why_a_query_was_opened_again_are_told(office: Office) -> None:
    query, officer = office.world.texted(), _reader(office)
    office.world.reply("Two cotton shirts")
    office.world.do(query.id, accept_answer(None, None))
    (answer,) = office.world.see(query.id).answers
    mark_refused(office.ctx, answer.id, "Too vague for us", LIAISON)
    assert "Too vague for us" in _read(officer, query.id)
    office.world.do(query.id, accept_answer("Two red cotton shirts", None))
    office.world.do(query.id, reopen("Customs asked for their size"))
    assert "Customs asked for their size" in _read(officer, query.id)


def test_who_saw_the_whole_number_and_why_is_told_to_colleagues(office: Office) -> None:
    query, officer = office.world.texted(), _reader(office)
    page = f"/console/queries/{query.id}"
    mark = re.findall(r'data-mark="(\w+)"', officer.get(page).text)[0]
    officer.post(f"{page}/number", page, because="To call her back")
    told = _read(_reader(office, "zh-HK"), query.id)
    assert "已顯示完整號碼" in told
    assert "Meien Chan" in told
    assert "To call her back" in told
    assert officer.get(page, **{"HX-Request": "true", "X-Mark": mark}).status_code == 200


def test_the_facts_name_where_it_goes_customs_number_and_when_it_came_in(office: Office) -> None:
    query = office.world.refer(destination="AT", mrn="26DE1234567890ABC1").id
    facts = _read(_reader(office), query).partition("Facts")[2]
    for shown in ("Destination Austria", "MRN 26DE1234567890ABC1", "Taken in"):
        assert shown in facts
    other = office.world.refer(item_id="CP123456785HK").id
    assert "MRN" not in _read(_reader(office, "en-GB"), other).partition("Facts")[2]
