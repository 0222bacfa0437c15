"""A copied database sends nothing before the carrier was asked; neither does a start as somebody else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from notifier.domain.errors import Conflict
from notifier.domain.permissions import Principal, Role
from notifier.service.context import Context
from notifier.service.installation import arrive, resume
from notifier.service.reconciling import reconcile_by_hand
from notifier.service.switches import see_sending
from tests.conftest import database_of, run_sql
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.journeys.world import World

OPS = Principal("ops", Role.OPS)
HOUR = timedelta(hours=1)


@contextmanager
def copied(url: str, folder: Path, carrier: FakeCarrier) -> Iterator[World]:
    """The database as a restored backup has it, with nobody else at work in it."""
    if url.startswith("sqlite"):
        path = folder / "copy.db"
        shutil.copy(str(make_url(url).database), path)
        copy = f"sqlite:///{path}"
    else:
        name = f"{make_url(url).database}_copy"
        run_sql(database_of(url, "postgres"), f"CREATE DATABASE {name} TEMPLATE {make_url(url).database}")
        copy = database_of(url, name)
    ctx = make_context(copy, carrier=carrier)
    try:
        yield World(ctx, carrier)
    finally:
        ctx.database.dispose()
    if not url.startswith("sqlite"):
        run_sql(database_of(url, "postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def switch_on(ctx: Context, **how: Any) -> None:
    with ctx.database.begin() as session:
        resume(session, ctx, OPS, **how)


def paused(ctx: Context) -> bool:
    return see_sending(ctx).pause is not None


def begin(world: World) -> None:
    """A house that works, and then stands still for its backup."""
    arrive(world.ctx)
    world.texted()
    world.sweep()
    world.ctx.database.dispose()  # SQLite writes its log into the file when the last connection closes


def test_starting_again_in_the_same_place_is_nothing(world: World) -> None:
    for _ in range(3):
        arrive(world.ctx)
    assert not paused(world.ctx)
    switch_on(world.ctx)


def test_a_copy_sends_nothing_until_the_carrier_was_asked(world: World, database_url: str, tmp_path: Path) -> None:
    begin(world)
    with copied(database_url, tmp_path, world.carrier) as copy:
        arrive(copy.ctx)
        arrive(copy.ctx)
        assert paused(copy.ctx)
        assert "restored or copied database" in str(see_sending(copy.ctx).pause)
        copy.refer(sender_mobile="6123 4567", referral_reference="new")
        assert copy.send() == []
        with pytest.raises(Conflict, match="notifier reconcile --since 2"):
            switch_on(copy.ctx)
        now = copy.ctx.clock.wall()
        reconcile_by_hand(copy.ctx, now + HOUR / 2)
        with pytest.raises(Conflict):
            switch_on(copy.ctx)
        reconcile_by_hand(copy.ctx, now - HOUR)
        switch_on(copy.ctx)
        assert len(copy.send()) == 1


def test_a_copy_whose_texts_went_out_after_the_backup_waits_for_a_person(
    world: World, database_url: str, tmp_path: Path
) -> None:
    begin(world)
    with copied(database_url, tmp_path, world.carrier) as copy:
        world.refer(sender_mobile="6123 4567", referral_reference="after the backup")
        assert len(world.send()) == 1
        arrive(copy.ctx)
        reconcile_by_hand(copy.ctx, copy.ctx.clock.wall() - HOUR)
        with pytest.raises(Conflict, match="does not know"):
            switch_on(copy.ctx)
        switch_on(copy.ctx, anyway=True)
        assert not paused(copy.ctx)


def test_another_identity_sends_nothing_until_told(world: World) -> None:
    ctx = replace(world.ctx, sends_as="AC1 from +85264500001")
    arrive(ctx)
    world.texted()
    stranger = replace(world.ctx, sends_as="AC2 from +85264500009")
    arrive(stranger)
    assert paused(stranger)
    for how in ({}, {"anyway": True}):
        with pytest.raises(Conflict, match="somebody else"):
            switch_on(stranger, **how)
    switch_on(stranger, as_new_identity=True)
    arrive(stranger)
    assert not paused(stranger)
    arrive(ctx)
    assert paused(ctx), "now the old one is the stranger"


def test_an_identity_that_never_sent_may_change(world: World) -> None:
    for identity in ("AC1", "AC2"):
        arrive(replace(world.ctx, sends_as=identity))
    assert not paused(world.ctx)


def test_back_to_the_identity_that_last_sent_needs_no_word(world: World) -> None:
    ours = replace(world.ctx, sends_as="AC1")
    arrive(ours)
    world.texted()
    arrive(replace(world.ctx, sends_as="AC2"))
    arrive(ours)
    switch_on(ours)
    assert not paused(ours)


def test_a_dump_that_is_read_back_into_its_place_is_a_copy(postgres_database_url: str) -> None:
    """Its tables are made anew: the database is the same, and knows nothing of what came after the backup."""
    carrier = FakeCarrier()
    ctx = make_context(postgres_database_url, carrier=carrier)
    begin(World(ctx, carrier))
    for statement in (
        "CREATE TABLE restored (LIKE installation)",
        "INSERT INTO restored SELECT * FROM installation",
        "DROP TABLE installation",
        "ALTER TABLE restored RENAME TO installation",
    ):
        run_sql(postgres_database_url, statement)
    arrive(ctx)
    assert paused(ctx)
    ctx.database.dispose()


def test_a_place_that_was_told_more_shortly_is_the_same_place(postgres_database_url: str) -> None:
    ctx = make_context(postgres_database_url, carrier=FakeCarrier())
    arrive(ctx)
    run_sql(postgres_database_url, "UPDATE installation SET lives_at = split_part(lives_at, ', table ', 1)")
    arrive(ctx)
    assert not paused(ctx)
    ctx.database.dispose()
