"""How many texts a phone has had lately, over all queries and kinds: what the fatigue cap counts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
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
    waits = Text.state.in_((*_ON_THEIR_WAY, TextState.QUEUED) if queued else _ON_THEIR_WAY)
    handed = Text.handed_over_at
    in_hour, in_day = (or_(waits, handed > at - period) for period in (HOUR, DAY))
    counted = (
        select(
            Text.recipient_hash,
            func.count().filter(in_day).label("day"),
            func.count().label("week"),
            func.min(handed).filter(handed > at - DAY).label("day_since"),
            func.min(handed).label("week_since"),
            func.count().filter(in_hour).label("hour"),
            func.min(handed).filter(handed > at - HOUR).label("hour_since"),
        )
        .where(Text.recipient_hash.in_(phone_hashes), Text.id.not_in(but), or_(waits, handed_since(at)))
        .group_by(Text.recipient_hash)
    )
    return {
        row.recipient_hash: Load(row.day, row.week, row.day_since, row.week_since, row.hour, row.hour_since)
        for row in session.execute(counted)
    }


def load_of(session: Session, phone_hash: str, at: datetime) -> Load:
    """The same for one phone, with what waits for it."""
    return loads(session, (phone_hash,), at, queued=True).get(phone_hash, Load())


def handed_since(at: datetime) -> ColumnElement[bool]:
    """Whether the carrier was handed a text in the week before, and no override of staff's came after it."""
    handed = Text.handed_over_at
    forgiven = exists().where(
        NumberOverride.phone_hash == Text.recipient_hash,
        NumberOverride.query_id.is_(None),
        NumberOverride.made_at >= handed,
    )
    return and_(Text.state == TextState.HANDED_OVER, handed > at - WEEK, ~forgiven)
