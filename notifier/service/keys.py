"""API keys: made, shown once, found again by their hash."""

import secrets
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from notifier.domain.errors import Invalid, NotFound
from notifier.domain.permissions import Principal, Role
from notifier.service.context import Context
from notifier.service.names import require_free_name
from notifier.storage.models import ApiKey, Staff
from notifier.storage.together import table_of

# The prefix lets secret scanners and people recognise a key for what it is.
_PREFIX = "hkn_"
_ENTROPY = 32  # bytes; with so much chance in it a plain hash is enough (no dictionary to try)
_KEYS = table_of(ApiKey)
# Built once: every request asks for it.
_BY_HASH = select(_KEYS.c.id, _KEYS.c.name, _KEYS.c.role).where(
    _KEYS.c.key_hash == bindparam("of_hash"), _KEYS.c.revoked_at.is_(None)
)


def create_key(ctx: Context, role: Role, name: str) -> str:
    """A new key; only its hash is stored, so this is the one time it can be read. Raises Invalid on its name.

    Several keys may share a name, as while one takes over from another; but none is called as a person is.
    """
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise Invalid.one("name", "must be 1 to 80 printable characters.", "Give the key a name people recognise.")
    key = _PREFIX + secrets.token_urlsafe(_ENTROPY)
    with ctx.database.begin() as session:
        require_free_name(session, name, Staff)
        session.add(ApiKey(name=name.strip(), role=role, key_hash=_hash(key), created_at=ctx.clock.wall()))
    return key


def find_principal(connection: Connection, key: str) -> Principal | None:
    """Whose key this is, or None; a revoked key is nobody's."""
    row = connection.execute(_BY_HASH, {"of_hash": _hash(key)}).one_or_none()
    return Principal(row.name, row.role, str(row.id)) if row else None


def revoke_key(ctx: Context, key_id: UUID) -> None:
    """The key opens nothing from now on. Raises NotFound."""
    with ctx.database.begin() as session:
        revoked = session.execute(
            update(ApiKey)
            .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
            .values(revoked_at=ctx.clock.wall())
            .returning(ApiKey.id)
        ).scalar()
        if revoked is None:
            raise NotFound("There is no such key in force.")


def list_keys(ctx: Context) -> list[ApiKey]:
    """Every key, without the keys themselves."""
    with ctx.database.read() as session:
        return list(session.scalars(select(ApiKey).order_by(ApiKey.id)))


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()
