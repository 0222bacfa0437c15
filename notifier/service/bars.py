"""What is known of a phone and an item before a text is queued: the list, the phone's health, customs' stops.

Nearly every referral is about a phone and an item of which nothing is known: that takes one look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, cast
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Exists,
    Integer,
    SQLColumnExpression,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event, State
from notifier.domain.number_health import WEEK
from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason
from notifier.service.number_health import unhealthy
from notifier.storage.models import Handoff, ItemEvent, Query, Suppression, Text
from notifier.storage.models.people import SuppressionReason
from notifier.storage.together import table_of

# An item number may be used again after twelve months (UPU S10); until then a stop on it still speaks of this item.
_STOP_HOLDS = timedelta(days=365)
ITEM_STOPPED = Need(
    Team.STAFF,
    Reason.ITEM_STOPPED,
    "Customs said this item must not be loaded: decide whether to ask at all; asking again works only `anyway`.",
)
_SUPPRESSIONS, _ITEM_EVENTS, _TEXTS = table_of(Suppression), table_of(ItemEvent), table_of(Text)
_QUERIES, _HANDOFFS = table_of(Query), table_of(Handoff)
_NO_QUERY = UUID(int=0)
_ONE_OF_MANY = Need(
    Team.HOTLINE,
    Reason.MANY_QUERIES,
    "This sender has more items under question than texts can deal with: ask about this one in the joint call.",
)


def stopped(item_id: SQLColumnExpression[str], since: datetime | BindParameter[datetime]) -> Exists:
    """Whether customs said after `since` of this item that it must not be loaded."""
    return exists().where(
        _ITEM_EVENTS.c.item_id == item_id, _ITEM_EVENTS.c.event == Event.DO_NOT_LOAD, _ITEM_EVENTS.c.at > since
    )


# Another open query of this phone; at intake there is no row of its own yet.
_OTHERS = select(func.count()).where(
    _QUERIES.c.mobile_hash == bindparam("of_phone"),
    _QUERIES.c.state != State.CLOSED,
    _QUERIES.c.id != bindparam("of_query"),
)
_CAP = bindparam("least_cap", type_=Integer)
# A failure of the phone's own, whenever it was, weighs as much as a cap reached; what never left counts too.
_WEIGHT = select(func.coalesce(func.sum(case((_TEXTS.c.trouble.is_not(None), _CAP), else_=1)), 0)).where(
    _TEXTS.c.recipient_hash == bindparam("of_phone"),
    or_(
        _TEXTS.c.handed_over_at > bindparam("counts_since"),
        _TEXTS.c.handed_over_at.is_(None),
        _TEXTS.c.trouble.is_not(None),
    ),
)
# Columns of any look; `doubtful` errs on the side of a second one.
BARS = (
    exists()
    .where(_SUPPRESSIONS.c.phone_hash == bindparam("of_phone"), _SUPPRESSIONS.c.lifted_at.is_(None))
    .label("phone_barred"),
    stopped(bindparam("of_item"), bindparam("stops_since")).label("item_barred"),
    (_WEIGHT.scalar_subquery() >= _CAP).label("doubtful"),
    _OTHERS.scalar_subquery().label("others"),
    exists().where(_HANDOFFS.c.phone_hash == bindparam("of_phone"), _HANDOFFS.c.closed_at.is_(None)).label("called"),
)
# Built once: putting a statement together costs more than running it.
_LOOK = select(*BARS)
# Whose word says most about the phone comes first.
_ORDER = (SuppressionReason.WRONG_NUMBER, SuppressionReason.OPTED_OUT, SuppressionReason.PREFERS_CALLS)
_SAID = {
    SuppressionReason.WRONG_NUMBER: (
        Reason.NUMBER_SUPPRESSED,
        "This number was called wrong on {day}, so it gets no text: find the sender's number, and correct the query.",
    ),
    SuppressionReason.OPTED_OUT: (
        Reason.NUMBER_SUPPRESSED,
        "This phone opted out on {day}, so it gets no text: call the sender, or correct the number.",
    ),
    SuppressionReason.PREFERS_CALLS: (
        Reason.PREFERS_CALLS,
        "The sender said on {day} to prefer calls, so this phone gets no text: call, and ask what customs asked.",
    ),
}
_OLD = " That is long ago, and the number may have a new owner: find out, and have the entry lifted if it has."


class Barred(Protocol):
    """What is known of the phone and of the item: a row with the columns of BARS."""

    @property
    def phone_barred(self) -> bool: ...
    @property
    def item_barred(self) -> bool: ...
    @property
    def doubtful(self) -> bool: ...
    @property
    def others(self) -> int: ...
    @property
    def called(self) -> bool: ...


@dataclass(frozen=True)
class Target:
    """Whom a round would text. `anyway`: in spite of a stopped item. `query_id`: None before intake."""

    mobile_hash: str
    anyway: bool
    query_id: UUID | None


def bars_of(
    ctx: Context, item_id: str, mobile_hash: str | None, at: datetime, query_id: UUID = _NO_QUERY
) -> dict[str, Any]:
    """The values that BARS are looked up with; `query_id`: whose round it is, when it has a row already."""
    return {
        "of_phone": mobile_hash,
        "of_query": query_id,
        "of_item": item_id,
        "stops_since": stops_since(at),
        "counts_since": at - WEEK,
        "least_cap": ctx.numbers.least_cap,
    }


def look_for_bars(session: Session, ctx: Context, query: Query, mobile_hash: str | None, at: datetime) -> Barred:
    """One look, of its own."""
    session.flush()
    return look_ahead(session, bars_of(ctx, query.item_id, mobile_hash, at, query.id))


def look_ahead(session: Session, values: Mapping[str, Any]) -> Barred:
    """The same by the values that `bars_of` makes, also where there is no query yet."""
    found: Any = session.connection().execute(_LOOK, values).one()
    return cast(Barred, found)


def why_called(ctx: Context, barred: Barred) -> Need | None:
    """Whether the person has so many open queries that this one is left to their joint call."""
    return _ONE_OF_MANY if barred.called or barred.others >= ctx.numbers.queries_by_text else None


def stops_since(at: datetime) -> datetime:
    """From when on customs' stops are in force at business time `at`."""
    return at - _STOP_HOLDS


