"""Who sends what: no text is in two hands, what dies in a hand is found again, and what is urgent comes first."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import update

from notifier.carriers.port import Accepted, NotSent
from notifier.domain.lifecycle import State
from notifier.service.claims import Held, claim_batch
from notifier.service.leases import expire_leases
from notifier.service.outcomes import record_outcome
from notifier.service.posting import mark_posting, release
from notifier.storage.models import Text
from notifier.storage.models.texts import TextState
from tests.journeys.world import World

HOUR = timedelta(hours=1)


def lose_the_lease(world: World) -> None:
    """Time passes over a worker that died."""
    with world.ctx.database.begin() as session:
        session.execute(
            update(Text).where(Text.lease_until.is_not(None)).values(lease_until=world.ctx.clock.wall() - HOUR)
        )


def text_of(world: World, query_id: UUID) -> Text:
    (text,) = world.see(query_id).texts
    return text


def claim_one(world: World) -> Held:
    (held,) = claim_batch(world.ctx)
    return held


def test_workers_that_claim_at_once_never_hold_the_same_text(world: World) -> None:
    wanted = {world.refer(sender_mobile=f"612345{place:02}").id for place in range(60)}
    ctx = replace(world.ctx, sending=replace(world.ctx.sending, batch=7))
    start = Barrier(4)

    def work() -> list[Held]:
        start.wait()
        mine: list[Held] = []
        while batch := claim_batch(ctx):
            mine += batch
        return mine

    with ThreadPoolExecutor(4) as workers:
        hands = [future.result() for future in [workers.submit(work) for _ in range(4)]]
    held = [one for hand in hands for one in hand]
    assert len(held) == len({one.text_id for one in held}) == 60
    assert {one.query_id for one in held} == wanted
    assert len({one.token for one in held}) >= 9, "batches of seven"
    assert {text_of(world, query_id).attempts for query_id in wanted} == {1}


def test_a_second_claim_passes_over_what_is_held(world: World) -> None:
    first = world.refer()
    assert claim_one(world).query_id == first.id
    assert claim_batch(world.ctx) == []
    second = world.refer()
    assert claim_one(world).query_id == second.id


def test_what_is_not_due_stays(world: World) -> None:
    taken = world.refer()
    with world.ctx.database.begin() as session:
        session.execute(update(Text).values(next_try_at=world.ctx.clock.wall() + HOUR))
    assert claim_batch(world.ctx) == []
    with world.ctx.database.begin() as session:
        session.execute(update(Text).values(next_try_at=world.ctx.clock.wall(), send_after=world.now() + HOUR))
    assert claim_batch(world.ctx) == []
    world.wind(HOUR)
    assert claim_one(world).query_id == taken.id


def test_claimed_and_not_posted_is_surely_not_sent_and_goes_out_at_once(world: World) -> None:
    taken = world.refer()
    dead = claim_one(world)
    assert expire_leases(world.ctx) == 0, "its lease holds"
    lose_the_lease(world)
    assert expire_leases(world.ctx) == 1
    assert text_of(world, taken.id).state is TextState.QUEUED
    (posted,) = world.send()
    assert posted.outgoing.attempt_id != dead.outgoing.attempt_id
    assert [attempt.number for attempt in world.see(taken.id).attempts] == [1, 2], "the try that died is counted"


@pytest.mark.parametrize("arrived", [True, False])
def test_posting_without_an_outcome_is_unknown_and_the_carrier_is_asked(world: World, arrived: bool) -> None:
    taken = world.refer()
    dead = claim_one(world)
    assert mark_posting(world.ctx, [dead]) == [dead]
    if arrived:
        world.carrier.send(dead.outgoing)
    lose_the_lease(world)
    assert expire_leases(world.ctx) == 1
    text = text_of(world, taken.id)
    assert (text.state, text.ever_posted, text.lease_token) == (TextState.UNKNOWN, True, None)
    assert world.send() == [], "nothing is sent while nobody knows"
    world.sweep()
    again = [posted.outgoing.body for posted in world.send()]
    assert again == ([] if arrived else [dead.outgoing.body])
    assert text_of(world, taken.id).state is TextState.HANDED_OVER
    assert len(world.carrier.posted) == 1


def test_who_lost_the_lease_posts_nothing(world: World) -> None:
    world.refer()
    slow = claim_one(world)
    lose_the_lease(world)
    assert mark_posting(world.ctx, [slow]) == []
    expire_leases(world.ctx)
    assert claim_one(world).text_id == slow.text_id
    assert mark_posting(world.ctx, [slow]) == [], "it is in another's hand now"


def test_who_lost_the_lease_while_posting_may_still_say_that_it_arrived_but_not_that_it_did_not(world: World) -> None:
    taken = world.refer()
    slow = claim_one(world)
    mark_posting(world.ctx, [slow])
    lose_the_lease(world)
    expire_leases(world.ctx)
    record_outcome(world.ctx, slow, NotSent("Too many at once.", 20429))
    assert text_of(world, taken.id).state is TextState.UNKNOWN, "the one who asks the carrier decides"
    record_outcome(world.ctx, slow, Accepted("SM1", "queued"))
    text = text_of(world, taken.id)
    assert (text.state, text.carrier_sid) == (TextState.HANDED_OVER, "SM1")


def test_what_is_given_back_costs_no_try(world: World) -> None:
    taken = world.refer()
    release(world.ctx, [claim_one(world)])
    text = text_of(world, taken.id)
    assert (text.state, text.attempts, text.lease_token) == (TextState.QUEUED, 0, None)
    assert len(world.send()) == 1


def test_a_text_that_kills_its_worker_again_and_again_goes_to_people(world: World) -> None:
    taken, other = world.refer(), world.refer()
    # Together the first time, and alone ever after: the more urgent of them until people have it, then the other.
    for _ in range(2 * world.ctx.sending.attempts_most):
        claim_batch(world.ctx)
        lose_the_lease(world)
        expire_leases(world.ctx)
    assert [world.send(), world.send()] == [[], []]
    for query_id in (taken.id, other.id):
        assert text_of(world, query_id).state is TextState.FAILED
        assert world.open_handoffs(query_id) == [("staff", "text_refused")]


def test_what_people_leave_lying_becomes_more_urgent_up_to_the_top(world: World) -> None:
    taken = world.texted()
    world.wind(73 * HOUR)
    seen = []
    for _ in range(4):
        (handoff,) = world.see(taken.id).handoffs
        seen.append(handoff.priority)
        world.wind(world.ctx.people.handoff_within)
    assert seen == [3, 2, 1, 1]
    assert world.see(taken.id).query.state is State.ESCALATED


def test_a_text_that_kills_its_workers_takes_no_other_with_it(world: World) -> None:
    """All die together once; from then on each is claimed alone, so that only the deadly one is set aside."""
    deadly, *others = (world.refer().id for _ in range(6))
    for _ in range(40):
        held = claim_batch(world.ctx)
        if deadly in {one.query_id for one in held}:
            lose_the_lease(world)
            expire_leases(world.ctx)
        elif held:
            assert len(held) == 1
            (posting,) = mark_posting(world.ctx, held)
            record_outcome(world.ctx, posting, Accepted(f"SM{posting.text_id.hex}", "queued"))
    assert {text_of(world, query_id).state for query_id in others} == {TextState.HANDED_OVER}
    assert text_of(world, deadly).state is TextState.FAILED
    assert world.see(deadly).query.state is State.ESCALATED


def test_what_nobody_held_yet_does_not_wait_for_what_somebody_did(world: World) -> None:
    suspected = world.refer().id
    claim_one(world)
    lose_the_lease(world)
    expire_leases(world.ctx)
    fresh = {world.refer().id for _ in range(3)}
    assert [one.query_id for one in claim_batch(world.ctx)] == [suspected], "the oldest first, and alone"
    assert {one.query_id for one in claim_batch(world.ctx)} == fresh
