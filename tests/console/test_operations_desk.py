"""Operations' desk: what stands now, what hangs, how it went, and steering with a reason that stays."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from notifier.carriers.port import Unknown
from notifier.domain.days import day_of
from notifier.domain.lifecycle import Outcome, State
from notifier.domain.permissions import Role
from notifier.domain.quiet_hours import HONG_KONG
from notifier.service.alarms import decide_due
from notifier.service.life_signs import leave_signs
from notifier.service.ops_figures import Range, figures
from notifier.service.ops_overview import overview
from notifier.service.resolution import accept_answer, close, withdraw
from notifier.service.suppressions import find_suppressions, lift_suppression
from notifier.service.sweep import sweep
from notifier.storage.models import LifeSign
from notifier.storage.models.base import first_id, new_id
from notifier.storage.models.people import SuppressionReason
from notifier.storage.models.watching import Part
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.journeys.world import LIAISON, World
from tests.statements import statements

_PAGES = ("", "/figures", "/figures?of=month", "/unknown", "/quarantine", "/refused", "/pause", "/resume", "/replay")


def _operator(office: Office) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(Role.OPS)).status_code == 303
    return reader


def test_sending_is_paused_and_resumed_for_a_reason_that_stays(office: Office) -> None:
    operator = _operator(office)
    office.world.refer()
    assert operator.post("/console/operations/pause", reason=" ").status_code == 422
    assert operator.post("/console/operations/pause", reason="The wording is wrong").status_code == 303
    assert office.world.send() == []
    page = operator.get("/console/operations").text
    for words in ("Sending is paused", "The wording is wrong", "Mei Chan"):
        assert words in page
    operator.post("/console/operations/resume", reason="It is mended")
    assert len(office.world.send()) == 1
    page = operator.get("/console/operations").text
    assert "Texts go out" in page
    assert "It is mended" in page


def test_what_hangs_is_shown_with_what_happens_next(office: Office) -> None:
    operator = _operator(office)
    office.world.carrier.script.append(Unknown("the line dropped"))
    query = office.world.refer()
    office.world.send()
    seen = overview(office.ctx)
    assert (seen.unknown, seen.queued) == (1, 0)
    page = operator.get("/console/operations/unknown").text
    assert query.code in page
    assert "The carrier is asked for this text by its exact words" in page
    assert query.code in operator.get("/console/operations/unknown.csv").text


def test_figures_tell_what_happened_in_the_range_and_nothing_older(office: Office) -> None:
    world = office.world
    first = world.texted(sender_mobile="9123 4001")
    world.wind(timedelta(hours=30))
    world.reply("Two cotton shirts", "+85291234001")
    second = world.texted(sender_mobile="9123 4002")
    world.do(first.id, accept_answer(None, None))
    day, week = figures(world.ctx, Range.DAY), figures(world.ctx, Range.WEEK)
    assert sum(rate * 15 for _, rate in day.handed_over) == pytest.approx(1)
    assert sum(rate * 120 for _, rate in week.handed_over) == pytest.approx(2)
    assert [number for _, number in day.ended] == [1]
    assert day.answered == [(31, 1.0)]
    assert sum(replies for _, _, replies in day.replies) == 1
    assert second.code


def test_windows_are_told_by_how_they_ended_and_on_which_day(office: Office) -> None:
    world, operator = office.world, _operator(office)
    assert "No window ended in this time." in operator.get("/console/operations/figures").text
    silent = [world.texted(sender_mobile=f"9123 500{n}") for n in range(2)]
    world.texted(sender_mobile="9123 4001")
    world.reply("Two cotton shirts", "+85291234001")
    world.reply("They are a gift", "+85291234001")
    first = day_of(world.now())
    world.wind(timedelta(hours=71))
    _asked_now(world, "9123 4002")
    world.wind(timedelta(hours=2))
    last = day_of(world.now())
    assert {world.see(one.id).query.state for one in silent} == {State.ESCALATED}
    world.reply("Too late, sorry", "+85291235000")
    world.reply("Two dolls", "+85291234002")
    world.do(_asked_now(world, "9123 4003"), withdraw)
    told = {day_of(at): ended for at, *ended in figures(world.ctx, Range.WEEK).windows}
    assert len(told) == 8
    assert {day: ended for day, ended in told.items() if any(ended)} == {first: [1, 0], last: [1, 2]}
    day = [ended for _, *ended in figures(world.ctx, Range.DAY).windows]
    assert [sum(column) for column in zip(*day, strict=True)] == [1, 2], "the first day is not of it"
    page = operator.get("/console/operations/figures?of=week").text
    assert "Windows that an answer ended: 2. Windows that ran out: 2." in page
    rows = page.partition('id="windows"')[2].partition("</table>")[0].split("<tr>")[2:]
    assert len(rows) == 8
    assert 'data-from="windows"' in page
    assert 'data-from="windows"' not in operator.get("/console/operations/figures?of=day").text, "one day is no curve"


def test_a_window_that_ended_long_before_its_query_counts_on_its_own_day(office: Office) -> None:
    world = office.world
    late, answered = world.texted(sender_mobile="9123 4001"), world.texted(sender_mobile="9123 4002")
    world.reply("Two cotton shirts", "+85291234002")
    world.wind(timedelta(hours=73))
    world.wind(timedelta(days=9))
    world.do(late.id, close(Outcome.UNANSWERED))
    world.do(answered.id, accept_answer(None, None))
    assert {tuple(ended) for _, *ended in figures(world.ctx, Range.WEEK).windows} == {(0, 0)}
    month = [ended for _, *ended in figures(world.ctx, Range.MONTH).windows]
    assert [sum(column) for column in zip(*month, strict=True)] == [1, 1]


def test_phones_that_get_no_texts_are_told_by_their_reasons_now_and_in_the_range(office: Office) -> None:
    world, operator = office.world, _operator(office)
    stops = {"STOP": "+85291234001", "wrong number": "+85291234002"}
    for words, phone in stops.items():
        _asked_now(world, phone)
        world.reply(words, phone)
    world.wind(timedelta(days=8))
    _asked_now(world, "9123 4003")
    world.reply("STOP", "+85291234003")
    opted_out, wrong_number, prefers_calls = SuppressionReason
    assert overview(office.ctx).silenced == {opted_out: 2, wrong_number: 1, prefers_calls: 0}
    (entry,) = find_suppressions(office.ctx, stops["wrong number"])
    page = operator.get("/console/operations").text
    assert _said(page, "silenced-title") == ["2", "1", "0"]
    mark = page.partition('data-mark="')[2].partition('"')[0]
    lift_suppression(office.ctx, entry.id, LIAISON, "It was the child")
    again = operator.get("/console/operations", **{"HX-Request": "true", "X-Mark": mark})
    assert _said(again.text, "silenced-title") == ["2", "0", "0"]
    week, month = figures(office.ctx, Range.WEEK), figures(office.ctx, Range.MONTH)
    assert dict(week.listed) == {opted_out: 1, wrong_number: 0, prefers_calls: 0}
    assert dict(month.listed) == {opted_out: 2, wrong_number: 1, prefers_calls: 0}
    page = operator.get("/console/operations/figures?of=month").text
    assert _said(page, "listed-title") == ["2", "1", "0"]


def _asked_now(world: World, phone: str) -> UUID:
    """A query whose question arrived, once what else was on its way has left."""
    world.send()
    return world.texted(sender_mobile=phone).id


def _said(page: str, title: str) -> list[str]:
    """The numbers of a section, by the id of its title."""
    section = page.partition(f'id="{title}"')[2].partition("</section>")[0]
    return re.findall(r"<(?:dd|td)>(\d+)<", section)


def test_the_reply_rate_is_of_the_questions_of_an_hour_and_not_of_its_replies(office: Office) -> None:
    world = office.world
    world.texted(sender_mobile="9123 4001")
    world.wind(timedelta(days=8))
    first = world.now()
    asked = [world.texted(sender_mobile=f"9123 500{n}") for n in range(3)]
    world.wind(timedelta(hours=2))
    later = world.now()
    asked.append(world.texted(sender_mobile="9123 5003"))
    world.reply("Two cotton shirts", "+85291235000")
    world.reply("They are a gift", "+85291235000")
    world.do(asked[1].id, close(Outcome.RETURNED))
    world.reply("Shirts, sorry for the delay", "+85291235001")
    world.reply("Who is this?", "+85291239999")
    rates = {hour: (texts, replied) for hour, texts, replied in figures(world.ctx, Range.DAY).reply_rate}
    assert len(rates) == 24
    told = {hour: rate for hour, rate in rates.items() if rate != (0, 0)}
    assert told == {_hour(first): (3, 2), _hour(later): (1, 0)}
    page = _operator(office).get("/console/operations/figures").text.partition('id="rate"')[2].partition("</table>")[0]
    rows = [[cell.partition("<")[0].rpartition(">")[2] for cell in row.split("<td")[1:]] for row in page.split("<tr>")]
    assert [str(_hour(first)), "3", "2", "66.7"] in rows
    assert [str(_hour(later)), "1", "0", "0.0"] in rows
    assert [str((_hour(first) + 12) % 24), "0", "0", "–"] in rows, "a share of nothing is told as none"


def test_where_nobody_was_asked_there_is_no_rate(office: Office) -> None:
    assert {rate[1:] for rate in figures(office.ctx, Range.MONTH).reply_rate} == {(0, 0)}
    page = _operator(office).get("/console/operations/figures").text
    assert "No question was texted in this time." in page
    assert 'id="rate"' not in page


def _hour(at: datetime) -> int:
    return at.astimezone(HONG_KONG).hour


def test_each_process_is_listed_with_its_last_sign_and_silence_is_said(office: Office) -> None:
    operator = _operator(office)
    leave_signs(office.ctx, [Part.WEB, Part.SCHEDULER], "here 7")
    leave_signs(office.ctx, [Part.WORKER], "elsewhere 8")
    page = operator.get("/console/operations").text
    for words in ("Web server", "Worker", "Scheduler", "here 7", "elsewhere 8"):
        assert words in page
    assert "Silent for more than 2 minutes" not in page
    mark = page.partition('data-mark="')[2].partition('"')[0]
    with office.ctx.database.begin() as session:
        ago = office.ctx.clock.wall() - timedelta(minutes=2, seconds=5)
        session.execute(update(LifeSign).where(LifeSign.part == Part.WORKER).values(at=ago))
    answer = operator.get("/console/operations", **{"HX-Request": "true", "X-Mark": mark})
    assert answer.status_code == 200, "an open page hears of it"
    silent = answer.text.partition("elsewhere 8")[2].partition("</li>")[0]
    assert "Silent for more than 2 minutes" in silent
    assert answer.text.count("Silent for more than 2 minutes") == 1


def test_no_page_costs_more_than_ten_statements_nor_counts_a_table(office: Office) -> None:
    operator = _operator(office)
    office.world.texted()
    sweep(office.ctx)
    decide_due(office.ctx)
    leave_signs(office.ctx, list(Part), "here 7")
    for path in _PAGES:
        with statements(office.ctx) as sent:
            assert operator.get(f"/console/operations{path}").status_code == 200, path
        assert len(sent) <= 10, (path, sent)


def test_an_id_made_later_is_not_smaller(office: Office) -> None:
    assert first_id(office.ctx.clock.wall() - timedelta(seconds=1)) < new_id()
    assert first_id(office.ctx.clock.wall() + timedelta(seconds=1)) > new_id()
