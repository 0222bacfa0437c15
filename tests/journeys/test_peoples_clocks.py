"""People have clocks too: work nobody takes on, a reply nobody judges, an answer that does not leave."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import Principal, Role
from notifier.domain.policies import Policies
from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.types import Kind, Team
from notifier.domain.working_time import Shift, WorkingHours
from notifier.service import clocks
from notifier.service.answers import mark_sent
from notifier.service.clocks import ring_claims
from notifier.service.resolution import accept_answer
from notifier.service.taking_on import claim, finish
from notifier.storage.models import Handoff
from notifier.storage.models.people import ClockState, Overdue
from tests.journeys.world import World

HOTLINE, STAFF = Principal("hotline", Role.HOTLINE), Principal("liaison", Role.LIAISON)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAY = (Shift(9 * HOUR, 13 * HOUR), Shift(14 * HOUR, 18 * HOUR))


def rings(world: World, query_id) -> list[tuple[str, int]]:
    """Which clocks ran out, and how urgent the work is since."""
    history = world.see(query_id).history
    return [(row.detail["reason"], row.detail["priority"]) for row in history if row.event is Event.OVERDUE]


def handoff(world: World, query_id, team: Team) -> Handoff:
    (found,) = [one for one in world.see(query_id).handoffs if one.team is team and one.closed_at is None]
    return found


def until(world: World, day: date, clock: time) -> None:
    """Wind to a local time, ahead of now."""
    world.wind(datetime.combine(day, clock, HONG_KONG) - world.now())


def next_of(world: World, weekday: int) -> date:
    """The next such day that is whole."""
    today = world.now().astimezone(HONG_KONG).date()
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def with_hours(world: World, holidays: Sequence[date] = ()) -> None:
    week = dict.fromkeys(range(5), DAY) | {5: DAY[:1]}
    world.ctx = replace(world.ctx, hours=WorkingHours(week, frozenset(holidays)))


def test_each_step_of_an_unclaimed_call_rings_once(world: World) -> None:
    within = {Team.HOTLINE: (HOUR, 2 * HOUR, 3 * HOUR)}
    world.ctx = replace(world.ctx, people=replace(world.ctx.people, claim_within=within))
    taken = world.texted()
    world.wind(73 * HOUR)
    world.sweep()
    told = []
    for wait in (2.9, 0.2, 1.9, 0.2, 0.9, 0.2, 50.0):
        world.wind(wait * HOUR)
        for _ in range(3):
            world.sweep()
        told.append(len(rings(world, taken.id)))
    assert told == [0, 1, 1, 2, 2, 3, 3]
    assert rings(world, taken.id) == [("overdue_claim", 2), ("overdue_claim", 1), ("overdue_claim", 1)]
    assert handoff(world, taken.id, Team.HOTLINE).clock is ClockState.RUNG


def test_whoever_takes_it_on_stops_it_until_the_claim_runs_out(world: World) -> None:
    taken = world.texted()
    world.wind(73 * HOUR)
    world.sweep()
    call = handoff(world, taken.id, Team.HOTLINE)
    claim(world.ctx, call.id, HOTLINE)
    world.wind(5 * HOUR)
    assert rings(world, taken.id) == []
    with world.ctx.database.begin() as session:
        session.get_one(Handoff, call.id).claimed_until = world.ctx.clock.wall() - MINUTE
    world.sweep()
    assert rings(world, taken.id) == [("overdue_claim", 2)], "it was taken on, and not done"


def test_what_is_done_rings_no_more(world: World) -> None:
    taken = world.texted()
    world.reply("who is this?")
    finish(world.ctx, handoff(world, taken.id, Team.STAFF).id, STAFF, "called")
    world.wind(10 * HOUR)
    assert rings(world, taken.id) == []


def test_a_reply_nobody_judges_becomes_more_urgent_once(world: World) -> None:
    """Also when somebody keeps it claimed: it is the judgement that is waited for."""
    taken = world.texted()
    world.reply("Two cotton shirts")
    claim(world.ctx, handoff(world, taken.id, Team.STAFF).id, STAFF)
    for _ in range(6):
        world.wind(4.1 * HOUR)
        world.sweep()
    whole = world.see(taken.id)
    overdue = [row.detail for row in whole.history if row.event is Event.REVIEW_OVERDUE]
    assert overdue == [{"reason": "overdue_review"}]
    review = handoff(world, taken.id, Team.STAFF)
    assert (review.priority, review.overdue, review.clock) == (1, Overdue.REVIEW, ClockState.RUNG)
    assert whole.query.next_due_at is not None


def test_an_answer_that_does_not_leave_is_shown_once_and_again_only_if_it_still_has_not(world: World) -> None:
    taken = world.texted()
    world.do(taken.id, accept_answer("TWO SHIRTS", "R100"))
    for _ in range(4):
        world.wind(4.1 * HOUR)
    assert world.open_handoffs(taken.id) == [("staff", "answer_waits")]
    # The work it became has a clock of its own: nobody has taken it on either.
    assert rings(world, taken.id) == [("overdue_sending", 1), ("overdue_claim", 1)]
    finish(world.ctx, handoff(world, taken.id, Team.STAFF).id, STAFF, "told the relay")
    world.wind(4.1 * HOUR)
    assert world.open_handoffs(taken.id) == [("staff", "answer_waits")]
    (answer,) = world.see(taken.id).answers
    mark_sent(world.ctx, answer.id, STAFF)
    world.wind(20 * HOUR)
    assert world.open_handoffs(taken.id) == []
    assert [reason for reason, _ in rings(world, taken.id)].count("overdue_sending") == 2


def test_each_authority_and_kind_has_its_own_time(world: World) -> None:
    policies = Policies(
        {
            ("CH", None): {"review_within": HOUR, "send_within": 30 * MINUTE, "close_after": 60 * HOUR},
            ("CH", Kind.AMD): {"remind_after": None},
        }
    )
    world.ctx = replace(world.ctx, policies=policies)
    usual, swiss = world.texted(), world.texted(authority="CH", sender_mobile="6123 4567")
    amended = world.texted(authority="CH", kind="AMD", questions=[{"code": "A605"}], sender_mobile="5123 4567")
    windows = [world.see(taken.id).rounds[0] for taken in (usual, swiss, amended)]
    lengths = [(one.close_at - one.opened_at) / HOUR for one in windows if one.close_at and one.opened_at]
    assert lengths == [72, 60, 60]
    assert [one.remind_at is None for one in windows] == [False, False, True]
    assert all(
        one.reply_by is not None and one.close_at is not None and one.reply_by <= one.close_at for one in windows
    )
    world.reply("Two cotton shirts", "+85261234567")
    due = world.see(swiss.id).query.next_due_at
    assert due is not None
    assert due - world.now() <= HOUR
    world.do(swiss.id, accept_answer(None, "R100"))
    (answer,) = world.see(swiss.id).answers
    assert answer.next_due_at is not None
    assert answer.next_due_at - world.now() <= 30 * MINUTE


def test_a_later_change_of_policy_moves_no_open_window_and_breaks_no_word(world: World) -> None:
    opened, under_way = world.texted(), world.refer(sender_mobile="6123 4567")
    (posted,) = world.send()
    before = world.see(opened.id).rounds[0]
    short = replace(world.ctx.window, close_after=HOUR, remind_after=MINUTE)
    world.ctx = replace(world.ctx, window=short)
    world.receipt(posted, "delivered")
    world.wind(2 * HOUR)
    after, named = world.see(opened.id).rounds[0], world.see(under_way.id).rounds[0]
    assert (after.remind_at, after.close_at) == (before.remind_at, before.close_at)
    assert world.see(opened.id).query.state is State.AWAITING_REPLY
    assert named.close_at == named.reply_by, "the text that was under way had named a later time"


def test_people_keep_their_margin_before_customs_deadline(world: World) -> None:
    world.ctx = replace(world.ctx, window=replace(world.ctx.window, deadline_margin=6 * HOUR))
    deadline = world.now() + 30 * HOUR
    taken = world.texted(deadline_at=deadline.isoformat())
    (asked,) = world.see(taken.id).rounds
    assert asked.close_at == deadline - 6 * HOUR
    assert asked.reply_by is not None
    assert asked.reply_by <= asked.close_at
    world.wind(25 * HOUR)
    assert handoff(world, taken.id, Team.HOTLINE).priority == 2, "five hours are left"
    close = world.refer(sender_mobile="6123 4567", deadline_at=(world.now() + 5 * HOUR).isoformat())
    assert world.open_handoffs(close.id) == [("staff", "deadline_too_close")]
    assert world.send() == []


def test_a_text_that_was_held_up_into_the_margin_goes_to_people(world: World) -> None:
    world.ctx = replace(world.ctx, window=replace(world.ctx.window, deadline_margin=6 * HOUR))
    taken = world.refer(deadline_at=(world.now() + 7 * HOUR).isoformat())
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, 2 * HOUR)
    assert world.send() == []
    assert world.open_handoffs(taken.id) == [("staff", "text_refused")]


def test_a_closing_on_a_sunday_can_only_be_called_about_on_monday(world: World) -> None:
    with_hours(world)
    sunday = next_of(world, 6)
    until(world, sunday - timedelta(days=3), time(10))
    taken = world.texted()
    until(world, sunday, time(10, 30))
    world.sweep()
    call = handoff(world, taken.id, Team.HOTLINE)
    monday = datetime.combine(sunday + timedelta(days=1), time(9), HONG_KONG)
    assert call.call_from == monday
    assert call.due_at == monday + 2 * HOUR
    until(world, sunday + timedelta(days=1), time(10, 59))
    assert rings(world, taken.id) == []
    until(world, sunday + timedelta(days=1), time(11, 1))
    assert rings(world, taken.id) == [("overdue_claim", 2)]


def test_the_hours_jump_over_lunch_and_over_holidays_in_a_row(world: World) -> None:
    monday = next_of(world, 0)
    with_hours(world, [monday + timedelta(days=days) for days in (1, 2)])
    until(world, monday, time(17))
    taken = world.texted()
    world.reply("Two cotton shirts")
    due = datetime.combine(monday + timedelta(days=3), time(12), HONG_KONG)
    assert world.see(taken.id).query.next_due_at is not None
    assert abs(world.see(taken.id).query.next_due_at - due) < MINUTE  # type: ignore[operator]  # it was looked at above


def test_customs_deadline_over_a_weekend_makes_the_call_urgent(world: World) -> None:
    with_hours(world)
    margin = replace(world.ctx.window, deadline_margin=24 * HOUR)
    world.ctx = replace(world.ctx, window=margin)
    sunday = next_of(world, 6)
    until(world, sunday - timedelta(days=2), time(10))
    noon = datetime.combine(sunday + timedelta(days=1), time(12), HONG_KONG)
    taken = world.texted(deadline_at=noon.isoformat())
    until(world, sunday, time(12, 1))
    assert handoff(world, taken.id, Team.HOTLINE).priority == 1, (
        "of the day before the deadline three hours can be used"
    )


def test_what_code_from_before_opened_gets_a_clock(world: World) -> None:
    """It knows nothing of clocks: the database's own defaults stand in."""
    taken = world.texted()
    world.reply("who is this?")
    with world.ctx.database.begin() as session:
        handoff_row = session.get_one(Handoff, handoff(world, taken.id, Team.STAFF).id)
        handoff_row.clock = ClockState.NEW
        handoff_row.due_at = world.ctx.clock.wall()
    ring_claims(world.ctx)
    known = handoff(world, taken.id, Team.STAFF)
    assert (known.clock, known.due_at) == (ClockState.RUNNING, known.opened_at + 2 * HOUR)


@pytest.mark.parametrize("breaks", [True, False])
def test_one_that_breaks_lets_others_pass(world: World, monkeypatch: pytest.MonkeyPatch, breaks: bool) -> None:
    first, second = world.texted(), world.texted(sender_mobile="6123 4567")
    world.reply("who is this?")
    world.reply("who is this?", "+85261234567")
    world.sweep()
    told = clocks.tell

    def broken(session, query, *more) -> None:
        if breaks and query.id == first.id:
            raise ZeroDivisionError
        told(session, query, *more)

    monkeypatch.setattr(clocks, "tell", broken)
    world.wind(2.1 * HOUR)
    assert [len(rings(world, taken.id)) for taken in (first, second)] == [0 if breaks else 1, 1]
    assert (handoff(world, first.id, Team.STAFF).due_at > world.now()) is True, "it is tried again later"
