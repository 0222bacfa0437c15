"""Migrations: they build what the models say, can be undone, and may be run by several processes at once."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from notifier.storage.migrations import run
from notifier.storage.migrations.run import config, is_current, migrate
from notifier.storage.models import Base
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    """On the empty database."""
    made = create_engine(empty_url)
    yield made
    made.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def shape(engine: Engine) -> dict[str, Any]:
    """Every table with its columns, keys, rules and indexes, as the database itself tells them."""
    seen = inspect(engine)
    ask = {
        "columns": seen.get_columns,
        "foreign keys": seen.get_foreign_keys,
        "unique": seen.get_unique_constraints,
        "checks": seen.get_check_constraints,
        "indexes": seen.get_indexes,
    }
    shapes = {}
    for table in tables(engine):
        shapes[table] = {name: sorted(map(plain, what(table))) for name, what in ask.items()}
        shapes[table]["primary key"] = sorted(seen.get_pk_constraint(table)["constrained_columns"])
    return shapes


def plain(value: Any) -> str:
    """A reflected thing as comparable text; types and conditions are objects of their own."""
    if isinstance(value, dict):
        return str(sorted((key, plain(inner)) for key, inner in value.items()))
    return str([plain(inner) for inner in value]) if isinstance(value, list) else str(value)


def upgrade_and_downgrade(connection: Connection) -> None:
    made = config()
    made.attributes["connection"] = connection
    command.upgrade(made, "head")
    connection.commit()
    command.downgrade(made, "base")
    connection.commit()


def test_from_nothing_they_make_every_table(engine: Engine, empty_url: str) -> None:
    assert not is_current(engine)
    migrate(empty_url)
    assert is_current(engine)
    assert tables(engine) == set(Base.metadata.tables)


def test_they_do_not_drift_from_the_models(engine: Engine, empty_url: str) -> None:
    migrate(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_they_build_what_the_models_would_build_down_to_rules_and_partial_indexes(
    engine: Engine, empty_url: str
) -> None:
    """The drift check above sees neither check constraints nor the conditions of indexes."""
    Base.metadata.create_all(engine)
    wanted = shape(engine)
    Base.metadata.drop_all(engine)
    migrate(empty_url)
    assert wanted["texts"]["checks"]
    assert "_where" in str(wanted["texts"]["indexes"])
    assert shape(engine) == wanted


def test_they_can_be_undone_and_done_again(engine: Engine, empty_url: str) -> None:
    with engine.connect() as connection:
        upgrade_and_downgrade(connection)
    assert tables(engine) == set()
    migrate(empty_url)
    assert tables(engine) == set(Base.metadata.tables)


def test_migrating_twice_changes_nothing_and_loses_nothing(engine: Engine, empty_url: str) -> None:
    migrate(empty_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO business_clock (id, offset_seconds) VALUES (1, 5)"))
    before = shape(engine)
    migrate(empty_url)
    assert shape(engine) == before
    with engine.connect() as connection:
        assert connection.execute(text("SELECT offset_seconds FROM business_clock")).scalar() == 5


def test_processes_that_migrate_at_once_all_succeed(engine: Engine, empty_url: str) -> None:
    program = f"from notifier.storage.migrations.run import migrate; migrate({empty_url!r})"
    processes = [
        subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert ends == [("", 0)] * 3
    assert tables(engine) == set(Base.metadata.tables)


def test_on_postgresql_one_waits_until_the_other_is_done(empty_postgres_url: str) -> None:
    engine = create_engine(empty_postgres_url)
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    second = threading.Thread(target=migrate, args=(empty_postgres_url,))
    with engine.connect() as first:
        first.execute(text("SELECT pg_advisory_lock(:key)"), {"key": run._LOCK})
        second.start()
        eventually(lambda: first.execute(waiting).scalar(), what="The second migration's wait")
        assert tables(engine) == set()
        first.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": run._LOCK})
        second.join(timeout=30)
    assert tables(engine) == set(Base.metadata.tables)
    engine.dispose()


def test_on_postgresql_the_lock_is_given_back(empty_postgres_url: str) -> None:
    migrate(empty_postgres_url)
    engine = create_engine(empty_postgres_url)
    with engine.connect() as connection:
        held = connection.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
        assert held.scalar() == 0
    engine.dispose()


def test_on_sqlite_one_waits_until_the_other_is_done(empty_sqlite_url: str) -> None:
    engine = create_engine(empty_sqlite_url)
    second = threading.Thread(target=migrate, args=(empty_sqlite_url,))
    with engine.connect() as first:
        first.connection.dbapi_connection.isolation_level = None  # type: ignore[union-attr]  # sqlite3's own attribute
        first.exec_driver_sql("BEGIN IMMEDIATE")
        second.start()
        second.join(timeout=0.3)
        assert second.is_alive(), "it must wait for the writer"
        first.exec_driver_sql("ROLLBACK")
    second.join(timeout=30)
    assert tables(engine) == set(Base.metadata.tables)
    engine.dispose()
