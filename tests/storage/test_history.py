"""The history of a query: numbered without gaps, chained, telling the stored state, and free of personal data."""

from uuid import UUID

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from notifier.domain.lifecycle import State
from notifier.storage.models import History, Query
from tests.journeys.world import World
from tests.storage.chain import problems
from tests.storage.whole_story import SECRETS, tell


@pytest.fixture
def told(world: World) -> UUID:
    """A query with a long history."""
    return tell(world)


def found(world: World, query_id: UUID) -> list[str]:
    whole = world.see(query_id)
    return problems(whole.query, whole.history)


def test_a_long_story_is_numbered_chained_and_folds_to_the_stored_state(world: World, told: UUID) -> None:
    history = world.see(told).history
    assert len(history) >= 12
    assert {row.effect for row in history} >= {"move", "stay"}
    assert [row.seq for row in history] == list(range(1, len(history) + 1))
    assert found(world, told) == []
    assert history[-1].to_state is world.see(told).query.state is State.ESCALATED


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"actor": "somebody else"}, "the chain breaks at 4"),
        ({"detail": {"reply": "another"}}, "the chain breaks at 4"),
        ({"event": "cleared"}, "the chain breaks at 4"),
        ({"to_state": "closed"}, "the chain breaks at 4"),
        ({"prev_hash": "0" * 64}, "the chain breaks at 4"),
        ({"hash": "f" * 64}, "the chain breaks at 5"),
    ],
)
def test_a_row_that_was_tampered_with_is_found(world: World, told: UUID, change: dict, seen: str) -> None:
    with world.ctx.database.begin() as session:
        session.execute(update(History).where(History.query_id == told, History.seq == 4).values(change))
    assert seen in found(world, told)


def test_a_row_that_was_taken_out_is_found(world: World, told: UUID) -> None:
    with world.ctx.database.begin() as session:
        session.execute(delete(History).where(History.query_id == told, History.seq == 4))
    assert "number 5 stands at place 4" in found(world, told)


def test_a_last_row_that_was_taken_out_is_found(world: World, told: UUID) -> None:
    last = world.see(told).history[-1].seq
    with world.ctx.database.begin() as session:
        session.execute(delete(History).where(History.query_id == told, History.seq == last))
    assert found(world, told) == ["the query stands elsewhere than its history"]


def test_no_personal_data_is_in_it(world: World, told: UUID) -> None:
    with world.ctx.database.read() as session:
        rows = session.execute(text("SELECT * FROM history")).all()
    assert rows
    plain = "\n".join(str(tuple(row)) for row in rows)
    assert [secret for secret in SECRETS if secret in plain] == []


@pytest.mark.parametrize("changes", [{"state": State.REPLIED}, {"state": State.REPLIED, "history_seq": 99}])
def test_the_test_schema_lets_no_state_change_without_its_history_row(world: World, changes: dict) -> None:
    """Nothing but the one writer can move a query unseen; every test runs on this schema."""
    taken = world.texted()
    with pytest.raises(DBAPIError, match="state changed without history"), world.ctx.database.begin() as session:
        session.execute(update(Query).where(Query.id == taken.id).values(changes))
    assert world.see(taken.id).query.state is State.AWAITING_REPLY


def test_two_queries_have_a_chain_each(world: World, told: UUID) -> None:
    other = world.refer(referral_reference="another")
    assert found(world, other.id) == found(world, told) == []
    assert world.see(other.id).history[0].seq == 1
