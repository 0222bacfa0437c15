"""Results written in company: each counts for itself, whatever becomes of the others in its group."""

from collections.abc import Sequence
from concurrent.futures import wait

import pytest
from sqlalchemy import select

from notifier.carriers.port import Accepted, Fault, Never, NotSent, Outcome, Unknown
from notifier.domain.lifecycle import Event
from notifier.service import outcomes
from notifier.service.acceptances import take_acceptances
from notifier.service.claims import Held, claim_batch
from notifier.service.outcomes import record_outcomes
from notifier.service.posting import mark_posting
from notifier.service.recording import Recorder
from notifier.storage.models import Query, Text
from notifier.storage.models.texts import AttemptOutcome, TextState
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.journeys.world import World
from tests.waiting import eventually


def posting(world: World, number: int) -> list[Held]:
    """Texts on the line, each of a query of its own."""
    for place in range(number):
        world.refer(sender_mobile=f"+852912345{place:02}")
    return mark_posting(world.ctx, claim_batch(world.ctx))


def text_of(world: World, held: Held) -> Text:
    (text,) = world.see(held.query_id).texts
    return text


def handed_over(world: World, held: Sequence[Held]) -> list[bool]:
    return [text_of(world, one).state is TextState.HANDED_OVER for one in held]


def test_a_group_of_every_kind_is_recorded_each_by_its_own(world: World) -> None:
    held = posting(world, 5)
    ends: list[Outcome] = [
        Accepted("SM0", "queued"),
        NotSent("Too many at once.", 20429),
        Never("This number cannot get SMS.", Fault.NUMBER, 21614),
        Unknown("The line dropped."),
        Accepted("SM4", "queued"),
    ]
    record_outcomes(world.ctx, list(zip(held, ends, strict=True)))
    assert [text_of(world, one).state for one in held] == [
        TextState.HANDED_OVER,
        TextState.QUEUED,
        TextState.FAILED,
        TextState.UNKNOWN,
        TextState.HANDED_OVER,
    ]
    told = [world.see(one.query_id).attempts[0].outcome for one in held]
    kinds = (AttemptOutcome.NOT_SENT, AttemptOutcome.NEVER, AttemptOutcome.UNKNOWN)
    assert told == [AttemptOutcome.ACCEPTED, *kinds, AttemptOutcome.ACCEPTED]


def test_a_sid_given_twice_costs_the_others_nothing(world: World) -> None:
    held = posting(world, 4)
    sids = ("SM0", "SM1", "SM1", "SM3")
    record_outcomes(world.ctx, [(one, Accepted(sid, "queued")) for one, sid in zip(held, sids, strict=True)])
    bound = handed_over(world, held)
    assert (bound[0], bound[3]) == (True, True)
    assert sorted(bound[1:3]) == [False, True], "one of the two, never both"
    for one, arrived in zip(held, bound, strict=True):
        assert [row.event for row in world.see(one.query_id).history].count(Event.TEXT_HANDED_OVER) == int(arrived)


def test_what_breaks_the_group_is_recorded_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    held = posting(world, 3)

    def broken(ctx: object, posts: dict[object, object], *, waiting: bool = False) -> object:
        if not waiting:
            raise ValueError("as a group cannot be written")
        return take_acceptances(ctx, posts, waiting=waiting)  # type: ignore[arg-type]  # as the caller gives them

    monkeypatch.setattr(outcomes, "take_acceptances", broken)
    record_outcomes(world.ctx, [(one, Accepted(f"SM{place}", "queued")) for place, one in enumerate(held)])
    assert handed_over(world, held) == [True, True, True]


def test_a_result_that_cannot_be_written_takes_no_other_with_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    held = posting(world, 3)

    def sometimes(ctx: object, posts: dict[object, object], *, waiting: bool = False) -> object:
        if held[1].text_id in posts:
            raise ValueError("as one row breaks everything")
        return take_acceptances(ctx, posts, waiting=waiting)  # type: ignore[arg-type]  # as the caller gives them

    monkeypatch.setattr(outcomes, "take_acceptances", sometimes)
    record_outcomes(world.ctx, [(one, Accepted(f"SM{place}", "queued")) for place, one in enumerate(held)])
    assert handed_over(world, held) == [True, False, True]
    assert text_of(world, held[1]).state is TextState.POSTING, "its lease will end, and the carrier be asked"


def test_who_is_held_by_another_keeps_nobody_waiting(postgres_database_url: str) -> None:
    """On PostgreSQL alone: SQLite lets one writer in at a time."""
    carrier = FakeCarrier()
    world = World(make_context(postgres_database_url, carrier=carrier), carrier)
    held = posting(world, 3)
    recorder = Recorder(world.ctx)
    with world.ctx.database.begin() as session:
        session.execute(select(Query.id).where(Query.id == held[0].query_id).with_for_update())
        groups = {recorder.put(one, Accepted(f"SM{place}", "queued")) for place, one in enumerate(held)}
        eventually(lambda: handed_over(world, held) == [False, True, True], what="The others' record")
    wait(groups)
    assert handed_over(world, held) == [True, True, True]
    recorder.close()
    world.ctx.database.dispose()
