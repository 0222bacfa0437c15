"""Two transactions of one moment on PostgreSQL, where writers do not wait for each other: no deadlock, no gap."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from notifier.domain.lifecycle import Outcome, State
from notifier.domain.permissions import SYSTEM
from notifier.domain.referral import read_referral
from notifier.service.claims import claim_batch
from notifier.service.intake import Door, accept_within
from notifier.service.items import do_not_load
from notifier.service.phones import Evidence, phone_hash, suppress
from notifier.service.resolution import accept_answer
from notifier.service.sending import Sender
from notifier.service.suppressions import find_suppressions
from notifier.service.switches import pause_sending, resume_what_ends, see_sending
from notifier.service.webhooks import Arrived, process_webhooks, store
from notifier.storage.models import Query
from notifier.storage.models.house import Cause
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.people import SuppressionReason
from notifier.storage.models.texts import TextState
from tests.contexts import NUMBERS
from tests.journeys.world import LIAISON, MOBILE, World
from tests.waiting import eventually

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
_REFERRAL = {
    "authority": "DE",
    "destination": "DE",
    "kind": "RFI",
    "referral_reference": "under way",
    "item_id": "RR123456785HK",
    "sender_mobile": MOBILE,
    "questions": [{"code": "F605"}],
}


@pytest.fixture
def world(postgres_world: World) -> World:
    """Here many write at once."""
    return postgres_world


def work_until_it_waits(world: World) -> threading.Thread:
    """A worker that works on the webhooks, and has come to a row that somebody holds."""
    worker = threading.Thread(target=process_webhooks, args=(world.ctx,))
    worker.start()
    eventually(lambda: _somebody_waits(world), what="The worker's wait")
    return worker


def _somebody_waits(world: World) -> bool:
    """In a transaction of its own: the server shows one the same activity until it ends."""
    with world.ctx.database.read() as looking:
        return bool(looking.scalar(_WAITING))


def is_held(world: World, query_id) -> bool:
    """Whether somebody else has the query's row."""
    with world.ctx.database.begin() as session:
        try:
            session.execute(select(Query.id).where(Query.id == query_id).with_for_update(nowait=True, key_share=True))
        except OperationalError:
            session.rollback()
            return True
    return False


@pytest.mark.parametrize(
    ("words", "event"), [("STOP", "sender_opted_out"), ("START", "reply_noted"), ("打錯", "number_wrong")]
)
def test_a_reply_that_concerns_a_phone_takes_its_queries_in_their_order(world: World, words: str, event: str) -> None:
    """It names the second one. Were that held while it waits for the first, two such replies could wait for ever."""
    first, second = world.texted(), world.texted()
    form = [("MessageSid", "SMin1"), ("From", MOBILE), ("To", "+85264500001"), ("Body", f"{second.code} {words}")]
    store(world.ctx, Arrived(WebhookKind.INBOUND, form))
    with world.ctx.database.begin() as holding:
        holding.execute(select(Query.id).where(Query.id == first.id).with_for_update())
        worker = work_until_it_waits(world)
        assert not is_held(world, second.id)
    worker.join(timeout=30)
    assert not worker.is_alive()
    histories = [[row.event for row in world.see(taken.id).history] for taken in (first, second)]
    assert histories[0] == histories[1]
    assert histories[0][-1] == event


def test_a_stop_and_a_carrier_that_says_the_same_never_wait_for_each_other(world: World) -> None:
    """Whoever records a failure holds its query; a stop must not hold the list while it waits for that query."""
    taken = world.texted()
    form = [("MessageSid", "SMin1"), ("From", MOBILE), ("To", "+85264500001"), ("Body", "STOP")]
    store(world.ctx, Arrived(WebhookKind.INBOUND, form))
    mobile_hash = phone_hash(world.ctx.database.keyring, MOBILE)
    with world.ctx.database.begin() as holding:
        holding.execute(select(Query.id).where(Query.id == taken.id).with_for_update())
        worker = work_until_it_waits(world)
        said = Evidence("the carrier says so", "system")
        suppress(holding, mobile_hash, SuppressionReason.OPTED_OUT, said, world.now())
    worker.join(timeout=30)
    assert not worker.is_alive()
    assert len(find_suppressions(world.ctx, MOBILE)) == 1
    assert world.see(taken.id).history[-1].event == "sender_opted_out"


