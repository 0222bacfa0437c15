"""Worlds that are heard in both ways: from one number that can be answered, and under a name beside a reply number."""

from collections.abc import Iterator

import pytest

from tests.contexts import HEARD, make_context
from tests.fakes import FakeCarrier
from tests.journeys.world import World


@pytest.fixture(params=sorted(HEARD))
def thread(request: pytest.FixtureRequest, database_url: str) -> Iterator[World]:
    """A world in which everything to and from a phone stands in one thread, in each mode and on each database."""
    carrier = FakeCarrier()
    ctx = make_context(database_url, carrier=carrier, **HEARD[request.param])
    yield World(ctx, carrier)
    ctx.database.dispose()
