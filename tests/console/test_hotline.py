"""The hotline's desk: what presses most, who holds it, how a call ends, and what follows from that."""

import csv
from datetime import timedelta
from io import StringIO
from uuid import UUID

import pytest

from notifier.domain.lifecycle import State
from notifier.domain.permissions import Role
from notifier.service.handoff_list import Wanted, list_work
from notifier.service.handoffs import Reason
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.statements import statements


def _agent(office: Office, name: str = "Mei Chan", role: Role = Role.HOTLINE) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(role, name)).status_code == 303
    return reader


def _silent(office: Office, **changes: str) -> UUID:
    """A query that nobody answered; its handoff."""
    query = office.world.texted(**changes)
    office.world.wind(timedelta(hours=72))
    (handoff,) = [one for one in office.world.see(query.id).handoffs if one.closed_at is None]
    return handoff.id


def _listed(office: Office) -> list[UUID]:
    return [row.id for row in list_work(office.ctx, Wanted(), 50).rows]


def test_the_next_one_is_claimed_and_the_list_shows_who_holds_it(office: Office) -> None:
    handoff, mei, ken = _silent(office), _agent(office), _agent(office, "Ken Lee")
    taken = mei.post("/console/handoffs/next", "/console/handoffs")
    assert taken.headers["location"] == f"/console/handoffs/{handoff}"
    assert "Mei Chan" in ken.get("/console/handoffs").text
    refused = ken.post(f"/console/handoffs/{handoff}/claim", "/console/handoffs")
    assert refused.status_code == 409
    assert "Mei Chan holds it until" in refused.text
    assert "none=1" in ken.post("/console/handoffs/next", "/console/handoffs").headers["location"]
    mei.post(f"/console/handoffs/{handoff}/release", f"/console/handoffs/{handoff}")
    assert ken.post(f"/console/handoffs/{handoff}/claim", "/console/handoffs").status_code == 303


def test_filters_and_search_stand_in_the_address_and_the_export_follows_them(office: Office) -> None:
    known = _silent(office, sender_mobile="9123 4567", item_id="RR123456785HK")
    agent = _agent(office)
    for fits in ("q=4567", "q=RR123456785HK", "reason=no_reply", "unclaimed=1", "team=hotline", "team=all"):
        assert str(known) in agent.get(f"/console/handoffs?{fits}").text, fits
    for misses in ("q=0000", "reason=screening", "mine=1", "team=security"):
        assert str(known) not in agent.get(f"/console/handoffs?{misses}").text, misses
    for wrong in ("team=x", "reason=x", "after=1"):
        assert agent.get(f"/console/handoffs?{wrong}").status_code == 422
    (row,) = csv.DictReader(StringIO(agent.get("/console/handoffs.csv?q=4567").text.removeprefix("\ufeff")))
    assert (row["Reason"], row["Item"]) == ("No reply in time", "RR123456785HK")


def test_a_whole_number_does_not_stay_in_the_address_and_the_other_filters_do(small_office: Office) -> None:
    known, agent = _silent(small_office, sender_mobile="9123 4567"), _agent(small_office)
    for typed in ("91234567", "+852 9123 4567", "9123-4567"):
        asked = {"team": "all", "q": typed, "unclaimed": "1"}
        answer = agent.client.get("/console/handoffs", params=asked)
        assert answer.headers["location"] == "/console/handoffs?team=all&q=4567&unclaimed=1", typed
    assert str(known) in agent.get(answer.headers["location"]).text


def test_what_no_text_asks_is_told_to_the_agent_and_is_no_line_to_say(small_office: Office) -> None:
    query, agent = small_office.world.refer(questions=[{"code": "F605"}, {"code": "F100"}]), _agent(small_office)
    (handoff,) = [one for one in small_office.world.see(query.id).handoffs if one.closed_at is None]
    sheet = agent.get(f"/console/handoffs/{handoff.id}").text
    said = sheet.partition('<ol class="say">')[2].partition("</ol>")[0]
    assert "what exactly is in it" in said
    assert "F100" not in said
    assert "Customs also asks what no text may ask" in sheet
    other = agent.get(f"/console/handoffs/{_silent(small_office, item_id='CP203011144HK')}").text
    assert "Customs also asks what no text may ask" not in other


def test_the_sheet_shows_the_texts_the_script_and_a_number_for_a_reason(office: Office) -> None:
    handoff, agent = _silent(office), _agent(office)
    page = f"/console/handoffs/{handoff}"
    sheet = agent.get(page).text
    assert "this is Hongkong Post calling about item" in sheet
    assert "Customs in Germany has a question about your item" in sheet
    assert "91234567" not in sheet
    assert agent.post(f"{page}/reveal", because=" ").status_code == 422
    assert "+85291234567" in agent.post(f"{page}/reveal", because="To call her").text


