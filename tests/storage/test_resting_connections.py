"""PostgreSQL ends connections that rest in the pool, as a restart does: the next use notices and takes a new one."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from notifier.storage import database as storage
from notifier.storage.database import Database, open_database
from tests.conftest import run_sql
from tests.contexts import KEYRING

_END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"


@pytest.fixture
def database(postgres_database_url: str) -> Iterator[Database]:
    """One on PostgreSQL, with three connections that rest."""
    made = open_database(postgres_database_url, KEYRING)
    for connection in [made.engine.connect() for _ in range(3)]:
        connection.close()
    yield made
    made.dispose()


def ask(database: Database) -> int:
    with database.begin() as session:
        return session.scalars(text("SELECT 1")).one()


def end_all(database: Database, postgres_url: str) -> None:
    run_sql(postgres_url, _END_ALL.format(name=database.engine.url.database))


def test_a_connection_that_died_while_it_rested_is_not_used(
    database: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_RESTED", 0.0)
    end_all(database, postgres_url)
    assert [ask(database) for _ in range(3)] == [1, 1, 1]


def test_those_that_rested_beside_it_are_thrown_away_with_it(
    database: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_all(database, postgres_url)
    monkeypatch.setattr(storage, "_RESTED", 0.0)
    ask(database)
    # From here on nothing is tried any more; a dead one would fail its user.
    monkeypatch.setattr(storage, "_RESTED", 3600.0)
    held: list[Connection] = [database.engine.connect() for _ in range(3)]
    assert [connection.scalar(text("SELECT 1")) for connection in held] == [1, 1, 1]
    for connection in held:
        connection.close()


def test_one_used_a_moment_ago_is_trusted(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at each connection would cost every transaction a round trip."""
    monkeypatch.setattr(storage, "_RESTED", 3600.0)
    tried: list[object] = []
    monkeypatch.setattr(database.engine.dialect, "do_ping", tried.append)
    assert ask(database) == 1
    assert tried == []
    monkeypatch.setattr(storage, "_RESTED", 0.0)
    assert ask(database) == 1
    assert len(tried) == 1
