"""Thirty queries of one person that come together, by whatever door: three questions, one summary, one call."""

import csv
import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from notifier.customs.csv_referrals import open_referrals
from notifier.domain.lifecycle import State
from notifier.domain.number_health import NumberPolicy
from notifier.domain.referral import FIELDS
from notifier.service.importing import import_rows
from notifier.service.intake import Door
from notifier.service.lookups import Filters, list_queries
from notifier.storage.models import Handoff, Query
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.journeys.crowd import MANY, calls, item, refer_many, the_call
from tests.journeys.world import LIAISON, MOBILE, World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """As delivered: three queries of a phone are put to it by text."""
    carrier = FakeCarrier()
    ctx = make_context(database_url, carrier=carrier, numbers=NumberPolicy())
    yield World(ctx, carrier)
    ctx.database.dispose()


def expect_four_texts_and_one_call(world: World) -> None:
    bodies = [posted.outgoing.body for posted in world.send()]
    assert sum("more of your items" in body for body in bodies) == 1
    assert len(bodies) == 4
    queries = list_queries(world.ctx, Filters(mobile=MOBILE), 200).rows
    assert [query.state for query in queries].count(State.ESCALATED) == MANY - 3
    call = the_call(world)
    parts = [one for query in queries for one in world.see(query.id).handoffs if one.call_id == call.id]
    assert len(parts) == MANY - 3


def test_one_file(world: World) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS)
    writer.writeheader()
    row = {"authority": "DE", "destination": "DE", "kind": "RFI", "sender_mobile": MOBILE, "questions": "F605"}
    for place in range(MANY):
        more = {"referral_reference": f"R{place}", "item_id": item(place), "language": "en"}
        writer.writerow(dict.fromkeys(FIELDS, "") | row | more)
    report = import_rows(world.ctx, open_referrals(out.getvalue().encode()), Door(LIAISON, "import"), chunk=7)
    assert report.created == MANY
    expect_four_texts_and_one_call(world)


def test_many_requests_of_one_moment(world: World) -> None:
    """Each in a transaction and a connection of its own, as the requests of several processes are."""
    start = threading.Barrier(6)

    def work(worker: int) -> None:
        start.wait()
        for place in range(worker, MANY, 6):
            world.refer(item_id=item(place))

    with ThreadPoolExecutor(6) as workers:
        for future in [workers.submit(work, worker) for worker in range(6)]:
            future.result()
    expect_four_texts_and_one_call(world)


def test_work_opened_beside_a_call_of_the_same_moment_is_gathered_by_the_sweep(world: World) -> None:
    taken = refer_many(world, 4)
    with world.ctx.database.begin() as session:
        query = session.get_one(Query, taken[0].id)
        about = {"query_id": query.id, "team": "hotline", "reason": "no_reply", "sentence": "Call.", "priority": 1}
        session.add(Handoff(**about, opened_at=world.now(), due_at=world.now()))
    assert len(calls(world)) == 2
    world.sweep()
    assert the_call(world).priority == 1
