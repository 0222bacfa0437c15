"""Which of our numbers a text comes from: one thread for a query, and one for each open query of a phone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, SQLColumnExpression, and_, select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import State
from notifier.domain.types import SenderMode
from notifier.service.context import Context
from notifier.storage.models import Query, Text

_TextRow = Row[*tuple[Any, ...]]
_DIGITS = 8  # of a phone's hash (hexadecimal) that say where in the pool its place is


def sender_ids(session: Session, ctx: Context, rows: Sequence[_TextRow]) -> dict[UUID, str]:
    """By text: the number its query has spoken from, else one that no other open query of this phone speaks from.

    Where the pool is too small, and under a name, everything comes from the phone's own place in the pool.
    """
    pool = ctx.sending.sender_ids
    if len(pool) == 1 or ctx.catalogue.voice.mode is SenderMode.NOTICE:
        return {row.id: _home(pool, row.recipient_hash) for row in rows}
    spoken, busy = _threads(session, {row.recipient_hash for row in rows})
    chosen: dict[UUID, str] = {}
    for row in rows:
        phone = row.recipient_hash
        number = row.thread or spoken.get((row.query_id, phone))
        if number not in pool:
            number = _free(pool, phone, busy[phone])
        spoken[row.query_id, phone] = chosen[row.id] = number
        busy[phone].add(number)
    return chosen


def _threads(session: Session, phones: Iterable[str]) -> tuple[dict[tuple[UUID, str], str], dict[str, set[str]]]:
    """The number each query speaks from to a phone, and the numbers that open queries speak from."""
    spoken: dict[tuple[UUID, str], str] = {}
    busy: dict[str, set[str]] = defaultdict(set)
    for row in session.execute(
        select(Text.query_id, Text.recipient_hash, Text.sender_id, Query.state)
        .join(Query, Query.id == Text.query_id)
        .where(Text.recipient_hash.in_(phones), Text.sender_id.is_not(None), Text.ask_back_id.is_(None))
        .order_by(Text.id)
    ):
        spoken[row.query_id, row.recipient_hash] = row.sender_id
        if row.state is not State.CLOSED:
            busy[row.recipient_hash].add(row.sender_id)
    return spoken, busy


def _free(pool: Sequence[str], phone: str, busy: set[str]) -> str:
    home = pool.index(_home(pool, phone))
    turns = (*pool[home:], *pool[:home])
    return next((number for number in turns if number not in busy), turns[0])


def _home(pool: Sequence[str], phone: str) -> str:
    """Each number has an equal range of hashes, which a statement can ask for too."""
    return pool[int(phone[:_DIGITS], 16) * len(pool) >> 4 * _DIGITS]


def home_range(phone_hash: SQLColumnExpression[str], place: int, size: int) -> ColumnElement[bool]:
    """Whether a phone's own place in a pool of `size` numbers is this one."""
    first, end = (-((-bound << 4 * _DIGITS) // size) for bound in (place, place + 1))
    begins = phone_hash >= f"{first:0{_DIGITS}x}"
    return and_(begins, phone_hash < f"{end:0{_DIGITS}x}") if place + 1 < size else begins
