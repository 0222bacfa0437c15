"""A database that fails is told by what would mend it: start it, migrate it, or wait."""

import os
import sqlite3
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from notifier.cli import app
from tests.conftest import database_of, run_sql

NOBODY = "127.0.0.1:1"
AWAY = "the database cannot be reached (OperationalError): start it, or mend the address."
NO_TABLES = "the database lacks our newest tables: run `notifier migrate`."
HELD = "another process holds the database: try again when it is done."


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("NOTIFIER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NOTIFIER_DATA_DIR", str(tmp_path / "data"))


def shell(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def check_told(result: Result, sentence: str) -> None:
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"NOTIFIER_DATABASE_URL: {sentence}\n"


@pytest.mark.parametrize("command", [("migrate",), ("keys", "list"), ("resume",)])
def test_a_server_that_is_away_is_not_to_be_migrated(monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.setenv("NOTIFIER_DATABASE_URL", f"postgresql://notifier@{NOBODY}/notifier")
    check_told(shell(*command), AWAY)


def test_a_file_that_cannot_be_opened_is_away_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NOTIFIER_DATABASE_URL", f"sqlite:///{tmp_path}/no/folder/notifier.db")
    check_told(shell("migrate"), AWAY)


def test_a_new_sqlite_file_is_to_be_migrated() -> None:
    check_told(shell("keys", "list"), NO_TABLES)
    assert shell("migrate").exit_code == 0
    assert shell("keys", "list").exit_code == 0


def test_a_new_postgres_database_is_to_be_migrated(monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    """Also one from before a column of ours."""
    run_sql(postgres_url, "CREATE DATABASE without_tables")
    url = database_of(postgres_url, "without_tables")
    monkeypatch.setenv("NOTIFIER_DATABASE_URL", url)
    try:
        check_told(shell("keys", "list"), NO_TABLES)
        assert shell("migrate").exit_code == 0
        run_sql(url, "ALTER TABLE api_keys DROP COLUMN revoked_at")
        check_told(shell("keys", "list"), NO_TABLES)
    finally:
        run_sql(postgres_url, "DROP DATABASE without_tables WITH (FORCE)")


def test_a_database_that_somebody_holds_is_to_be_waited_for(
    monkeypatch: pytest.MonkeyPatch, postgres_database_url: str
) -> None:
    monkeypatch.setenv("NOTIFIER_DATABASE_URL", postgres_database_url + "?options=-c%20lock_timeout%3D100")
    engine = create_engine(postgres_database_url)
    with engine.connect() as holder:
        holder.execute(text("LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE"))
        check_told(shell("keys", "list"), HELD)
    engine.dispose()


def test_no_sentence_repeats_what_the_database_says() -> None:
    """Its words hold statements, and those hold what the rows hold."""
    folder = Path(os.environ["NOTIFIER_DATA_DIR"])
    assert shell("migrate").exit_code == 0
    with sqlite3.connect(folder / "notifier.db") as connection:
        connection.execute("ALTER TABLE api_keys RENAME COLUMN name TO other_name")
    connection.close()
    result = shell("keys", "create", "--role", "liaison", "--name", "a person")
    check_told(result, NO_TABLES)
