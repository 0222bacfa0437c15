"""The call sheet's parts, its ends, and the way back to the list as it was filtered."""

from datetime import datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select

from notifier.domain.permissions import Role
from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.types import Team
from notifier.service.handoff_list import Wanted, list_work
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.storage.models import Handoff
from tests.console.office import Office
from tests.console.reader import Reader, reader_of

_STRANGER = "+85261237777"


def _agent(office: Office, name: str = "Mei Chan", role: Role = Role.HOTLINE) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(role, name)).status_code == 303
    return reader


def _by_script(office: Office, name: str = "Mei Chan") -> Reader:
    """An agent whose page asks for its parts."""
    reader = _agent(office, name)
    reader.client.headers["HX-Request"] = "true"
    return reader


def _silent(office: Office, **changes: str) -> str:
    """The sheet of a query that nobody answered."""
    query = office.world.texted(**changes)
    office.world.wind(timedelta(hours=72))
    (handoff,) = [one for one in office.world.see(query.id).handoffs if one.closed_at is None]
    return f"/console/handoffs/{handoff.id}"


def _unplaced(office: Office) -> str:
    """The sheet of a reply that fits no query."""
    office.world.reply("please call me", _STRANGER)
    (row,) = list_work(office.ctx, Wanted(), 9).rows
    return f"/console/handoffs/{row.id}"


def _handoff(office: Office, sheet: str) -> Handoff:
    with office.ctx.database.read() as session:
        return session.scalars(select(Handoff).where(Handoff.id == UUID(sheet.rpartition("/")[2]))).one()


def _asked_for(location: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(location).query)


def test_a_script_gets_the_notes_alone_and_an_empty_field_once_one_is_kept(office: Office) -> None:
    sheet, agent = _silent(office), _by_script(office)
    refused = agent.post(f"{sheet}/note", note=" ")
    assert (refused.status_code, "Write what colleagues should know." in refused.text) == (200, True)
    assert "<textarea" not in refused.text, "what was typed stays"
    kept = agent.post(f"{sheet}/note", note="She is at sea until Friday")
    assert (kept.status_code, "<html" in kept.text) == (200, False)
    notes, _, field = kept.text.partition("<textarea")
    assert "She is at sea until Friday" in notes
    assert "></textarea>" in field, "an empty one"
    assert "The note is kept." in kept.text


def test_a_script_gets_who_holds_it_and_whoever_comes_second_is_told(office: Office) -> None:
    sheet, mei, ken = _silent(office), _by_script(office), _by_script(office, "Ken Lee")
    taken, late = mei.post(f"{sheet}/claim"), ken.post(f"{sheet}/claim")
    assert [answer.status_code for answer in (taken, late)] == [200, 200]
    assert "You hold it until" in taken.text
    assert 'id="renew"' in taken.text
    assert "Somebody was faster" not in taken.text
    assert "Somebody was faster" in late.text
    assert late.text.count("Mei Chan holds it until") == 2, "beside who holds it, and as what went wrong"
    assert ('id="renew"' in late.text, 'data-ends="held"' in late.text) == (False, True)


def test_where_no_script_runs_taking_on_and_noting_lead_to_the_sheet(office: Office) -> None:
    sheet, agent = _silent(office), _agent(office)
    assert agent.post(f"{sheet}/claim").headers["location"] == sheet
    assert agent.post(f"{sheet}/note", note="She rang").headers["location"] == f"{sheet}#notes"


def test_words_that_come_back_to_a_sheet_that_somebody_took_meanwhile_are_shown(office: Office) -> None:
    sheet, mei, ken = _silent(office), _agent(office), _agent(office, "Ken Lee")
    mei.post(f"{sheet}/claim")
    shown = ken.post(f"{sheet}/answered", text="Two cotton shirts", read="change").text
    assert "Two cotton shirts</textarea>" in shown
    assert 'class="ways" hidden' not in shown
    assert 'class="ways" hidden' in ken.get(sheet).text


def test_a_moment_that_was_typed_counts_whatever_is_chosen_beside_it_and_the_list_names_it(office: Office) -> None:
    sheet, agent = _silent(office), _agent(office)
    wanted = (office.world.now() + timedelta(hours=5)).astimezone(HONG_KONG).replace(second=0, microsecond=0)
    form = {"wait": "1", "next_try": f"{wanted:%Y-%m-%dT%H:%M}"}
    back = agent.post(f"{sheet}/no-answer", **form).headers["location"]
    assert _handoff(office, sheet).due_at == wanted
    assert datetime.fromisoformat(_asked_for(back)["again"][0]) == wanted
    told = unescape(agent.get(back).text.partition('class="note good"')[2].partition("</p>")[0])
    assert f'Next try: <time datetime="{wanted.isoformat(timespec="minutes")}"' in told


