"""The two ways that every query goes cost few round trips: a change that adds one should be meant.

Counted on PostgreSQL, in production's terms: there the clock is not asked of the database.
"""

from collections.abc import Iterator

import pytest

from notifier.domain.errors import Conflict
from notifier.domain.lifecycle import Event
from notifier.domain.permissions import SYSTEM
from notifier.service.claims import claim_batch
from notifier.service.clock import Clock
from notifier.service.outcomes import record_outcomes
from notifier.service.posting import mark_posting
from notifier.service.transitions import news
from notifier.storage.models import Query
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.journeys.world import World
from tests.statements import statements


@pytest.fixture
def fast(postgres_database_url: str) -> Iterator[World]:
    """A world on PostgreSQL whose clock cannot be wound."""
    carrier = FakeCarrier()
    ctx = make_context(postgres_database_url, carrier=carrier, clock=Clock(movable=False))
    yield World(ctx, carrier)
    ctx.database.dispose()


def test_an_intake_is_one_look_and_one_write(fast: World) -> None:
    """The phone's turn comes first: a look that is to see what others do must begin after it."""
    with statements(fast.ctx) as sent:
        taken = fast.refer()
    assert [statement.split()[0] for statement in sent] == ["SELECT", "SELECT", "WITH"]
    whole = fast.see(taken.id)
    assert [len(rows) for rows in (whole.rounds, whole.questions, whole.texts, whole.history)] == [1, 1, 1, 1]


def test_a_phone_with_nothing_against_it_costs_no_more(fast: World) -> None:
    fast.texted()
    with statements(fast.ctx) as sent:
        fast.refer()
    assert [statement.split()[0] for statement in sent] == ["SELECT", "SELECT", "WITH"]


def test_fifty_accepted_texts_are_two_looks_and_four_writes(fast: World) -> None:
    taken = [fast.refer(sender_mobile=f"9123 40{n:02}") for n in range(50)]
    posting = mark_posting(fast.ctx, claim_batch(fast.ctx))
    results = [(held, fast.carrier.send(held.outgoing)) for held in posting]
    with statements(fast.ctx) as sent:
        record_outcomes(fast.ctx, results)
    assert [statement.split()[0] for statement in sent] == ["SELECT", "SELECT", "INSERT", "UPDATE", "UPDATE", "UPDATE"]
    for one in taken:
        whole = fast.see(one.id)
        assert [text.state.value for text in whole.texts] == ["handed_over"]
        assert whole.history[-1].event is Event.TEXT_HANDED_OVER


def test_fifty_texts_are_claimed_by_twelve_statements_and_marked_by_two(fast: World) -> None:
    """However many they are: what a text needs of its own goes to the carrier."""
    for n in range(50):
        fast.refer(sender_mobile=f"9123 40{n:02}")
    with statements(fast.ctx) as claiming:
        held = claim_batch(fast.ctx)
    assert len(held) == 50
    assert len(claiming) <= 12, claiming
    with statements(fast.ctx) as marking:
        mark_posting(fast.ctx, held)
    assert [statement.split()[0] for statement in marking] == ["UPDATE", "UPDATE"]


def test_only_news_goes_that_way(world: World) -> None:
    """A move needs its history row first: whoever tries to pass one off as news is told."""
    taken = world.texted()
    with world.ctx.database.read() as session:
        query = session.get_one(Query, taken.id)
    with pytest.raises(ValueError, match="record it"):
        news(query, Event.WINDOW_CLOSED, at=world.now(), actor=SYSTEM, due_at=None, detail={})
    with pytest.raises(Conflict):
        news(query, Event.INTAKE_ACCEPTED, at=world.now(), actor=SYSTEM, due_at=None, detail={})
