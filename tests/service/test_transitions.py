"""The one writer of state: guarded, with its history row, in one transaction; a lost race changes nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from notifier.domain.errors import Conflict, NotifierError, Stale
from notifier.domain.lifecycle import Effect, Event, Outcome, State
from notifier.domain.permissions import SYSTEM
from notifier.service.resolution import close
from notifier.service.transitions import record
from notifier.storage.models import History, Query
from tests.journeys.world import World
from tests.storage.chain import problems


def read(world: World, query_id: UUID) -> Query:
    """The query as a unit of work saw it that is not the one that writes."""
    with world.ctx.database.read() as session:
        return session.get_one(Query, query_id)


def happen(world: World, query: Query, event: Event, **more: object) -> Effect:
    """The event, recorded on what the caller believes the query to be."""
    with world.ctx.database.begin() as session:
        believed = session.merge(query, load=False)
        return record(session, believed, event, at=world.now(), actor=SYSTEM, **more).effect  # type: ignore[arg-type]  # its own keywords


def history(world: World, query_id: UUID) -> list[str]:
    return [row.event.value for row in world.see(query_id).history]


def test_a_move_and_its_history_row_are_written_together(world: World) -> None:
    taken = world.refer()
    due = world.now()
    assert happen(world, read(world, taken.id), Event.ESCALATED, due_at=due) is Effect.MOVE
    whole = world.see(taken.id)
    assert (whole.query.state, whole.query.next_due_at) == (State.ESCALATED, due)
    last = whole.history[-1]
    assert (last.event, last.from_state, last.to_state, last.actor) == (
        Event.ESCALATED,
        State.RECEIVED,
        State.ESCALATED,
        "system",
    )
    assert problems(whole.query, whole.history) == []


def test_of_two_that_move_from_the_same_state_the_second_is_stale(world: World) -> None:
    taken = world.texted()
    one, other = read(world, taken.id), read(world, taken.id)
    happen(world, one, Event.REPLY_ANSWERED, due_at=world.now())
    with pytest.raises(Stale):
        happen(world, other, Event.WINDOW_CLOSED, due_at=world.now())
    whole = world.see(taken.id)
    assert whole.query.state is State.REPLIED
    assert history(world, taken.id)[-1] == "reply_answered"
    assert problems(whole.query, whole.history) == []


def test_news_that_moves_nothing_makes_the_other_stale_too(world: World) -> None:
    """Both would write the same number of the history: none may be lost."""
    taken = world.texted()
    one, other = read(world, taken.id), read(world, taken.id)
    happen(world, one, Event.REPLY_NOTED)
    with pytest.raises(Stale):
        happen(world, other, Event.REPLY_NOTED)
    assert history(world, taken.id).count("reply_noted") == 1


def test_looked_at_again_the_second_finds_that_it_came_late(world: World) -> None:
    taken = world.texted()
    happen(world, read(world, taken.id), Event.REPLY_ANSWERED, due_at=world.now())
    assert happen(world, read(world, taken.id), Event.WINDOW_CLOSED, due_at=world.now()) is Effect.LATE
    assert world.see(taken.id).query.state is State.REPLIED
    assert history(world, taken.id)[-2:] == ["reply_answered", "window_closed"]


def test_late_news_is_written_down_and_moves_neither_state_nor_due_time(world: World) -> None:
    taken = world.texted()
    happen(world, read(world, taken.id), Event.REPLY_ANSWERED, due_at=world.now())
    before = read(world, taken.id)
    happen(world, before, Event.WINDOW_OPENED, due_at=world.now())
    after = read(world, taken.id)
    assert (after.state, after.next_due_at) == (before.state, before.next_due_at)
    assert after.history_seq == before.history_seq + 1


def test_without_a_new_due_time_the_old_one_stands(world: World) -> None:
    taken = world.texted()
    before = read(world, taken.id).next_due_at
    happen(world, read(world, taken.id), Event.REPLY_NOTED)
    assert read(world, taken.id).next_due_at == before


def test_a_refused_deed_leaves_no_trace(world: World) -> None:
    taken = world.texted()
    before = history(world, taken.id)
    with pytest.raises(Conflict):
        happen(world, read(world, taken.id), Event.REOPENED, due_at=world.now())
    assert history(world, taken.id) == before


def test_what_fails_afterwards_takes_the_move_with_it(world: World) -> None:
    taken = world.texted()
    before = history(world, taken.id)

    def fails() -> None:
        with world.ctx.database.begin() as session:
            query = session.get_one(Query, taken.id, with_for_update=True)
            record(session, query, Event.ESCALATED, at=world.now(), actor=SYSTEM, due_at=world.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert (world.see(taken.id).query.state, history(world, taken.id)) == (State.AWAITING_REPLY, before)


def test_closing_sets_the_outcome_and_ends_the_waiting_and_reopening_undoes_both(world: World) -> None:
    taken = world.texted()
    happen(world, read(world, taken.id), Event.CLEARED, outcome=Outcome.CLEARED, due_at=world.now())
    closed = read(world, taken.id)
    assert (closed.state, closed.outcome, closed.next_due_at) == (State.CLOSED, Outcome.CLEARED, None)
    assert closed.closed_at is not None
    happen(world, closed, Event.REOPENED, due_at=world.now())
    opened = read(world, taken.id)
    assert (opened.state, opened.outcome, opened.closed_at) == (State.ESCALATED, None, None)
    assert opened.next_due_at is not None


@pytest.mark.parametrize("event", [Event.CLEARED, Event.DO_NOT_LOAD])
def test_nothing_closes_without_an_outcome(world: World, event: Event) -> None:
    taken = world.texted()
    with pytest.raises(IntegrityError, match="ck_queries_closed_has_outcome"):
        happen(world, read(world, taken.id), event)
    with world.ctx.database.read() as session:
        assert session.scalar(select(func.max(History.seq))) == len(history(world, taken.id))


def test_of_many_hands_at_once_exactly_one_moves_it(world: World) -> None:
    taken = world.texted()
    with ThreadPoolExecutor(6) as hands:
        ends = list(hands.map(lambda _: attempt(lambda: world.do(taken.id, close(Outcome.CLEARED))), range(6)))
    assert sorted(ends) == ["Conflict"] * 5 + ["done"]
    whole = world.see(taken.id)
    assert history(world, taken.id).count("closed_by_staff") == 1
    assert problems(whole.query, whole.history) == []


def test_a_reply_in_the_instant_of_the_closing_wins_whoever_comes_first(world: World) -> None:
    """The sweep and the reply meet on one row; whatever their order, the sender has answered."""
    taken = world.texted()
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, timedelta(hours=73))
    with ThreadPoolExecutor(2) as hands:
        ends = list(hands.map(attempt, [world.sweep, lambda: world.reply("Two shirts")]))
    assert ends == ["done", "done"]
    whole = world.see(taken.id)
    assert whole.query.state is State.REPLIED
    assert world.open_handoffs(taken.id) == [("staff", "review_reply")]
    assert history(world, taken.id).count("window_closed") <= 1
    assert history(world, taken.id).count("reply_answered") == 1
    assert problems(whole.query, whole.history) == []


def attempt(deed: Callable[[], object]) -> str:
    """How it ended."""
    try:
        deed()
    except NotifierError as refusal:
        return type(refusal).__name__
    return "done"
