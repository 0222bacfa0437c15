"""An open query is somebody's work at all times: what people finish without deciding comes back to a list."""

from datetime import timedelta

import pytest

from notifier.domain.lifecycle import Outcome, State
from notifier.domain.permissions import Principal, Role
from notifier.domain.types import Team
from notifier.service.lookups import list_handoffs
from notifier.service.resolution import close, escalate, record_answer
from notifier.service.taking_on import Finished, finish
from tests.journeys.world import World

HOTLINE = Principal("hotline", Role.HOTLINE)
HOUR = timedelta(hours=1)


def finish_all(world: World, taken) -> list[Finished]:
    """Somebody does everything that is on a list, and decides nothing."""
    waiting = [handoff for handoff in world.see(taken.id).handoffs if handoff.closed_at is None]
    return [finish(world.ctx, handoff.id, HOTLINE, "called, nobody at home") for handoff in waiting]


def test_what_the_hotline_finished_without_an_answer_comes_back_to_it(world: World) -> None:
    taken = world.texted()
    world.wind(73 * HOUR)
    assert world.open_handoffs(taken.id) == [("hotline", "no_reply")]
    (done,) = finish_all(world, taken)
    assert (done.state, done.listed) == (State.ESCALATED, False), "whoever finishes it is told"
    assert world.open_handoffs(taken.id) == []
    world.wind(3 * HOUR)
    assert world.open_handoffs(taken.id) == [("hotline", "still_open")]
    finish_all(world, taken)
    world.wind(3 * HOUR)
    assert world.open_handoffs(taken.id) == [("hotline", "still_open")], "as often as it takes"
    world.do(taken.id, close(Outcome.UNANSWERED))
    world.wind(30 * HOUR)
    assert world.open_handoffs(taken.id) == []


def test_it_comes_back_to_the_team_that_had_it_last(world: World) -> None:
    taken = world.refer(kind="RFS", questions=[])
    finish_all(world, taken)
    world.wind(3 * HOUR)
    assert world.open_handoffs(taken.id) == [("security", "still_open")]


def test_a_reply_nobody_decided_on_comes_back_to_staff(world: World) -> None:
    taken = world.texted()
    world.reply("Two cotton shirts")
    (done,) = finish_all(world, taken)
    assert (done.state, done.listed) == (State.REPLIED, False)
    world.wind(5 * HOUR)
    assert world.open_handoffs(taken.id) == [("staff", "still_open")]
    (again,) = [handoff for handoff in world.see(taken.id).handoffs if handoff.reason == "still_open"]
    assert "accept the answer" in again.sentence, "it says the next step"


def test_while_others_have_it_nothing_is_added(world: World) -> None:
    taken = world.texted()
    world.wind(73 * HOUR)
    world.do(taken.id, escalate(Team.STAFF))
    (called,) = [handoff for handoff in world.see(taken.id).handoffs if handoff.team is Team.HOTLINE]
    assert finish(world.ctx, called.id, HOTLINE, "called").listed
    world.wind(3 * HOUR)
    assert world.open_handoffs(taken.id) == [("staff", "staff_asked")]


@pytest.mark.parametrize("team", [Team.STAFF, Team.SECURITY])
def test_what_people_have_can_be_given_to_another_team(world: World, team: Team) -> None:
    taken = world.texted()
    world.wind(73 * HOUR)
    done = world.do(taken.id, escalate(team))
    assert done.state is State.ESCALATED
    assert "other teams" in " ".join(done.consequences)
    assert world.open_handoffs(taken.id) == sorted([("hotline", "no_reply"), (team.value, "staff_asked")])
    assert world.see(taken.id).history[-1].event == "escalated"


def test_what_was_said_by_phone_after_the_end_is_shown_to_staff(world: World) -> None:
    taken = world.texted()
    world.do(taken.id, close(Outcome.UNANSWERED))
    done = world.do(taken.id, record_answer("A wooden train"))
    assert done.state is State.CLOSED
    assert world.open_handoffs(taken.id) == [("staff", "late_reply")]
    assert [answer.body for answer in world.see(taken.id).answers] == ["A wooden train"]


@pytest.mark.parametrize(
    ("words", "event", "handoffs"),
    [
        ("It was a doll", "reply_answered", [("staff", "late_reply")]),
        ("who is this?", "reply_noted", [("staff", "late_reply")]),
        ("OK", "reply_noted", []),
        ("好的", "reply_noted", []),
    ],
)
def test_after_the_end_only_what_somebody_should_read_becomes_work(
    world: World, words: str, event: str, handoffs: list
) -> None:
    taken = world.texted()
    world.do(taken.id, close(Outcome.CLEARED))
    world.reply(words)
    whole = world.see(taken.id)
    assert (whole.history[-1].event, whole.history[-1].effect) == (event, "late")
    assert [reply.body for reply in whole.replies] == [words], "it is kept whatever it says"
    assert world.open_handoffs(taken.id) == handoffs


def test_the_list_begins_with_what_is_most_urgent_and_oldest(world: World) -> None:
    """And goes on where it stopped, also when the last one shown was finished meanwhile."""
    doubtful = world.texted()
    world.reply("who is this?")
    unreachable = [world.refer(sender_mobile="") for _ in range(3)]
    first = list_handoffs(world.ctx, None, 2)
    assert [row[0].query_id for row in first.rows] == [taken.id for taken in unreachable[:2]]
    finish(world.ctx, first.rows[1][0].id, HOTLINE, "found the number")
    second = list_handoffs(world.ctx, None, 2, first.next_after)
    assert [row[0].query_id for row in second.rows] == [unreachable[2].id, doubtful.id]
    assert second.next_after is None
