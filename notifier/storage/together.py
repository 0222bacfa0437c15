"""Writes that belong together: one statement and one round trip on PostgreSQL, one after the other on SQLite."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Insert,
    Table,
    Update,
    bindparam,
    false,
    func,
    insert,
    literal_column,
    select,
    true,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.visitors import iterate

from notifier.domain.errors import Stale

Insertion = tuple[Table, Mapping[str, Any]]
Shape = tuple[Table, tuple[tuple[str, str], ...]]  # a table, and its columns with the names of their bound values

_MOST_VALUES = 50  # psycopg reads a statement with more of them anew each time


class Together:
    """Inserts and updates of bound values, each of exactly one row. Built once: building costs more than running.

    All of them see the rows as they were before, so none may build on what another one writes. No name of a bound
    value may be the name of a column.
    """

    def __init__(self, *writes: Insert | Update) -> None:
        self._writes = [(write, _names(write)) for write in writes]
        parts = [write.returning(literal_column("1")).cte(f"write_{place}") for place, write in enumerate(writes)]
        self._at_once = select(*(select(func.count()).select_from(part).scalar_subquery() for part in parts))

    def execute(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Write them all, within the caller's transaction. Raises Stale when one of them found no row."""
        if connection.dialect.name == "postgresql":
            written = tuple(connection.execute(self._at_once, values).one())
        else:
            written = tuple(
                connection.execute(write, {name: values[name] for name in names}).rowcount
                for write, names in self._writes
            )
        if any(count != 1 for count in written):
            raise Stale("What was to be changed has moved on meanwhile.")


def insert_together(connection: Connection, rows: Sequence[Insertion]) -> None:
    """Insert rows of several tables, with their columns' defaults; one may refer to another that stands before it."""
    _insert(connection, [(table, _given(table, row)) for table, row in rows])


def _insert(connection: Connection, rows: Sequence[Insertion]) -> None:
    shapes, values = _bound(rows)
    if len(values) <= _MOST_VALUES or len(rows) == 1:
        _inserts(shapes).execute(connection, values)
        return
    half = len(rows) // 2
    _insert(connection, rows[:half])
    _insert(connection, rows[half:])


def _given(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """What has to be said of a row: what is nothing is left out, and what a default computes is filled in.

    SQLAlchemy does so itself only where a statement inserts into one table.
    """
    computed = {name: default.arg(None) for name, default in _defaulted(table) if not default.is_scalar}
    return computed | {name: value for name, value in row.items() if value is not None}


def _bound(group: Sequence[Insertion]) -> tuple[tuple[Shape, ...], dict[str, Any]]:
    """Each row's columns with their bound values' names, and these values: an id in several rows is bound once."""
    ids: dict[UUID, str] = {}
    values: dict[str, Any] = {}
    shapes = []
    for place, (table, row) in enumerate(group):
        names = {
            column: ids.setdefault(value, f"id{len(ids)}") if isinstance(value, UUID) else f"row{place}_{column}"
            for column, value in row.items()
        }
        values |= {name: row[column] for column, name in names.items()}
        shapes.append((table, tuple(names.items())))
    return tuple(shapes), values


def update_each(connection: Connection, write: Update, rows: Sequence[Mapping[str, Any]]) -> None:
    """The same update of many rows, each of exactly one row with values of its own, in one round trip.

    Raises Stale when one of them found no row.
    """
    if rows and connection.execute(write, rows).rowcount != len(rows):
        raise Stale("What was to be changed has moved on meanwhile.")


@lru_cache
def _defaulted(table: Table) -> list[tuple[str, Any]]:
    return [(column.name, column.default) for column in table.c if column.default is not None]


@lru_cache(maxsize=256)
def _inserts(shapes: tuple[Shape, ...]) -> Together:
    return Together(
        *(
            insert(table).values(_constants(table) | {column: bindparam(name) for column, name in names})
            for table, names in shapes
        )
    )


def _constants(table: Table) -> dict[str, ColumnElement[Any]]:
    """The columns' fixed defaults, as words of the statement: bound ones would count among its values."""
    return {name: _constant(default.arg) for name, default in _defaulted(table) if default.is_scalar}


def _constant(value: bool | int | StrEnum) -> ColumnElement[Any]:
    if isinstance(value, bool):
        return true() if value else false()
    return literal_column(str(value) if isinstance(value, int) else f"'{value}'")


def table_of(model: type[DeclarativeBase]) -> Table:
    """The table of a model, for statements that know nothing of sessions."""
    return cast(Table, model.__table__)


def _names(write: Insert | Update) -> list[str]:
    return [part.key for part in iterate(write) if isinstance(part, BindParameter) and part.required]
