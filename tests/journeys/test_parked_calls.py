"""A reply that comes after people took over: nobody calls until it is judged, and nothing of the call is forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from notifier.domain.errors import Conflict, Invalid
from notifier.domain.lifecycle import Outcome, State
from notifier.domain.permissions import Principal, Role
from notifier.domain.types import Team
from notifier.service.lookups import list_handoffs
from notifier.service.moving import move_reply
from notifier.service.new_rounds import Correction, ask_again, correct
from notifier.service.rejecting import reject_answer
from notifier.service.resolution import accept_answer, close, escalate, record_answer
from notifier.service.taking_on import claim
from notifier.storage.models import Handoff
from notifier.storage.models.people import AnswerState, ClockState
from tests.journeys.world import LIAISON, World

HOTLINE = Principal("hotline", Role.HOTLINE)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CALL = ("hotline", "no_reply")


def overtaken(world: World, **changes: str):
    """A query whose sender wrote only after the hotline had got it."""
    taken = world.texted(**changes)
    world.wind(73 * HOUR)
    world.reply("Two cotton shirts")
    assert world.parked(taken.id) == [CALL]
    return taken


def call_of(world: World, taken) -> Handoff:
    (call,) = [handoff for handoff in world.see(taken.id).handoffs if handoff.team is Team.HOTLINE]
    return call


def events(world: World, taken) -> list[str]:
    return [row.event.value for row in world.see(taken.id).history]


def test_the_parked_call_lies_behind_everything_that_waits_for_somebody(world: World) -> None:
    taken = overtaken(world)
    other = world.texted(sender_mobile="6123 4567")
    world.reply("who is this?", "+85261234567")
    world.wind(5 * MINUTE)  # what else the sender has to say was waited for
    rows = [row[0] for row in list_handoffs(world.ctx, None, 10).rows]
    assert [(row.query_id, row.reason) for row in rows] == [
        (taken.id, "review_reply"),
        (other.id, "sender_doubts"),
        (taken.id, "no_reply"),
    ]
    assert events(world, taken)[-2:] == ["reply_answered", "call_parked"]


def test_a_call_that_was_put_off_before_it_was_parked_is_shown_when_it_comes_back(world: World) -> None:
    taken = world.texted()
    world.wind(73 * HOUR)
    later = world.now() + 20 * HOUR
    with world.ctx.database.begin() as session:
        session.execute(update(Handoff).where(Handoff.query_id == taken.id).values(shown_from=later, due_at=later))
    world.reply("Two cotton shirts")
    world.do(taken.id, reject_answer("not detailed enough"))
    assert call_of(world, taken).shown_from is None


def test_it_does_not_ring_while_it_is_parked(world: World) -> None:
    taken = overtaken(world)
    world.wind(100 * HOUR)
    call = call_of(world, taken)
    assert (call.clock, call.overdue, call.priority_before) == (ClockState.PARKED, None, 3)


def test_acceptance_ends_it(world: World) -> None:
    taken = overtaken(world)
    world.do(taken.id, accept_answer(None, "R100"))
    assert world.open_handoffs(taken.id) == []
    assert world.see(taken.id).query.state is State.CLOSED


def test_so_does_any_other_end(world: World) -> None:
    taken = overtaken(world)
    world.do(taken.id, close(Outcome.CLEARED))
    assert world.open_handoffs(taken.id) == []


def test_rejecting_the_reply_gives_the_call_back_its_priority_and_a_clock_that_starts_anew(world: World) -> None:
    taken = world.texted()
    world.wind(73 * HOUR)
    world.wind(2 * HOUR)
    assert call_of(world, taken).priority == 2, "nobody had taken it on"
    world.reply("a thing")
    world.wind(HOUR)
    done = world.do(taken.id, reject_answer("Too vague"))
    assert "comes back to the hotline" in " ".join(done.consequences)
    call, whole = call_of(world, taken), world.see(taken.id)
    assert (call.priority, call.priority_before, call.parked_at) == (2, None, None)
    assert timedelta(hours=1.9) < call.due_at - world.now() <= 2 * HOUR
    assert whole.query.state is State.ESCALATED
    assert [(answer.state, answer.refusal) for answer in whole.answers] == [(AnswerState.REJECTED, "Too vague")]
    assert events(world, taken)[-2:] == ["answer_rejected", "call_restored"]
    assert world.open_handoffs(taken.id) == [CALL]
    world.wind(2 * HOUR)
    assert call_of(world, taken).priority == 1


def test_a_better_reply_parks_it_again(world: World) -> None:
    taken = overtaken(world)
    world.do(taken.id, reject_answer("Too vague"))
    world.reply("Two cotton shirts for men, woven")
    assert world.parked(taken.id) == [CALL]
    world.do(taken.id, accept_answer(None, "R100"))
    states = sorted(answer.state for answer in world.see(taken.id).answers)
    assert states == [AnswerState.ACCEPTED, AnswerState.REJECTED]


def test_asking_again_gives_it_back_too(world: World) -> None:
    taken = overtaken(world)
    told = world.do(taken.id, ask_again(), preview=True).consequences
    assert world.parked(taken.id) == [CALL], "a preview keeps nothing"
    assert world.do(taken.id, ask_again()).consequences == told
    assert world.open_handoffs(taken.id) == [CALL]
    assert world.parked(taken.id) == []
    assert len(world.send()) == 1


def test_handing_the_query_to_a_team_gives_it_back_too(world: World) -> None:
    taken = overtaken(world)
    world.do(taken.id, escalate(Team.SECURITY))
    assert world.parked(taken.id) == []
    assert CALL in world.open_handoffs(taken.id)


def test_a_sender_who_turns_out_to_be_a_stranger_gives_it_back_too(world: World) -> None:
    taken = overtaken(world)
    world.reply("打錯")
    assert world.see(taken.id).query.state is State.ESCALATED
    assert world.parked(taken.id) == []
    assert CALL in world.open_handoffs(taken.id)


def test_a_reply_that_was_about_something_else_gives_it_back_too(world: World) -> None:
    taken = overtaken(world)
    (reply,) = world.see(taken.id).replies
    moved = move_reply(world.ctx, reply.id, None, LIAISON)
    assert "comes back to the hotline" in " ".join(moved.consequences)
    assert world.parked(taken.id) == []
    assert CALL in world.open_handoffs(taken.id)


@pytest.mark.parametrize(
    "deed", [lambda: record_answer("A doll"), lambda: correct(Correction(sender_mobile="6123 4567"))]
)
def test_what_makes_the_call_needless_ends_it(world: World, deed) -> None:
    """The hotline has spoken to the sender; or it would call a number that was wrong."""
    taken = overtaken(world)
    world.do(taken.id, deed())
    assert CALL not in world.open_handoffs(taken.id)


def test_a_reply_that_came_in_time_and_will_not_do_becomes_a_call(world: World) -> None:
    taken = world.texted()
    world.reply("a thing")
    world.do(taken.id, reject_answer("Too vague"))
    assert world.open_handoffs(taken.id) == [("hotline", "reply_rejected")]
    assert call_of(world, taken).note == "Too vague"


def test_only_a_reply_can_be_rejected_and_only_with_a_reason(world: World) -> None:
    taken = world.texted()
    with pytest.raises(Conflict, match="cannot be denied a reply"):
        world.do(taken.id, reject_answer("Too vague"))
    with pytest.raises(Invalid, match="reason"):
        reject_answer("  ")


def test_a_customs_question_that_no_text_may_ask_is_still_called_about(world: World) -> None:
    taken = world.texted()
    world.do(taken.id, ask_again(["F102"]))
    world.reply("Two cotton shirts")
    assert world.parked(taken.id) == []


def test_a_claim_on_a_parked_call_is_kept(world: World) -> None:
    taken = world.texted()
    world.wind(73 * HOUR)
    claim(world.ctx, call_of(world, taken).id, HOTLINE)
    world.reply("Two cotton shirts")
    call = call_of(world, taken)
    assert (call.claimed_by, call.clock) == ("hotline", ClockState.PARKED)
