"""A carrier so slow that a batch outlives its lease: what is left is given back in time, and costs no try."""

import time
from dataclasses import replace
from datetime import timedelta

from notifier.carriers.port import Outcome, Outgoing
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
    queries = [world.refer(sender_mobile=f"612345{place:02}").id for place in range(20)]
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
