"""Anything, in any order, on both databases and heard in both ways: no promise of the product breaks."""

import itertools
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import create_engine, text

from notifier.storage.models import Base
from tests.contexts import HEARD, make_context
from tests.fakes import FakeCarrier
from tests.journeys.machine import Machine
from tests.journeys.world import World

STEPS = settings(
    deadline=None,
    stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


HEARD_SO = pytest.mark.parametrize("heard", sorted(HEARD))


def world_on(url: str, heard: str) -> World:
    carrier = FakeCarrier()
    so = HEARD[heard]
    # One text at a time: a script of outcomes then meets the texts in the same order every time.
    one_by_one = {"sending": replace(so["sending"], threads=1, batch=1)}
    return World(make_context(url, carrier=carrier, **so | one_by_one), carrier)


def run(open_world: Callable[[], World], examples: int) -> None:
    run_state_machine_as_test(lambda: Machine(open_world), settings=settings(STEPS, max_examples=examples))


@HEARD_SO
def test_no_promise_breaks_on_sqlite(heard: str, sqlite_template: Path, tmp_path: Path) -> None:
    numbers = itertools.count()

    def open_world() -> World:
        path = tmp_path / f"{next(numbers)}.db"
        shutil.copy(sqlite_template, path)
        return world_on(f"sqlite:///{path}", heard)

    run(open_world, examples=40)


@HEARD_SO
def test_no_promise_breaks_on_postgresql(heard: str, postgres_database_url: str) -> None:
    engine = create_engine(postgres_database_url)
    tables = ", ".join(Base.metadata.tables)

    def open_world() -> World:
        with engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {tables}"))
        return world_on(postgres_database_url, heard)

    run(open_world, examples=8)
    engine.dispose()