def test_workers_that_count_one_phone_at_once_do_not_each_let_its_last_text_through(world: World) -> None:
    taken = [world.refer() for _ in range(10)]
    numbers = replace(NUMBERS, texts_per_day=3, texts_per_week=3)
    ctx = replace(world.ctx, numbers=numbers, sending=replace(world.ctx.sending, batch=1))
    start = threading.Barrier(5)

    def work() -> int:
        start.wait()
        return sum(len(claim_batch(ctx)) for _ in range(5))

    with ThreadPoolExecutor(5) as workers:
        held = sum(future.result() for future in [workers.submit(work) for _ in range(5)])
    assert held == 3
    assert sum(world.open_handoffs(one.id) == [("hotline", "text_cap")] for one in taken) == 7


def test_workers_that_count_one_day_at_once_send_no_more_than_its_cap(world: World) -> None:
    """Fifteen segments: seven texts of two, whoever posts them, and one segment that no text fits into."""
    queries = [world.refer(sender_mobile=f"612345{place:02}") for place in range(40)]
    ctx = replace(world.ctx, sending=replace(world.ctx.sending, batch=3, segments_per_day=15))
    senders = [Sender(ctx) for _ in range(5)]
    start = threading.Barrier(5)

    def work(sender: Sender) -> None:
        start.wait()
        while sender.send_due():
            pass

    with ThreadPoolExecutor(5) as workers:
        list(workers.map(work, senders))
    for sender in senders:
        sender.stop()
    assert len(world.carrier.posted) == 7
    sending = see_sending(ctx)
    assert sending.segments_today == 14
    assert sending.pause is not None
    states = [world.see(one.id).texts[0].state for one in queries]
    assert (states.count(TextState.HANDED_OVER), states.count(TextState.QUEUED)) == (7, 33)


def test_sweeps_at_the_same_moment_end_a_pause_once(world: World) -> None:
    with world.ctx.database.begin() as session:
        ends = world.ctx.clock.business(session) + timedelta(seconds=30)
        pause_sending(session, world.ctx, "enough for today", SYSTEM, Cause.OWN_DAY, ends)
        world.ctx.clock.advance(session, timedelta(minutes=1))
    start = threading.Barrier(5)

    def end() -> bool:
        start.wait()
        return resume_what_ends(world.ctx)

    with ThreadPoolExecutor(5) as sweeps:
        ended = [future.result() for future in [sweeps.submit(end) for _ in range(5)]]
    assert ended.count(True) == 1
    assert see_sending(world.ctx).pause is None


def test_a_row_that_refers_to_a_query_is_inserted_while_somebody_decides_on_it(world: World) -> None:
    """A reply nobody has read yet must not wait for the one who is deciding, nor the other way round."""
    taken = world.texted()
    insert = text(
        "INSERT INTO handoffs (id, query_id, team, reason, sentence, priority, opened_at) "
        "VALUES (gen_random_uuid(), :query, 'staff', 'conflict', 'Look.', 1, now())"
    )

    def meanwhile(doing) -> None:
        with world.ctx.database.begin() as other:
            other.execute(text("SET LOCAL lock_timeout = '1s'"))
            other.execute(insert, {"query": taken.id})
        accept_answer("TWO SHIRTS", "R100")(doing)

    assert world.do(taken.id, meanwhile).state is State.CLOSED


def test_an_item_stopped_while_a_referral_on_it_is_taken_in_is_stopped_for_that_too(world: World) -> None:
    with world.ctx.database.begin() as session:
        taken = accept_within(session, world.ctx, read_referral(_REFERRAL), Door(LIAISON, "api"))
        assert do_not_load(world.ctx, "RR123456785HK", LIAISON).closed == (), "neither sees the other"
    assert world.see(taken.id).query.state is State.RECEIVED
    assert world.send() == [], "the question does not leave before the sweep comes by"
    world.sweep()
    whole = world.see(taken.id)
    assert (whole.query.state, whole.query.outcome) == (State.CLOSED, Outcome.DO_NOT_LOAD)
    assert whole.history[-1].actor == "liaison"
    assert world.open_handoffs(taken.id) == [("staff", "do_not_load")]
    assert world.send() == []
    world.sweep()
    assert len(world.see(taken.id).history) == len(whole.history), "once is enough"
