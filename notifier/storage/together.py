"""Writes that belong together: one statement and one round trip on PostgreSQL, one after the other on SQLite."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Insert, Table, Update, bindparam, func, insert, literal_column, select
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.visitors import iterate

from notifier.domain.errors import Stale

Insertion = tuple[Table, Mapping[str, Any]]

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
    for group in _groups([(table, _defaults(table) | dict(row)) for table, row in rows]):
        values = {f"row{place}_{name}": row[name] for place, (_, row) in enumerate(group) for name in row}
        _inserts(tuple((table, tuple(row)) for table, row in group)).execute(connection, values)


def _defaults(table: Table) -> dict[str, Any]:
    """SQLAlchemy fills them in only where a statement inserts into one table."""
    return {name: default.arg if default.is_scalar else default.arg(None) for name, default in _defaulted(table)}


@lru_cache
def _defaulted(table: Table) -> list[tuple[str, Any]]:
    return [(column.name, column.default) for column in table.c if column.default is not None]


def _groups(rows: Sequence[Insertion]) -> Iterator[list[Insertion]]:
    group: list[Insertion] = []
    for insertion in rows:
        if group and sum(len(row) for _, row in (*group, insertion)) > _MOST_VALUES:
            yield group
            group = []
        group.append(insertion)
    if group:
        yield group


@lru_cache(maxsize=256)
def _inserts(shapes: tuple[tuple[Table, tuple[str, ...]], ...]) -> Together:
    return Together(
        *(
            insert(table).values({name: bindparam(f"row{place}_{name}") for name in names})
            for place, (table, names) in enumerate(shapes)
        )
    )


def table_of(model: type[DeclarativeBase]) -> Table:
    """The table of a model, for statements that know nothing of sessions."""
    return cast(Table, model.__table__)


def _names(write: Insert | Update) -> list[str]:
    return [part.key for part in iterate(write) if isinstance(part, BindParameter) and part.required]
