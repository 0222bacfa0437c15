"""Taking turns over something that has no row to lock: until the transaction ends, others who want the same wait."""

from collections.abc import Iterable

from sqlalchemy import ARRAY, Integer, bindparam, func, select
from sqlalchemy.orm import Session

_SPACE = 0x7E10  # the first half of an advisory lock's key: apart from any other use of such locks
_KEYS = select(func.unnest(bindparam("keys", type_=ARRAY(Integer))).label("key")).order_by("key").subquery()
# In one order for everybody, so that two transactions never wait for each other.
_TAKE = select(func.pg_advisory_xact_lock(_SPACE, _KEYS.c.key))


def take_turns(session: Session, hashes: Iterable[str]) -> None:
    """Wait until nobody else holds any of these (hexadecimal) hashes. On SQLite writers wait for each other anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return
    keys = sorted({int(one[:7], 16) for one in hashes})
    if keys:
        session.connection().execute(_TAKE, {"keys": keys})
