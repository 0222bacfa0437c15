"""Every row of every table as it lies in the database: what a refused request must leave as it was."""

from typing import Any

from sqlalchemy import text

from notifier.service.context import Context
from notifier.storage.models import Base


def all_rows(ctx: Context) -> dict[str, list[Any]]:
    """The rows, sealed as they are."""
    with ctx.database.engine.connect() as connection:
        return {
            table.name: sorted(tuple(map(repr, row)) for row in connection.execute(text(f"SELECT * FROM {table.name}")))
            for table in Base.metadata.sorted_tables
        }


def changed_tables(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> list[str]:
    """Names of the tables whose rows differ."""
    return [name for name, rows in before.items() if rows != after[name]]
