"""Sites for the tests of the web: one for each test, and one that all tests of a module share."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.web.refusals import Refusals
from tests.web.site import Site, open_site


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """A site on each kind of database."""
    with open_site(database_url) as site:
        yield site


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for tests that change nothing, or mind their own queries alone: a hundred databases take time."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        with open_site(_sqlite_copy(template, tmp_path_factory.mktemp("shared"))) as site:
            yield site
        return
    server = request.getfixturevalue("postgres_url")
    name = f"shared_{uuid4().hex}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('postgres_template')}")
    with open_site(make_url(server).set(database=name).render_as_string(hide_password=False)) as site:
        yield site
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def refusals(shared: Site) -> Refusals:
    """What a refusal must look like, and that it left every row as it was."""
    return Refusals(shared)


def _sqlite_copy(template: Path, folder: Path) -> str:
    return f"sqlite:///{shutil.copy(template, folder / 'shared.db')}"


def _run(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
