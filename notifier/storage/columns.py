"""Column types of our own: sealed text, aware UTC instants, closed sets of words."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import DateTime, Dialect, Enum, LargeBinary
from sqlalchemy.types import TypeDecorator

from notifier.storage.sealing import Keyring

_KEYRING = "notifier_keyring"


def hang_keyring(dialect: Dialect, keyring: Keyring) -> None:
    """Give an engine the keys its Sealed columns need; no key is ever global."""
    setattr(dialect, _KEYRING, keyring)


def _keyring(dialect: Dialect) -> Keyring:
    ring = getattr(dialect, _KEYRING, None)
    if not isinstance(ring, Keyring):
        raise TypeError("This engine has no keyring: open it through notifier.storage.database.open_database.")
    return ring


class Sealed(TypeDecorator[str]):
    """Text that is stored encrypted. `context` names the column inside the ciphertext."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str = "") -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Seal."""
        return None if value is None else _keyring(dialect).seal(value, self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Open."""
        return None if value is None else _keyring(dialect).open(bytes(value), self.context)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant. SQLite keeps no zone, so UTC is written without one and read back with it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses naive values: a naive time is a bug, not a time in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A naive datetime may not be stored.")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words(members: type[StrEnum]) -> Enum:
    """A column that holds one word of a closed set, as plain text: old code can still read newer rows."""
    return Enum(
        members,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda enum: [member.value for member in enum],
    )
