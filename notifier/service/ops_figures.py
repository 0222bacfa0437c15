"""How texts, receipts, windows and answers did over a time: grouped by the database, bounded by rows' own ids.

Ids grow with time (UUID version 7), so the rows of a range are found by their primary key, without an index of its own
for each column of time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, cast, extract, func, select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Outcome, State
from notifier.domain.types import TextKind
from notifier.service.context import Context
from notifier.storage.models import Answer, Query, Receipt, Reply, Round, Text
from notifier.storage.models.base import first_id

_HONG_KONG = 8 * 3600  # seconds ahead of UTC, the whole year
_HOUR = 3600
# How long before it is told of a row may have been made: a question waits, a query stays open.
_OLDER = timedelta(days=8)
_OPEN_FOR = timedelta(days=45)
_MOST_HOURS = 96  # of the curve; longer waits count as the last


class Range(StrEnum):
    """The time that figures are of, up to now."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


# How long a range is, and how long one step of its curve.
SPANS = {
    Range.HOUR: (timedelta(hours=1), timedelta(minutes=1)),
    Range.DAY: (timedelta(days=1), timedelta(minutes=15)),
    Range.WEEK: (timedelta(days=7), timedelta(hours=2)),
    Range.MONTH: (timedelta(days=30), timedelta(hours=8)),
}


@dataclass(frozen=True)
class OpsFigures:
    """Of [since, until), business time.

    handed_over: (begin of a step, texts a minute in it), every step. receipts: (status, error code, receipts).
    windows: (outcome, queries that closed). answered: (hours, share of answers that came within them).
    replies: (hour of the day in Hong Kong, texts handed over in it, replies in it), all 24.
    reply_rate: (hour of the day, question texts handed over in it, those of them that got a reply), all 24.
    """

    since: datetime
    until: datetime
    handed_over: Sequence[tuple[datetime, float]]
    receipts: Sequence[tuple[str, int | None, int]]
    windows: Sequence[tuple[Outcome, int]]
    answered: Sequence[tuple[int, float]]
    replies: Sequence[tuple[int, int, int]]
    reply_rate: Sequence[tuple[int, int, int]]


def figures(ctx: Context, of: Range) -> OpsFigures:
    """Some grouped statements, each bounded."""
    span, step = SPANS[of]
    with ctx.database.read() as session:
        offset = ctx.clock.offset(session)
        until = ctx.clock.wall() + offset
        since = until - span
        made_after = first_id(since - offset - _OLDER)
        return OpsFigures(
            since=since,
            until=until,
            handed_over=_handed_over(session, since, until, made_after, step),
            receipts=_receipts(session, since, first_id(since - offset)),
            windows=_windows(session, since, first_id(since - offset - _OPEN_FOR)),
            answered=_answered(session, since, made_after),
            replies=_replies(session, since, made_after),
            reply_rate=_reply_rate(session, since, made_after),
        )


def _seconds(column: Any) -> ColumnElement[int]:
    return cast(extract("epoch", column), BigInteger)


def _hour_of_day(column: Any) -> ColumnElement[int]:
    return ((_seconds(column) + _HONG_KONG) // _HOUR) % 24


def _handed_over(
    session: Session, since: datetime, until: datetime, made_after: UUID, step: timedelta
) -> list[tuple[datetime, float]]:
    width = int(step.total_seconds())
    bucket = _seconds(Text.handed_over_at) // width
    counted = (
        select(bucket, func.count())
        .where(Text.id >= made_after, Text.handed_over_at >= since, Text.handed_over_at < until)
        .group_by(bucket)
    )
    found: dict[int, int] = {int(place): number for place, number in session.execute(counted)}
    first, last = int(since.timestamp()) // width, int(until.timestamp()) // width
    minutes = width / 60
    return [
        (datetime.fromtimestamp(place * width, since.tzinfo), found.get(place, 0) / minutes)
        for place in range(first, last + 1)
    ]


def _receipts(session: Session, since: datetime, made_after: UUID) -> list[tuple[str, int | None, int]]:
    counted = (
        select(Receipt.status, Receipt.error_code, func.count())
        .where(Receipt.id >= made_after)
        .group_by(Receipt.status, Receipt.error_code)
        .order_by(func.count().desc())
    )
    return [(status, code, number) for status, code, number in session.execute(counted)]


def _windows(session: Session, since: datetime, made_after: UUID) -> list[tuple[Outcome, int]]:
    counted = (
        select(Query.outcome, func.count())
        .where(Query.state == State.CLOSED, Query.id >= made_after, Query.closed_at >= since)
        .group_by(Query.outcome)
        .order_by(func.count().desc())
    )
    return [(outcome, number) for outcome, number in session.execute(counted) if outcome is not None]


def _answered(session: Session, since: datetime, made_after: UUID) -> list[tuple[int, float]]:
    """From the opening of the window to the proposed answer, in whole hours begun."""
    hours = (_seconds(Answer.proposed_at) - _seconds(Round.opened_at)) // _HOUR
    counted = (
        select(hours, func.count())
        .join(Round, Round.id == Answer.round_id)
        .where(Answer.id >= made_after, Answer.proposed_at >= since, Round.opened_at.is_not(None))
        .group_by(hours)
    )
    found: dict[int, int] = {}
    for hour, number in session.execute(counted):
        within = min(max(int(hour), 0) + 1, _MOST_HOURS)
        found[within] = found.get(within, 0) + number
    total, so_far, curve = sum(found.values()), 0, []
    for within in sorted(found):
        so_far += found[within]
        curve.append((within, so_far / total))
    return curve


def _replies(session: Session, since: datetime, made_after: UUID) -> list[tuple[int, int, int]]:
    def by_hour(column: Any, made: Any) -> dict[int, int]:
        hour = _hour_of_day(column)
        counted = select(hour, func.count()).where(made >= made_after, column >= since).group_by(hour)
        return {int(one): number for one, number in session.execute(counted)}

    texts, replies = by_hour(Text.handed_over_at, Text.id), by_hour(Reply.received_at, Reply.id)
    return [(hour, texts.get(hour, 0), replies.get(hour, 0)) for hour in range(24)]


def _reply_rate(session: Session, since: datetime, made_after: UUID) -> list[tuple[int, int, int]]:
    """A reply counts for the question of its round, whenever it came."""
    hour = _hour_of_day(Text.handed_over_at)
    heard = select(Reply.round_id).where(Reply.id >= made_after, Reply.round_id.is_not(None))
    counted = (
        select(hour, func.count(), func.count().filter(Text.round_id.in_(heard)))
        .where(Text.id >= made_after, Text.kind == TextKind.QUESTION, Text.handed_over_at >= since)
        .group_by(hour)
    )
    found = {int(one): (asked, replied) for one, asked, replied in session.execute(counted)}
    return [(one, *found.get(one, (0, 0))) for one in range(24)]
