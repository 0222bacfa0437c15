"""The work list: what is due first, what narrows it, how it leaves as a file, and what a page costs."""

import csv
from datetime import timedelta
from io import StringIO

from sqlalchemy import select

from notifier.domain.lifecycle import Outcome, State
from notifier.domain.permissions import Role
from notifier.service.lookups import Filters, list_queries
from notifier.service.resolution import close
from notifier.storage.models import NumberView
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.statements import statements


def _officer(office: Office, role: Role = Role.LIAISON) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(role)).status_code == 303
    return reader


def _codes(page: str) -> list[str]:
    return [part.partition("</a>")[0].rpartition(">")[2] for part in page.split('<th scope="row">')[1:]]


def test_what_is_due_first_stands_first_and_pages_go_on_where_they_ended(office: Office) -> None:
    world, officer = office.world, _officer(office)
    later = world.texted(sender_mobile="9123 4001")
    world.wind(timedelta(hours=1))
    taken = [world.refer(sender_mobile=f"9123 5{n:03}").code for n in range(55)]
    first = officer.get("/console/queries").text
    following = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    both = _codes(first) + _codes(officer.get(following).text)
    assert len(_codes(first)) == 50
    assert sorted(both) == sorted([*taken, later.code])
    due = {seen.code: seen.next_due_at for seen in (world.see(query.id).query for query in [later])}
    assert due[later.code] is not None


def test_the_search_box_understands_what_is_typed(office: Office) -> None:
    world, officer = office.world, _officer(office)
    known = world.refer(sender_mobile="9123 4567", referral_reference="REF-77", item_id="RR123456785HK")
    other = world.refer(sender_mobile="9123 9999", authority="FR", kind="AMD", item_id="CP123456785HK")
    for typed in ("4567", known.code, known.code.lower(), "REF-77", "rr 123 456 785 hk"):
        assert _codes(officer.client.get("/console/queries", params={"q": typed}).text) == [known.code], typed
    for filters in ({"authority": "fr"}, {"kind": "AMD"}):
        assert _codes(officer.client.get("/console/queries", params=filters).text) == [other.code]
    assert "Nothing fits" in officer.get("/console/queries?q=0000").text
    for wrong in ("state=x", "after=1", "authority=1", "kind=x"):
        assert officer.get(f"/console/queries?{wrong}").status_code == 422


def test_the_export_holds_every_row_and_no_formula(office: Office) -> None:
    officer = _officer(office)
    office.world.refer(referral_reference="=1+1")
    office.world.refer(referral_reference="plain")
    rows = list(csv.DictReader(StringIO(officer.get("/console/queries.csv").text.removeprefix("\ufeff"))))
    assert {row["Their reference"] for row in rows} == {"'=1+1", "plain"}


def test_a_look_that_finds_nothing_new_sends_nothing(office: Office) -> None:
    officer = _officer(office)
    query = office.world.texted()
    mark = officer.get("/console/queries").text.partition('data-mark="')[2].partition('"')[0]
    assert officer.get("/console/queries", **{"HX-Request": "true", "X-Mark": mark}).status_code == 204
    office.world.reply("Two cotton shirts")
    answer = officer.get("/console/queries", **{"HX-Request": "true", "X-Mark": mark})
    assert query.code in answer.text
    assert "<html" not in answer.text


def test_no_page_costs_more_than_ten_statements_nor_counts_a_table(office: Office) -> None:
    officer = _officer(office)
    query = office.world.texted()
    office.world.reply("Two cotton shirts")
    page = f"/console/queries/{query.id}"
    costs = {}
    for path in ("/console/queries", "/console/queries?q=4567", page, f"{page}/accept", "/console/account"):
        with statements(office.ctx) as sent:
            assert officer.get(path).status_code == 200
        costs[path] = len(sent)
        assert [statement for statement in sent if "count(" in statement.lower()] == []
    assert max(costs.values()) <= 10, costs


def test_a_whole_number_is_shown_for_a_reason_that_is_kept(office: Office) -> None:
    officer = _officer(office, Role.HOTLINE)
    query = office.world.texted()
    page = f"/console/queries/{query.id}"
    assert "91234567" not in officer.get(page).text
    assert officer.post(f"{page}/number", because=" ").status_code == 422
    assert "+85291234567" in officer.post(f"{page}/number", because="To call her back").text
    with office.ctx.database.read() as session:
        (view,) = session.scalars(select(NumberView)).all()
    assert (view.viewer, view.because) == ("Mei Chan", "To call her back")


def test_the_next_page_is_there_although_its_first_row_was_closed_meanwhile(office: Office) -> None:
    world, officer = office.world, _officer(office)
    for number in range(55):
        world.refer(sender_mobile=f"9123 5{number:03}")
    first = officer.get("/console/queries").text
    following = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    (last,) = list_queries(office.ctx, Filters(code=_codes(first)[-1]), 1).rows
    world.do(last.id, close(Outcome.RETURNED))
    rest = officer.get(following)
    assert rest.status_code == 200
    assert len(_codes(rest.text)) == 5


def test_a_whole_number_does_not_stay_in_the_address(office: Office) -> None:
    officer = _officer(office)
    query = office.world.refer(sender_mobile="9123 4567")
    for typed in ("91234567", "+852 9123 4567", "9123-4567"):
        answer = officer.client.get("/console/queries", params={"q": typed})
        assert answer.headers["location"] == "/console/queries?q=4567", typed
    assert _codes(officer.get("/console/queries?q=4567").text) == [query.code]


def test_going_back_from_the_consequences_keeps_what_was_typed(office: Office) -> None:
    officer = _officer(office)
    query = office.world.texted()
    office.world.reply("Shirts")
    page = f"/console/queries/{query.id}/accept"
    told = officer.post(page, text="Two blue cotton shirts", code="R100").text
    assert 'value="change"' in told
    again = officer.post(page, text="Two blue cotton shirts", code="R100", read="change").text
    assert "Two blue cotton shirts</textarea>" in again
    assert office.world.see(query.id).query.state is State.REPLIED
