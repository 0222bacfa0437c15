"""Databases in which nothing has been made yet."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import database_of, run_sql

_NUMBERS = itertools.count(1)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database without tables."""
    name = f"empty_{next(_NUMBERS)}"
    run_sql(postgres_url, f"CREATE DATABASE {name}")
    yield database_of(postgres_url, name)
    run_sql(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind in turn."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))
