"""A rule of the test schema: no change of state without its history row. Both databases refuse one."""

from sqlalchemy import Engine

_SQLITE = """
CREATE TRIGGER state_needs_history BEFORE UPDATE OF state ON queries
WHEN NEW.state <> OLD.state AND NOT EXISTS (
    SELECT 1 FROM history WHERE query_id = NEW.id AND seq = NEW.history_seq AND to_state = NEW.state)
BEGIN SELECT RAISE(ABORT, 'state changed without history'); END
"""

_POSTGRES = """
CREATE FUNCTION state_needs_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM history WHERE query_id = NEW.id AND seq = NEW.history_seq AND to_state = NEW.state
    ) THEN
        RAISE EXCEPTION 'state changed without history';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER state_needs_history BEFORE UPDATE OF state ON queries
FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION state_needs_history()
"""


def install(engine: Engine) -> None:
    """Add the rule."""
    with engine.begin() as connection:
        connection.exec_driver_sql(_SQLITE if engine.dialect.name == "sqlite" else _POSTGRES)
