"""Units of work: what commits, what is rolled back, who waits for whom, and when a wake goes out."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from notifier.storage.database import Database, Wake, open_database, wake_after_commit
from notifier.storage.models import ItemEvent
from tests.contexts import KEYRING

NOW = datetime(2026, 11, 25, 8, 30, 15, 123456, tzinfo=UTC)


def event(at: datetime = NOW) -> ItemEvent:
    return ItemEvent(item_id="RR123456785HK", event="do_not_load", actor="customs", at=at)


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count(ItemEvent.id))) or 0


@pytest.fixture
def woken() -> list[tuple[Wake, int]]:
    """Wakes in their order, each with how many rows its receiver could see."""
    return []


@pytest.fixture
def database(database_url: str, woken: list[tuple[Wake, int]]) -> Iterator[Database]:
    """Each database in turn; whoever is woken looks at once."""
    made = open_database(database_url, KEYRING, lambda wake: woken.append((wake, count(made))))
    yield made
    made.dispose()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """SQLite."""
    made = open_database(sqlite_url, KEYRING)
    yield made
    made.dispose()


def test_a_wake_goes_out_after_the_commit_and_once(database: Database, woken: list[tuple[Wake, int]]) -> None:
    with database.begin() as session:
        session.add(event())
        session.flush()
        for wake in (Wake.SEND, Wake.SEND, Wake.WEBHOOKS):
            wake_after_commit(session, wake)
        assert woken == []
    assert sorted(woken) == [(Wake.SEND, 1), (Wake.WEBHOOKS, 1)], "whoever is woken sees the row"


def test_nothing_wakes_nobody(database: Database, woken: list[tuple[Wake, int]]) -> None:
    with database.begin() as session:
        session.add(event())
    assert woken == []


class _PowerCut(Exception):
    """What ends a unit of work in the middle."""


def test_what_is_rolled_back_wakes_nobody_and_leaves_nothing(database: Database, woken: list[tuple[Wake, int]]) -> None:
    def cut_short() -> None:
        with database.begin() as session:
            session.add(event())
            session.flush()
            wake_after_commit(session, Wake.SEND)
            raise _PowerCut

    with pytest.raises(_PowerCut):
        cut_short()
    assert (woken, count(database)) == ([], 0)
    with database.begin() as session:
        session.add(event())
    assert woken == [], "a wake asked for in vain does not linger"


def test_a_commit_that_fails_wakes_nobody(database: Database, woken: list[tuple[Wake, int]]) -> None:
    def wrong_at_the_end() -> None:
        with database.begin() as session:
            wake_after_commit(session, Wake.SEND)
            session.add(event(NOW.replace(tzinfo=None)))

    with pytest.raises(StatementError, match="A naive datetime may not be stored"):
        wrong_at_the_end()
    assert (woken, count(database)) == ([], 0)


def test_a_reading_unit_keeps_nothing(database: Database) -> None:
    with database.read() as session:
        session.add(event())
        session.flush()
    assert count(database) == 0


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))])
def test_an_instant_comes_back_aware_in_utc_to_the_microsecond(database: Database, zone: timezone) -> None:
    with database.begin() as session:
        session.add(event(NOW.astimezone(zone)))
    with database.read() as session:
        kept = session.scalars(select(ItemEvent.at)).one()
        assert session.scalar(select(ItemEvent.id).where(ItemEvent.at <= NOW.astimezone(zone))) is not None
        assert session.scalar(select(ItemEvent.id).where(ItemEvent.at < NOW.astimezone(zone))) is None
    assert (kept, kept.tzinfo) == (NOW, UTC)


def test_a_naive_time_is_refused_also_in_a_question(database: Database) -> None:
    with database.read() as session, pytest.raises(StatementError, match="A naive datetime may not be stored"):
        session.scalars(select(ItemEvent).where(ItemEvent.at > NOW.replace(tzinfo=None))).all()


def test_rows_written_at_once_by_many_threads_are_all_there(database: Database) -> None:
    def write() -> None:
        for _ in range(10):
            with database.begin() as session:
                before = session.scalar(select(func.count(ItemEvent.id)))
                assert before is not None
                session.add(event())

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(database) == 80


# --- SQLite ---


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("busy_timeout", 30_000), ("foreign_keys", 1), ("synchronous", 1)],
)
def test_every_connection_to_sqlite_is_prepared(sqlite: Database, pragma: str, value: str | int) -> None:
    with sqlite.read() as first, sqlite.read() as second:
        for session in (first, second):
            assert session.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_a_writing_unit_takes_the_write_lock_before_it_writes(sqlite: Database, sqlite_url: str) -> None:
    """BEGIN IMMEDIATE: a unit that reads first and writes later can never find that it lost."""
    outsider = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)
    with sqlite.begin() as session:
        session.scalar(select(func.count(ItemEvent.id)))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            outsider.execute("BEGIN IMMEDIATE")
    outsider.execute("BEGIN IMMEDIATE")
    outsider.close()


def test_a_reading_unit_takes_no_lock_and_sees_no_half_written_rows(sqlite: Database, sqlite_url: str) -> None:
    with sqlite.begin() as writing:
        writing.add(event())
        writing.flush()
        assert count(sqlite) == 0
    with sqlite.read() as reading:
        reading.scalar(select(func.count(ItemEvent.id)))
        with sqlite.begin() as writing:
            writing.add(event())
    assert count(sqlite) == 2


def test_a_writer_waits_for_another_instead_of_failing(sqlite: Database) -> None:
    inside, done = threading.Event(), threading.Event()

    def second() -> None:
        inside.wait()
        with sqlite.begin() as session:
            session.add(event())
        done.set()

    thread = threading.Thread(target=second)
    thread.start()
    with sqlite.begin() as session:
        session.add(event())
        session.flush()
        inside.set()
        assert not done.wait(0.2)
    thread.join(timeout=10)
    assert done.is_set()
    assert count(sqlite) == 2


# --- PostgreSQL ---


def test_postgresql_runs_in_utc_and_never_waits_for_ever(postgres_database_url: str) -> None:
    database = open_database(postgres_database_url, KEYRING)
    with database.read() as session:
        shown = [session.execute(text(f"SHOW {name}")).scalar() for name in ("timezone", "lock_timeout")]
        assert shown == ["UTC", "10s"]
        assert session.execute(text("SHOW statement_timeout")).scalar() == "1min"
        # Whoever is frozen in the middle of a transaction does not keep its locks for ever.
        assert session.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "1min"
        assert session.execute(text("SHOW tcp_keepalives_idle")).scalar() == "30"
    database.dispose()


def test_parameters_stay_out_of_error_messages(database: Database) -> None:
    """They would put a number or a body into a log."""
    with database.read() as session, pytest.raises(DBAPIError, match="no_such_table") as failure:
        session.execute(text("SELECT :secret FROM no_such_table"), {"secret": "91234567"})
    assert "91234567" not in str(failure.value)
