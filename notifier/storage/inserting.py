"""Inserting a row that may be there already: one statement, so that two at once never collide."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

from notifier.storage.together import table_of


def insert_unless_there(session: Session, model: type[DeclarativeBase], values: Mapping[str, Any]) -> bool:
    """Insert the row unless a unique key of it is taken; whether it was inserted. Its primary key is one column."""
    build = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    (key,) = table_of(model).primary_key.columns
    session.flush()
    inserted = session.execute(build(model).values(values).on_conflict_do_nothing().returning(key))
    return inserted.scalar() is not None
