"""One old snapshot held open, while everything that was due is fired: an empty look of the sweep stays cheap.

Row 29 of the fault matrix, scaled down. Cost is counted in pages read, which no busy machine changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from notifier.runtime.hands import Hands
from notifier.runtime.queue import make_celery
from notifier.runtime.waker import Waker
from notifier.service.context import Context
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.journeys.world import World

_ROWS = 5000
_SEVERAL = 3  # times the clean cost that a look may have
# All but the columns that make a query differ are those of one real query.
_MANY = """
INSERT INTO queries SELECT (jsonb_populate_record(q, jsonb_build_object(
    'id', gen_random_uuid(), 'code', lpad(n::text, 8, '0'), 'referral_reference', 'many-' || n,
    'next_due_at', now() - interval '1 hour' + n * interval '1 millisecond'))).*
FROM queries q, generate_series(1, :rows) n
"""
# What firing does to the index of due times.
_FIRED = "UPDATE queries SET next_due_at = next_due_at + interval '1 day' WHERE next_due_at <= now()"


@pytest.fixture
def ctx(postgres_database_url: str) -> Iterator[Context]:
    """PostgreSQL: SQLite keeps no dead rows."""
    made = make_context(postgres_database_url, carrier=FakeCarrier())
    yield made
    made.database.dispose()


@pytest.fixture
def hands(ctx: Context) -> Iterator[Hands]:
    """A worker's, which sweep again and again."""
    waker = Waker(make_celery("memory://", 1))
    hands = Hands(ctx, waker)
    yield hands
    hands.close()
    waker.close()


@contextmanager
def _old_snapshot(engine: Engine) -> Iterator[None]:
    """Somebody began to read everything, and forgot to end."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("SELECT count(*) FROM queries"))
        yield


@contextmanager
def _look(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements that look for due times, as the sweep sends them."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM queries" in statement and "firing_failures" in statement and statement.startswith("SELECT"):
            seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def _pages_of_a_look(ctx: Context, hands: Hands) -> int:
    """Pages that a sweep's look for due times reads when nothing is due."""
    engine = ctx.database.engine
    with _look(engine) as seen:
        hands.sweep()
    ((statement, parameters),) = seen
    with engine.connect() as connection:
        explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        plan = explained.scalar_one()[0]["Plan"]
    assert "queries_due" in str(plan), "The look has to use the index of due times."
    assert plan["Actual Rows"] == 0
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_an_old_snapshot_does_not_make_empty_looks_dear(ctx: Context, hands: Hands) -> None:
    World(ctx, FakeCarrier()).refer()
    engine = ctx.database.engine
    with engine.begin() as connection:
        connection.execute(text(_MANY), {"rows": _ROWS})
        connection.execute(text("UPDATE queries SET next_due_at = next_due_at + interval '1 day'"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE queries"))
    hands.sweep()
    clean = _pages_of_a_look(ctx, hands)
    with engine.begin() as connection:
        connection.execute(text("UPDATE queries SET next_due_at = next_due_at - interval '1 day'"))
    with _old_snapshot(engine):
        with engine.begin() as connection:
            assert connection.execute(text(_FIRED)).rowcount == _ROWS
        hands.sweep()
        held = _pages_of_a_look(ctx, hands)
    assert held <= _SEVERAL * clean, f"{held} pages, and {clean} without the snapshot"
