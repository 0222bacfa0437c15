"""How many texts a phone has had lately, over all queries and kinds: what the fatigue cap counts."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from notifier.domain.number_health import DAY, HOUR, WEEK, Load
from notifier.storage.models import NumberOverride, Text
from notifier.storage.models.texts import TextState

# With the carrier soon, perhaps already.
_ON_THEIR_WAY = (TextState.CLAIMED, TextState.POSTING, TextState.UNKNOWN)


def loads(
    session: Session, phone_hashes: Collection[str], at: datetime, *, but: Collection[UUID] = (), queued: bool = False
) -> dict[str, Load]:
    """By phone, what it was texted in the hour, day and week before business time `at`; without texts it is missing.

    What the carrier was handed counts, delivered or not: networks count it too; and so does what may be on its way.
    `but`: texts that do not count. `queued`: whether what still waits for its time counts as well. Staff's override of
    the number's health begins a new count.
    """
    session.flush()
    since = {"an_hour_ago": at - HOUR, "a_day_ago": at - DAY, "a_week_ago": at - WEEK}
    counted = session.connection().execute(
        _WITH_QUEUED if queued else _ON_THEIR_WAY_OR_THERE,
        {"of_phones": list(phone_hashes), "but": list(but)} | since,
    )
    return {
        row.recipient_hash: Load(row.day, row.week, row.day_since, row.week_since, row.hour, row.hour_since)
        for row in counted
    }


def load_of(session: Session, phone_hash: str, at: datetime) -> Load:
    """The same for one phone, with what waits for it."""
    return loads(session, (phone_hash,), at, queued=True).get(phone_hash, Load())


def _handed() -> ColumnElement[bool]:
    """Whether the carrier was handed a text in the week before, and no override of staff's came after it."""
    handed = Text.handed_over_at
    forgiven = exists().where(
        NumberOverride.phone_hash == Text.recipient_hash,
        NumberOverride.query_id.is_(None),
        NumberOverride.made_at >= handed,
    )
    return and_(Text.state == TextState.HANDED_OVER, handed > bindparam("a_week_ago"), ~forgiven)


def _counted(*waiting: TextState) -> Select[*tuple[Any, ...]]:
    waits, handed = Text.state.in_(waiting), Text.handed_over_at
    in_day, in_hour = handed > bindparam("a_day_ago"), handed > bindparam("an_hour_ago")
    return (
        select(
            Text.recipient_hash,
            func.count().filter(or_(waits, in_day)).label("day"),
            func.count().label("week"),
            func.min(handed).filter(in_day).label("day_since"),
            func.min(handed).label("week_since"),
            func.count().filter(or_(waits, in_hour)).label("hour"),
            func.min(handed).filter(in_hour).label("hour_since"),
        )
        .where(
            Text.recipient_hash.in_(bindparam("of_phones", expanding=True)),
            Text.id.not_in(bindparam("but", expanding=True)),
            or_(waits, _handed()),
        )
        .group_by(Text.recipient_hash)
    )


# Built once: putting a statement together costs more than running it.
_ON_THEIR_WAY_OR_THERE = _counted(*_ON_THEIR_WAY)
_WITH_QUEUED = _counted(*_ON_THEIR_WAY, TextState.QUEUED)
