"""What every test shares: fresh databases of both kinds, brokers of both kinds, and a network that ends at loopback."""

import itertools
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import create_engine, text

from notifier.service import firing, signing_in, staff
from notifier.storage.migrations.run import migrate
from tests.fakes import FakeCarrier
from tests.journeys.world import World
from tests.servers import postgres, redis
from tests.storage.history_trigger import install

# Fast rooms first, so that what is simply broken shows at once.
_ORDER = (
    "house",
    "domain",
    "settings",
    "storage",
    "carriers",
    "sandbox",
    "service",
    "web",
    "runtime",
    "workers",
    "cli",
)
_NUMBERS = itertools.count(1)
_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order by folder; within a folder the order stays random."""

    def place(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return _ORDER.index(folder) if folder in _ORDER else len(_ORDER) + (folder == "drills")

    items.sort(key=place)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine too, a pass of the sweep gets through what a test has for it."""
    monkeypatch.setattr(firing, "AT_A_TIME", 600.0)


@pytest.fixture(autouse=True, scope="session")
def _closed_network() -> Iterator[None]:
    """A test that reaches for anything but loopback fails."""
    open_connect = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(_LOOPBACK):
            raise AssertionError("A test reached for the network.")
        open_connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture(autouse=True, scope="session")
def _cheap_passwords() -> Iterator[None]:
    """The product's own kind of hash, at the least it may cost: hundreds of people sign in here."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staff, "PASSWORDS", cheap)
        patch.setattr(signing_in, "PASSWORDS", cheap)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server. It need not outlive a power cut: each test makes a database, which is mostly fsync."""
    with postgres() as url:
        run_sql(url, "ALTER SYSTEM SET fsync = off")
        run_sql(url, "SELECT pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real server that speaks Redis."""
    with redis() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    name = f"template_{next(_NUMBERS)}"
    run_sql(postgres_url, f"CREATE DATABASE {name}")
    _prepare(database_of(postgres_url, name))
    return name


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    path = tmp_path / "test.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def _administrator(postgres_url: str) -> "Iterator[psycopg.Connection[Any]]":
    """One line to the server for whoever makes and drops databases: thousands of tests do."""
    with psycopg.connect(postgres_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        yield connection


@pytest.fixture
def postgres_database_url(
    postgres_url: str, postgres_template: str, _administrator: "psycopg.Connection[Any]"
) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    name = f"test_{next(_NUMBERS)}"
    _administrator.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template} STRATEGY FILE_COPY".encode())
    yield database_of(postgres_url, name)
    _administrator.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database of each kind in turn."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_database_url"
    return str(request.getfixturevalue(name))


@pytest.fixture(params=["sqlite+memory", "postgres+redis"])
def stack(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A database and a broker: the pair of a laptop, and the pair of a deployment."""
    if request.param == "sqlite+memory":
        return str(request.getfixturevalue("sqlite_url")), "memory://"
    broker = f"{request.getfixturevalue('redis_url')}/0"
    flush(broker)
    return str(request.getfixturevalue("postgres_database_url")), broker


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A small world on each database; see tests/journeys/world.py."""
    with _small_world(database_url) as world:
        yield world


@pytest.fixture
def postgres_world(postgres_database_url: str) -> Iterator[World]:
    """On PostgreSQL alone: SQLite lets one writer in at a time."""
    with _small_world(postgres_database_url) as world:
        yield world


@contextmanager
def _small_world(url: str) -> Iterator[World]:
    from tests.contexts import make_context

    carrier = FakeCarrier()
    ctx = make_context(url, carrier=carrier)
    yield World(ctx, carrier)
    ctx.database.dispose()


def flush(broker: str) -> None:
    """Empty a broker between tests."""
    import redis as client

    connection = client.Redis.from_url(broker)
    connection.flushall()
    connection.close()


def database_of(url: str, name: str) -> str:
    """The address of another database on the same server."""
    head, _, _ = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}"


def run_sql(url: str, statement: str) -> None:
    """One statement outside any transaction."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _prepare(url: str) -> None:
    migrate(url)
    engine = create_engine(url)
    install(engine)
    engine.dispose()
