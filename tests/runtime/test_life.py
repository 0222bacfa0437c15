"""A process's signs of life: left while it is idle, taken back at its end, and no reason to stop."""

import os
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError, ProgrammingError
from structlog.testing import capture_logs

from notifier.runtime import life as living
from notifier.runtime.life import Life
from notifier.service.context import Context
from notifier.service.life_signs import SILENT_AFTER, leave_signs, see_signs, take_back_signs
from notifier.storage.models import LifeSign
from notifier.storage.models.watching import Part
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.waiting import eventually

_SOON = 0.02  # seconds between two signs
_HERE = f"{socket.gethostname()[:100]} {os.getpid()}"


@pytest.fixture
def ctx(database_url: str) -> Iterator[Context]:
    made = make_context(database_url, carrier=FakeCarrier())
    yield made
    made.database.dispose()


def _signs(ctx: Context) -> dict[tuple[Part, str], LifeSign]:
    with ctx.database.read() as session:
        return {(row.part, row.place): row for row in session.scalars(select(LifeSign))}


def _put_back(ctx: Context, place: str, by: timedelta) -> None:
    with ctx.database.begin() as session:
        session.execute(update(LifeSign).where(LifeSign.place == place).values(at=ctx.clock.wall() - by))


def test_a_sign_is_renewed_without_any_other_traffic_and_taken_back_at_the_end(ctx: Context) -> None:
    life = Life(ctx, {Part.WORKER: lambda: True}, every=_SOON)
    eventually(lambda: (Part.WORKER, _HERE) in _signs(ctx))
    first = _signs(ctx)[Part.WORKER, _HERE].at
    eventually(lambda: _signs(ctx)[Part.WORKER, _HERE].at > first)
    assert len(_signs(ctx)) == 1, "one row, however often it is renewed"
    life.end()
    assert _signs(ctx) == {}


def test_a_part_that_ended_in_a_process_that_lives_falls_silent(ctx: Context) -> None:
    beats = [True]
    life = Life(ctx, {Part.WEB: lambda: True, Part.SCHEDULER: lambda: beats[0]}, every=_SOON)
    eventually(lambda: len(_signs(ctx)) == 2)
    beats[0] = False
    eventually(lambda: _signs(ctx)[Part.WEB, _HERE].at > _signs(ctx)[Part.SCHEDULER, _HERE].at)
    life.end()


def test_silence_shows_after_two_minutes_and_is_forgotten_after_a_day(ctx: Context) -> None:
    for place in ("here 1", "there 2", "gone 3"):
        leave_signs(ctx, [Part.WORKER], place)
    _put_back(ctx, "there 2", SILENT_AFTER + timedelta(seconds=5))
    _put_back(ctx, "gone 3", timedelta(days=1, seconds=1))
    leave_signs(ctx, [Part.WEB], "here 1")
    with ctx.database.read() as session:
        seen = see_signs(session, ctx.clock.wall())
    assert [(one.part, one.place, one.silent) for one in seen] == [
        (Part.WEB, "here 1", False),
        (Part.WORKER, "here 1", False),
        (Part.WORKER, "there 2", True),
    ]
    take_back_signs(ctx, [Part.WORKER], "here 1")
    assert set(_signs(ctx)) == {(Part.WEB, "here 1"), (Part.WORKER, "there 2")}, "nobody else's are taken back"


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (OperationalError("INSERT", {}, Exception()), []),  # whoever works with the database tells of it
        (ProgrammingError("INSERT", {}, Exception()), ["life_sign_not_left"]),
    ],
    ids=["away", "wrong"],
)
def test_a_database_in_trouble_stops_nothing_and_is_told_of_once_at_most(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, failure: Exception, told: list[str]
) -> None:
    tried: list[int] = []

    def fail(*_: object) -> None:
        tried.append(1)
        if len(tried) <= 3:
            raise failure
        leave_signs(ctx, [Part.WEB], _HERE)

    monkeypatch.setattr(living, "leave_signs", fail)
    with capture_logs() as lines:
        life = Life(ctx, {Part.WEB: lambda: True}, every=_SOON)
        eventually(lambda: (Part.WEB, _HERE) in _signs(ctx))
        life.end()
    assert [line["event"] for line in lines] == told


def test_the_end_of_a_process_does_not_wait_for_a_database_that_is_away(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception())

    monkeypatch.setattr(living, "leave_signs", fail)
    monkeypatch.setattr(living, "take_back_signs", fail)
    life = Life(ctx, {Part.WEB: lambda: True}, every=60)
    life.end()
    assert not life._thread.is_alive()