def test_an_answer_by_phone_is_told_first_then_written_down(office: Office) -> None:
    handoff, agent = _silent(office), _agent(office)
    page = f"/console/handoffs/{handoff}"
    assert agent.post(f"{page}/answered", text=" ").status_code == 422
    told = agent.post(f"{page}/answered", text="Two cotton shirts")
    assert "staff review the answer" in told.text
    assert _listed(office) == [handoff]
    assert agent.post(f"{page}/answered", text="Two cotton shirts", read="yes").status_code == 303
    (row,) = list_work(office.ctx, Wanted(), 9).rows
    assert row.reason is Reason.REVIEW_REPLY
    seen = office.world.see(row.query_id)
    assert (seen.query.state, seen.answers[-1].body) == (State.REPLIED, "Two cotton shirts")
    assert "The sender answered" in agent.get(page).text


def test_nobody_picks_up_and_the_handoff_comes_back_when_it_was_put_off_to(office: Office) -> None:
    handoff, agent = _silent(office), _agent(office)
    page = f"/console/handoffs/{handoff}"
    agent.post(f"{page}/claim", "/console/handoffs")
    assert agent.post(f"{page}/no-answer", next_try="2001-01-01T09:00").status_code == 422
    assert agent.post(f"{page}/no-answer", wait="3", note="Rang ten times").status_code == 303
    assert _listed(office) == []
    office.world.wind(timedelta(hours=2))
    assert _listed(office) == []
    office.world.wind(timedelta(hours=1, minutes=1))
    (row,) = list_work(office.ctx, Wanted(), 9).rows
    assert (row.id, row.held_by) == (handoff, None)
    sheet = agent.get(page).text
    assert "Rang ten times" in sheet
    assert "No answer" in sheet


@pytest.mark.parametrize(
    ("ending", "form", "reasons"),
    [
        ("wrong-number", {}, [("staff", "wrong_number")]),
        ("wants-return", {"note": "She wants it back"}, [("staff", "wants_return")]),
        ("hand-over", {"team": "security"}, [("security", "staff_asked")]),
        ("prefers-calls", {"wait": "1"}, [("hotline", "no_reply")]),
        ("done", {}, []),
    ],
)
def test_every_other_end_leaves_the_work_to_whom_it_says(
    office: Office, ending: str, form: dict[str, str], reasons: list[tuple[str, str]]
) -> None:
    handoff, agent = _silent(office), _agent(office)
    page = f"/console/handoffs/{handoff}"
    query = list_work(office.ctx, Wanted(), 9).rows[0].query_id
    assert query is not None
    before = office.world.open_handoffs(query)
    assert "What it leads to" in agent.post(f"{page}/{ending}", **form).text
    assert office.world.open_handoffs(query) == before
    assert agent.post(f"{page}/{ending}", read="yes", **form).status_code == 303
    assert office.world.open_handoffs(query) == reasons


def test_whoever_does_not_hold_it_changes_nothing_but_may_leave_a_note(office: Office) -> None:
    handoff, mei, ken = _silent(office), _agent(office), _agent(office, "Ken Lee")
    page = f"/console/handoffs/{handoff}"
    mei.post(f"{page}/claim", "/console/handoffs")
    assert ken.post(f"{page}/done", read="yes").status_code == 409
    assert ken.post(f"{page}/note", note=" ").status_code == 422
    assert ken.post(f"{page}/note", note="She rang the counter").status_code == 303
    assert "She rang the counter" in mei.get(page).text
    assert _listed(office) == [handoff]


def test_what_arrives_during_the_call_is_drawn_and_nothing_when_nothing_came(office: Office) -> None:
    handoff, agent = _silent(office), _agent(office)
    page = f"/console/handoffs/{handoff}"
    mark = agent.get(page).text.partition('class="story"')[0].rpartition('data-mark="')[2].partition('"')[0]
    asks = {"HX-Request": "true", "X-Mark": mark}
    assert agent.get(page, **asks).status_code == 204
    office.world.reply("It is two shirts")
    drawn = agent.get(page, **asks)
    assert "It is two shirts" in drawn.text
    assert "<html" not in drawn.text


def test_what_the_caller_wrote_that_fits_no_query_shows_on_their_sheet(office: Office) -> None:
    world = office.world
    other = world.texted(sender_mobile="9876 5432", item_id="CP123456785HK")
    handoff, agent = _silent(office), _agent(office)
    page = f"/console/handoffs/{handoff}"
    assert "About no query yet" not in agent.get(page).text
    world.reply(f"{other.code} It is two shirts")  # another phone's reference: people say what it is about
    sheet = agent.get(page).text
    assert "It is two shirts" in sheet
    assert "About no query yet" in sheet


def test_the_desks_pages_cost_ten_statements_at_most(office: Office) -> None:
    handoff, agent = _silent(office), _agent(office)
    costs = {}
    for path in ("/console/handoffs", "/console/handoffs?q=4567", f"/console/handoffs/{handoff}"):
        with statements(office.ctx) as sent:
            assert agent.get(path).status_code == 200
        costs[path] = len(sent)
    assert max(costs.values()) <= 10, costs
