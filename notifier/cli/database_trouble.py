"""What to say when the database failed: its own words may hold what the rows hold, and name no way out."""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

_SETTING = "NOTIFIER_DATABASE_URL"
# PostgreSQL by its states, SQLite, which has none, by its words.
_NOT_THERE = ("42P01", "42703", "no such table", "no such column", "has no column named")
_HELD = ("55P03", "database is locked")


def tell(failure: SQLAlchemyError) -> str:
    """One sentence: what is the matter, and how to mend it."""
    kind = type(failure).__name__
    if _is(failure, _NOT_THERE):
        return f"{_SETTING}: the database lacks our newest tables: run `notifier migrate`."
    if _is(failure, _HELD):
        return f"{_SETTING}: another process holds the database: try again when it is done."
    if isinstance(failure, OperationalError | InterfaceError):
        return f"{_SETTING}: the database cannot be reached ({kind}): start it, or mend the address."
    return f"{_SETTING}: the database failed ({kind}): see `notifier doctor`."


def _is(failure: SQLAlchemyError, signs: tuple[str, ...]) -> bool:
    if not isinstance(failure, DBAPIError):
        return False
    state = getattr(failure.orig, "sqlstate", None)
    return state in signs if state else any(sign in str(failure.orig) for sign in signs)
