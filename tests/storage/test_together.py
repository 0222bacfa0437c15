"""Writes that belong together: all of them or none, with defaults, in any number, the same on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import bindparam, event, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from notifier.domain.errors import Stale
from notifier.storage.database import Database, open_database
from notifier.storage.models import ItemEvent, Switch
from notifier.storage.together import Together, insert_together, table_of
from tests.contexts import KEYRING

NOW = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
EVENTS, SWITCHES = table_of(ItemEvent), table_of(Switch)
NOTE_AND_TURN_OFF = Together(
    insert(EVENTS).values({column.name: bindparam(f"event_{column.name}") for column in EVENTS.c}),
    update(SWITCHES).where(SWITCHES.c.name == bindparam("of_switch")).values(off=True, actor=bindparam("event_actor")),
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Each database in turn, with one switch that is on."""
    made = open_database(database_url, KEYRING)
    with made.begin() as session:
        session.add(Switch(name="here", changed_at=NOW))
    yield made
    made.dispose()


def note(switch: str) -> dict[str, Any]:
    row = {"id": uuid4(), "item_id": "RR123456785HK", "event": "do_not_load", "actor": "customs", "at": NOW}
    return {f"event_{name}": value for name, value in row.items()} | {"of_switch": switch}


def items(*numbers: int) -> list[tuple[Any, dict[str, Any]]]:
    return [(EVENTS, {"item_id": f"I{number}", "event": "x", "actor": "customs", "at": NOW}) for number in numbers]


def noted(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count(ItemEvent.id))) or 0


def switch(database: Database) -> tuple[bool, str | None]:
    with database.read() as session:
        found = session.get_one(Switch, "here")
        return found.off, found.actor


def test_an_insert_and_an_update_are_both_made(database: Database) -> None:
    with database.begin() as session:
        NOTE_AND_TURN_OFF.execute(session.connection(), note("here"))
    assert noted(database) == 1
    assert switch(database) == (True, "customs")


def test_an_update_that_finds_no_row_leaves_nothing_of_the_others(database: Database) -> None:
    with pytest.raises(Stale), database.begin() as session:
        NOTE_AND_TURN_OFF.execute(session.connection(), note("elsewhere"))
    assert noted(database) == 0
    assert switch(database) == (False, None)


def test_rows_get_the_defaults_of_their_columns(database: Database) -> None:
    with database.begin() as session:
        insert_together(session.connection(), [*items(1), (SWITCHES, {"name": "there", "changed_at": NOW})])
    with database.read() as session:
        assert session.scalars(select(ItemEvent)).one().id.version == 7
        assert session.get_one(Switch, "there").off is False


def test_more_rows_than_one_statement_takes_are_all_inserted(database: Database) -> None:
    with database.begin() as session:
        insert_together(session.connection(), items(*range(50)))
    with database.read() as session:
        assert set(session.scalars(select(ItemEvent.item_id))) == {f"I{number}" for number in range(50)}


def test_a_row_that_is_there_already_takes_the_others_with_it(database: Database) -> None:
    again = (SWITCHES, {"name": "here", "changed_at": NOW})
    with pytest.raises(IntegrityError), database.begin() as session:
        insert_together(session.connection(), [*items(1), again])
    assert noted(database) == 0


def test_on_postgresql_it_is_one_round_trip(postgres_database_url: str) -> None:
    database = open_database(postgres_database_url, KEYRING)
    sent: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: sent.append(call[2]))
    with database.begin() as session:
        insert_together(session.connection(), [*items(1, 2), (SWITCHES, {"name": "there", "changed_at": NOW})])
    database.dispose()
    assert len(sent) == 1
