"""Stories of the queue: what leaves first, and that what has to wait for its turn stays a text like any other."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from notifier.domain.types import TextKind
from notifier.pacing.in_process import PaceInProcess
from notifier.pacing.in_redis import PaceInRedis
from notifier.pacing.port import Rate
from notifier.service.resolution import withdraw
from notifier.service.sending import Sender
from notifier.storage.models import Text
from notifier.storage.models.texts import TextState
from tests.conftest import flush
from tests.contexts import make_context
from tests.fakes import FakeCarrier, Posted
from tests.journeys.world import World

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


class Paced:
    """A world whose numbers keep a pace, on a clock of their own."""

    def __init__(self, world: World, rate: Rate) -> None:
        self.seconds = 0.0
        self.pace = PaceInProcess(rate, lambda: self.seconds)
        self.world = World(replace(world.ctx, pace=self.pace), world.carrier, world.numbers)

    def send(self, after: float = 0) -> list[Posted]:
        """So many seconds later a worker looks at the queue; what waited for its number is due again by then."""
        self.seconds += after
        with self.world.ctx.database.begin() as session:
            queued = update(Text).where(Text.state == TextState.QUEUED)
            session.execute(queued.values(next_try_at=self.world.ctx.clock.wall()))
        return self.world.send()


def one_by_one(world: World) -> list[str]:
    """What leaves, in its order, as its kind and the last digits of the phone."""
    ctx = replace(world.ctx, sending=replace(world.ctx.sending, batch=1, threads=1))
    posted = World(ctx, world.carrier).send()
    with world.ctx.database.read() as session:
        kinds = {text.recipient[-4:]: text.kind.value for text in session.query(Text).order_by(Text.created_at)}
    return [f"{kinds[one.outgoing.to[-4:]]} {one.outgoing.to[-4:]}" for one in posted]


def states(world: World) -> Counter[TextState]:
    with world.ctx.database.read() as session:
        return Counter(text.state for text in session.query(Text))


def test_answers_leave_before_what_has_a_deadline_then_questions_then_reminders(world: World) -> None:
    world.texted(sender_mobile="+85261230001")
    world.wind(48 * HOUR - timedelta(minutes=1))
    world.texted(sender_mobile="+85261230004")
    world.wind(timedelta(minutes=1))
    world.refer(sender_mobile="+85261230002")
    world.refer(sender_mobile="+85261230003", deadline_at=(world.now() + 5 * HOUR).isoformat())
    world.reply("who is this?", phone="+85261230004")
    assert one_by_one(world) == ["identity 0004", "question 0003", "question 0002", "reminder 0001"]


def test_what_has_waited_gets_its_turn_whatever_else_comes(world: World) -> None:
    """A reminder is passed by questions, until its closing is nearer than the time when people take those over."""
    world.texted(sender_mobile="+85261230001")
    world.wind(48 * HOUR)
    world.refer(sender_mobile="+85261230002")
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, 13 * HOUR)  # and nobody sends anything
    world.refer(sender_mobile="+85261230003")
    assert one_by_one(world) == ["question 0002", "reminder 0001", "question 0003"]


def test_a_text_that_waits_for_its_turn_can_be_taken_back(world: World) -> None:
    paced = Paced(world, Rate(1.0, SECOND))
    queries = [paced.world.refer(sender_mobile=f"+8526123{n:04}") for n in range(8)]
    first = paced.send()
    assert len(first) == 2, "one from each number"
    assert states(world) == {TextState.HANDED_OVER: 2, TextState.QUEUED: 6}
    gone = " ".join(posted.outgoing.body for posted in first)
    unsent = next(one for one in queries if one.code not in gone)
    paced.world.do(unsent.id, withdraw)
    later = [posted for _ in range(20) for posted in paced.send(after=1)]
    bodies = [posted.outgoing.body for posted in (*first, *later)]
    assert all(sum(one.code in body for body in bodies) == (one.id != unsent.id) for one in queries)
    attempts = [attempt for one in queries for attempt in paced.world.see(one.id).attempts]
    assert [attempt.number for attempt in attempts] == [1] * 7, "to wait for a turn is no try"


def test_a_number_whose_allowance_is_used_up_holds_up_no_other(world: World) -> None:
    """Thirty texts wait for the one number, and before them in the queue."""
    paced = Paced(world, Rate(1.0, SECOND))
    first, second = world.ctx.sending.sender_ids
    queries = [paced.world.refer(sender_mobile=f"+8526123{n:04}") for n in range(60)]
    home = {posted.outgoing.to: posted.outgoing.sender_id for _ in range(200) for posted in paced.send(after=1)}
    assert min(Counter(home.values()).values()) >= 20
    for query in queries:
        paced.world.do(query.id, withdraw)
    for phone in sorted(home, key=lambda phone: home[phone] != first):
        paced.world.refer(sender_mobile=phone)
        world.wind(SECOND)
    paced.pace.take(first, 1000)
    left = [posted.outgoing.sender_id for _ in range(10) for posted in paced.send(after=1)]
    assert set(left) == {second}
    assert len(left) == 5, "each of two segments"


def test_queries_of_one_phone_that_speak_from_different_numbers_all_leave(world: World) -> None:
    paced = Paced(world, Rate(2.0, SECOND))
    for item in ("RR123456785HK", "CP203011144HK", "UX555000216HK"):
        paced.world.refer(item_id=item)
    left = Counter(posted.outgoing.sender_id for _ in range(10) for posted in paced.send(after=1))
    assert left.total() == 3
    assert set(left) == set(world.ctx.sending.sender_ids)


@pytest.fixture
def deployment(postgres_database_url: str, redis_url: str) -> Iterator[list[World]]:
    """Four workers on one database and one Redis, each with connections of its own."""
    url, carrier = f"{redis_url}/0", FakeCarrier()
    flush(url)
    paces = [PaceInRedis(url, Rate(10.0, SECOND)) for _ in range(4)]
    contexts = [make_context(postgres_database_url, carrier=carrier, pace=pace) for pace in paces]
    yield [World(ctx, carrier) for ctx in contexts]
    for ctx, pace in zip(contexts, paces, strict=True):
        pace.close()
        ctx.database.dispose()


def test_workers_that_share_a_redis_share_the_allowance(deployment: list[World]) -> None:
    """All look at once, again and again, as at each wake; what they may send in that moment is one worker's room."""
    world = deployment[0]
    queries = [world.refer(sender_mobile=f"+8526123{n:04}") for n in range(100)]
    senders = [Sender(each.ctx) for each in deployment]

    def work(sender: Sender) -> None:
        for _ in range(5):
            sender.send_due()

    begun = world.ctx.clock.wall()
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, senders))
    took = (world.ctx.clock.wall() - begun).total_seconds()
    for sender in senders:
        sender.stop()
    posted = world.carrier.posted
    each = Counter(one.outgoing.sender_id for one in posted)
    assert len(each) == len(world.ctx.sending.sender_ids)
    assert all(5 <= count <= (10 * (took + 1) + 2) / 2 for count in each.values()), "two segments a text"
    assert len({one.outgoing.body for one in posted}) == len(posted), "none left twice"
    assert states(world) == {TextState.HANDED_OVER: len(posted), TextState.QUEUED: len(queries) - len(posted)}


def test_without_a_pace_everything_leaves_at_once(world: World) -> None:
    for n in range(30):
        world.refer(sender_mobile=f"+8526123{n:04}")
    assert len(world.send()) == 30
    assert states(world) == {TextState.HANDED_OVER: 30}
    assert {text.kind for text in _texts(world)} == {TextKind.QUESTION}


def _texts(world: World) -> list[Text]:
    with world.ctx.database.read() as session:
        return list(session.query(Text))