def why_barred(session: Session, ctx: Context, target: Target, barred: Barred, at: datetime) -> Need | None:
    """What keeps a text from this phone or about this item; what is known of the phone comes first."""
    if barred.phone_barred and (need := on_the_list(session, ctx, target.mobile_hash, at)) is not None:
        return need
    if barred.item_barred and not target.anyway:
        return ITEM_STOPPED
    return unhealthy(session, ctx, target.mobile_hash, at, target.query_id) if barred.doubtful else None


def on_the_list(session: Session, ctx: Context, mobile_hash: str, at: datetime) -> Need | None:
    """What people have to do because the phone is on the list; None when it is not."""
    in_force = select(Suppression).where(Suppression.phone_hash == mobile_hash, Suppression.lifted_at.is_(None))
    return why_listed(session.scalars(in_force).all(), ctx, at)


def why_listed(in_force: Sequence[Suppression], ctx: Context, at: datetime) -> Need | None:
    """The same by the phone's entries that are in force, with the reason that says most."""
    if not in_force:
        return None
    found = min(in_force, key=lambda entry: _ORDER.index(entry.reason))
    reason, sentence = _SAID[found.reason]
    day = f"{found.created_at.astimezone(HONG_KONG):%d %b %Y}"
    old = _OLD if is_old(found, ctx, at) else ""
    return Need(Team.HOTLINE, reason, sentence.format(day=day) + old, priority=2)


def is_old(entry: Suppression, ctx: Context, at: datetime) -> bool:
    """Whether the number may have another owner by now; the entry is obeyed all the same."""
    return at - entry.created_at > ctx.numbers.old_after
