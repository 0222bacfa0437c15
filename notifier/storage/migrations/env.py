"""Alembic's environment: runs on the connection it is handed, in one transaction, in batch mode on SQLite."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Enum

from notifier.storage.columns import Sealed, UtcDateTime
from notifier.storage.models import Base


def _plain_type(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Migrations name plain types: they must not change when our own column types do."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Sealed):
        return "sa.LargeBinary()"
    return f"sa.String(length={item.length})" if isinstance(item, Enum) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_plain_type,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
