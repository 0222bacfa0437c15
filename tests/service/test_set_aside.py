"""A webhook that kills its worker is set aside alone, named to people, and tried again when they say so."""

import contextlib
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from notifier.domain.errors import Conflict, NotFound
from notifier.domain.lifecycle import State
from notifier.domain.permissions import Principal, Role
from notifier.service import steering, webhooks
from notifier.service.lookups import list_handoffs
from notifier.service.set_aside import list_set_aside
from notifier.service.webhooks import Arrived, process_webhooks, store
from notifier.storage.models import Webhook
from notifier.storage.models.base import new_id
from notifier.storage.models.inbound import WebhookKind, WebhookState
from tests.journeys.world import World

OPS = Principal("ops", Role.OPS)
POISON = "poison"


class Killed(BaseException):
    """The worker is gone: nothing it would have written afterwards is written."""


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whoever works on the poison dies; returns the bodies that were begun."""
    begun: list[str] = []
    take = webhooks._WORK[WebhookKind.INBOUND]

    def work(session, ctx, webhook, form) -> None:
        body = dict(form)["Body"]
        begun.append(body)
        if body.startswith(POISON):
            raise Killed
        take(session, ctx, webhook, form)

    monkeypatch.setitem(webhooks._WORK, WebhookKind.INBOUND, work)
    return begun


def arrive(world: World, *bodies: str) -> None:
    for body in bodies:
        form = [("MessageSid", f"SMin{next(world.numbers):08}"), ("From", "+85291234567"), ("Body", body)]
        store(world.ctx, Arrived(WebhookKind.INBOUND, form))


def work(world: World) -> None:
    """Workers come and die, and the leases of the dead run out."""
    for _ in range(20):
        with contextlib.suppress(Killed):
            process_webhooks(world.ctx)
        with world.ctx.database.begin() as session:
            past = world.ctx.clock.wall()
            session.execute(update(Webhook).where(Webhook.state == WebhookState.PENDING).values(next_try_at=past))


def by_state(world: World) -> dict[WebhookState, int]:
    with world.ctx.database.read() as session:
        states = list(session.scalars(select(Webhook.state)))
    return {state: states.count(state) for state in set(states)}


def set_aside_ids(world: World) -> list[UUID]:
    return [row.id for row in list_set_aside(world.ctx, 50).rows]


def sentences(world: World) -> list[str]:
    return [row[0].sentence for row in list_handoffs(world.ctx, None, 50).rows if row[0].reason == "quarantined"]


def test_neighbours_of_what_kills_workers_are_worked_on(world: World, deadly: list[str]) -> None:
    neighbours = [f"reply {number}" for number in range(6)]
    arrive(world, *neighbours[:3], POISON, *neighbours[3:])
    work(world)
    assert by_state(world) == {WebhookState.DONE: 6, WebhookState.FAILED: 1}
    assert deadly.count(POISON) == 5
    assert sorted(body for body in deadly if body != POISON) == neighbours, "each takes effect once"


def test_two_of_a_kind_have_a_handoff_each_that_names_it(world: World, deadly: list[str]) -> None:
    arrive(world, f"{POISON} one", "a reply", f"{POISON} two")
    work(world)
    failed = set_aside_ids(world)
    told = sentences(world)
    assert len(failed) == len(told) == 2
    assert all(any(str(webhook_id) in sentence for sentence in told) for webhook_id in failed)
    assert "a reply" in deadly


def test_once_the_fault_is_mended_it_takes_effect_after_all(
    world: World, deadly: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = world.texted()
    arrive(world, f"{POISON} ivy, dried, for a wreath")
    work(world)
    (failed,) = set_aside_ids(world)
    monkeypatch.undo()
    steering.retry(world.ctx, failed, "it is mended", OPS)
    assert sentences(world) == []
    process_webhooks(world.ctx)
    assert world.see(taken.id).query.state is State.REPLIED
    assert set_aside_ids(world) == []


def test_what_breaks_again_is_set_aside_and_told_again(world: World, deadly: list[str]) -> None:
    arrive(world, POISON)
    work(world)
    (failed,) = set_aside_ids(world)
    steering.retry(world.ctx, failed, "it is mended", OPS)
    work(world)
    assert set_aside_ids(world) == [failed]
    assert len(sentences(world)) == 1
    assert deadly.count(POISON) == 10


def test_only_what_is_set_aside_is_tried_again(world: World) -> None:
    arrive(world, "a reply")
    process_webhooks(world.ctx)
    with world.ctx.database.read() as session:
        done = session.scalars(select(Webhook.id)).one()
    with pytest.raises(Conflict):
        steering.retry(world.ctx, done, "it is mended", OPS)
    with pytest.raises(NotFound):
        steering.retry(world.ctx, new_id(), "it is mended", OPS)
    assert steering.latest_steerings(world.ctx) == [], "what was not done is not in the journal"


def test_one_webhook_that_meets_the_databases_trouble_for_ever_is_set_aside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that always takes too long, while others are worked on: due times must not wait for it for ever."""
    world.texted()

    def slow(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception())

    monkeypatch.setitem(webhooks._WORK, WebhookKind.INBOUND, slow)
    arrive(world, "Two cotton shirts")
    monkeypatch.setattr(webhooks, "_PASSES_BY", -timedelta(minutes=1))  # as if that were long ago
    for _ in range(webhooks._TRIES + 1):
        process_webhooks(world.ctx)
        with world.ctx.database.begin() as session:
            session.execute(update(Webhook).values(next_try_at=world.ctx.clock.wall()))
    with world.ctx.database.read() as session:
        (webhook,) = session.scalars(select(Webhook).where(Webhook.kind == WebhookKind.INBOUND))
    assert webhook.state is WebhookState.FAILED


def test_a_database_in_trouble_is_not_counted_against_a_webhook(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = world.texted()
    take = webhooks._WORK[WebhookKind.INBOUND]

    def away(*_arguments) -> None:
        raise OperationalError("UPDATE", {}, Exception())

    arrive(world, "Two cotton shirts")
    monkeypatch.setitem(webhooks._WORK, WebhookKind.INBOUND, away)
    work(world)
    monkeypatch.setitem(webhooks._WORK, WebhookKind.INBOUND, take)
    process_webhooks(world.ctx)
    assert world.see(taken.id).query.state is State.REPLIED