@pytest.mark.parametrize("again", ["", "soon", "2026-11-30T10:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_a_next_try_that_names_no_moment_is_left_out(small_office: Office, again: str) -> None:
    page = _agent(small_office).client.get("/console/handoffs", params={"done": "no-answer", "again": again})
    assert page.status_code == 200
    assert "Next try" not in page.text


def test_liaison_staff_give_a_reply_that_fits_no_query_to_the_hotline(office: Office) -> None:
    sheet, officer = _unplaced(office), _agent(office, "Kit Lee", Role.LIAISON)
    form = {"team": "hotline", "note": "Please call her back"}
    assert f'action="{sheet}/hand-over"' in officer.get(sheet).text
    assert "The reply goes to the hotline team." in officer.post(f"{sheet}/hand-over", **form).text
    assert officer.post(f"{sheet}/hand-over", read="yes", **form).status_code == 303
    (row,) = list_work(office.ctx, Wanted(team=Team.HOTLINE), 9).rows
    given = _agent(office).get(f"/console/handoffs/{row.id}").text
    for words in ("please call me", "Please call her back", "Kit Lee", "Handed over to people"):
        assert words in given, words


def test_a_call_about_a_reply_alone_can_be_tried_again(office: Office) -> None:
    sheet, agent = _unplaced(office), _agent(office)
    assert f'action="{sheet}/no-answer"' in agent.get(sheet).text
    assert agent.post(f"{sheet}/no-answer", wait="3").status_code == 303
    assert list(list_work(office.ctx, Wanted(), 9).rows) == []
    office.world.wind(timedelta(hours=3, minutes=1))
    assert len(list_work(office.ctx, Wanted(), 9).rows) == 1


def test_of_what_has_neither_query_nor_reply_it_can_only_be_said_that_it_is_done(small_office: Office) -> None:
    with small_office.ctx.database.begin() as session:
        need = Need(Team.STAFF, Reason.SENDING_PAUSED, "Sending is paused: find out why.")
        handoff = open_handoff(session, need, small_office.ctx.clock.wall())
        session.flush()
        sheet = f"/console/handoffs/{handoff.id}"
    shown = _agent(small_office).get(sheet).text
    assert [f'action="{sheet}/{name}"' in shown for name in ("hand-over", "no-answer", "done")] == [False, False, True]


def test_whoever_ends_a_call_or_lets_it_go_is_at_the_list_as_it_was_filtered(office: Office) -> None:
    sheet, agent = _silent(office), _agent(office)
    filters = "q=4567&team=hotline&after=&evil=1"
    let_go = agent.post(f"{sheet}/release", list=filters).headers["location"]
    assert let_go == "/console/handoffs?q=4567&team=hotline"
    assert agent.post(f"{sheet}/release").headers["location"] == "/console/handoffs"
    ended = agent.post(f"{sheet}/done", read="yes", list=filters).headers["location"]
    assert ended == "/console/handoffs?q=4567&team=hotline&done=done"


def test_the_next_one_is_of_what_was_searched_for_and_none_keeps_the_list(office: Office) -> None:
    first = _silent(office, sender_mobile="9123 4567")
    wanted = _silent(office, sender_mobile="9123 9999", item_id="CP123456785HK")
    agent = _agent(office)
    page = "/console/handoffs?q=9999&reason=no_reply&mine=1"
    form = dict(_hidden(agent.get(page).text.partition('action="/console/handoffs/next"')[2]))
    assert form == {"q": "9999", "reason": "no_reply", "mine": "1"}
    assert agent.post("/console/handoffs/next", **form).headers["location"] == wanted
    none = agent.post("/console/handoffs/next", **form).headers["location"]
    assert _asked_for(none) == {"q": ["9999"], "reason": ["no_reply"], "mine": ["1"], "none": ["1"]}
    assert agent.post("/console/handoffs/next").headers["location"] == first


def _hidden(form: str) -> list[tuple[str, str]]:
    """The hidden fields of the form that this begins in, but for its token."""
    fields = form.partition("</form>")[0].split('<input type="hidden" name="')[1:]
    pairs = [(one.partition('"')[0], one.partition('value="')[2].partition('"')[0]) for one in fields]
    return [pair for pair in pairs if pair[0] != "csrf"]


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("/console/handoffs?q=4567&team=x&reason=no_reply&unclaimed=1", ("no_reply", "4567", "unclaimed")),
        ("/console/queries?q=4567&state=x&kind=RFI&authority=Germany", ("RFI", "4567", "Germany")),
    ],
)
def test_a_filter_that_cannot_be_read_leaves_the_others_as_they_were(
    small_office: Office, page: str, kept: tuple[str, str, str]
) -> None:
    answer = _agent(small_office).get(page)
    assert answer.status_code == 422
    chosen, typed, last = kept
    assert f'value="{chosen}" selected' in answer.text
    assert f'value="{typed}"' in answer.text
    assert 'value="1" checked' in answer.text or f'value="{last}"' in answer.text
    wrong = answer.text.partition('class="errors"')[2].partition("</div>")[0]
    assert wrong.count("<li>") == (2 if "Germany" in page else 1), "each filter that cannot be read is told"


def test_a_whole_number_leaves_the_other_filters_of_the_queries(small_office: Office) -> None:
    answer = _agent(small_office).client.get("/console/queries", params={"state": "replied", "q": "9123 4567"})
    assert answer.headers["location"] == "/console/queries?state=replied&q=4567"
