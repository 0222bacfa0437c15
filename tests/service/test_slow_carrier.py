"""A carrier so slow that a batch outlives its lease, or one that refuses all: what is left is given back, untried."""

import time
from dataclasses import replace
from datetime import timedelta

from notifier.carriers.port import Hold, NotSent, Outcome, Outgoing
from notifier.service.sending import Sender
from notifier.storage.models.texts import TextState
from tests.fakes import FakeCarrier
from tests.journeys.world import World

_SLOW = 0.1  # seconds a text
_LEASE = timedelta(seconds=1)


class SlowCarrier(FakeCarrier):
    """Thinks about each text."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """One post."""
        time.sleep(_SLOW)
        return super().send(outgoing)


def test_what_cannot_be_posted_under_the_lease_is_given_back(world: World) -> None:
    carrier = SlowCarrier()
    policy = replace(world.ctx.sending, threads=1, batch=20, lease=_LEASE)
    sender = Sender(replace(world.ctx, carrier=carrier, sending=policy))
    queries = [world.refer().id for _ in range(20)]
    assert sender.send_due(most_batches=1)
    texts = [world.see(query_id).texts[0] for query_id in queries]
    left = [text for text in texts if text.state is not TextState.HANDED_OVER]
    assert 0 < len(left) < len(texts)
    assert {(text.state, text.attempts, text.lease_until) for text in left} == {(TextState.QUEUED, 0, None)}
    while sender.send_due():
        pass
    sender.stop()
    assert {world.see(query_id).texts[0].state for query_id in queries} == {TextState.HANDED_OVER}
    assert len(carrier.posted) == len(queries)


def test_a_carrier_that_refuses_the_account_is_not_asked_for_the_whole_batch(world: World) -> None:
    """Two slices at most are on the line when the first refusal comes; here a slice is one text."""
    world.carrier.script.extend(NotSent("The account was refused.", 20003, hold=Hold.EVERYTHING) for _ in range(10))
    sender = Sender(replace(world.ctx, sending=replace(world.ctx.sending, threads=1)))
    queries = [world.refer().id for _ in range(10)]
    sender.send_due()
    sender.stop()
    assert len(world.carrier.script) >= 8
    texts = [world.see(query_id).texts[0] for query_id in queries]
    assert {(text.state, text.lease_until) for text in texts} == {(TextState.QUEUED, None)}
    assert sorted(text.attempts for text in texts)[:8] == [0] * 8
