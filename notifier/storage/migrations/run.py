"""Applying and checking migrations, without an alembic.ini."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text

# Any constant of our own: two migrations at once on PostgreSQL wait for each other under this key.
_LOCK = 4_021_292_122_220


def config() -> Config:
    """Alembic's configuration, pointing at this folder."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    return made


def migrate(url: str) -> None:
    """Bring the database to the newest schema; safe to call from several processes at once."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                _migrate_locked(connection)
            else:
                _migrate_sqlite(connection)
    finally:
        engine.dispose()


def _migrate_locked(connection: Connection) -> None:
    connection.execute(text("SET lock_timeout = '10s'"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
    connection.commit()
    try:
        _upgrade(connection)
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
        connection.commit()


def _migrate_sqlite(connection: Connection) -> None:
    if is_current(connection.engine):
        return
    connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
    connection.rollback()
    connection.connection.dbapi_connection.isolation_level = None  # type: ignore[union-attr]  # sqlite3's own attribute
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    made = config()
    made.attributes["connection"] = connection
    command.upgrade(made, "head")
    connection.commit()


def is_current(engine: Engine) -> bool:
    """Whether the database stands at the newest migration."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
