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

from sqlalchemy import BigInteger, ColumnElement, Select, String, cast, extract, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event, Outcome, State
from notifier.domain.types import TextKind
from notifier.service.context import Context
from notifier.storage.models import Answer, History, Query, Receipt, Reply, Round, Suppression, Text
from notifier.storage.models.base import first_id
from notifier.storage.models.people import SuppressionReason

_HONG_KONG = 8 * 3600  # seconds ahead of UTC, the whole year
_HOUR = 3600
_DAY = 24 * _HOUR
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
    ended: (outcome, queries that closed). answered: (hours, share of answers that came within them).
    windows: (begin of a day in Hong Kong, windows that an answer ended in it, windows that ran out in it), every day.
    listed: (reason, phones that came on the list of those that get no texts), every reason.
    replies: (hour of the day in Hong Kong, texts handed over in it, replies in it), all 24.
    reply_rate: (hour of the day, question texts handed over in it, those of them that got a reply), all 24.
    """

    since: datetime
    until: datetime
    handed_over: Sequence[tuple[datetime, float]]
    receipts: Sequence[tuple[str, int | None, int]]
    ended: Sequence[tuple[Outcome, int]]
    windows: Sequence[tuple[datetime, int, int]]
    listed: Sequence[tuple[SuppressionReason, int]]
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
        made_since, made_after, open_since = (
            first_id(since - offset - before) for before in (timedelta(0), _OLDER, _OPEN_FOR)
        )
        by_word = _by_word(
            session,
            ended=_words(Query.outcome, Query.closed_at, since, Query.state == State.CLOSED, Query.id >= open_since),
            listed=_words(Suppression.reason, Suppression.created_at, since, Suppression.id >= made_since),
            texts=_words(_hour_of_day(Text.handed_over_at), Text.handed_over_at, since, Text.id >= made_after),
            replies=_words(_hour_of_day(Reply.received_at), Reply.received_at, since, Reply.id >= made_after),
        )
        return OpsFigures(
            since=since,
            until=until,
            handed_over=_handed_over(session, since, until, made_after, step),
            receipts=_receipts(session, since, made_since),
            ended=[(Outcome(word), number) for word, number in by_word["ended"].items()],
            windows=_windows(session, since, until, open_since),
            listed=[(reason, by_word["listed"].get(reason, 0)) for reason in SuppressionReason],
            answered=_answered(session, since, made_after),
            replies=_by_hour(by_word["texts"], by_word["replies"]),
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


def _words(word: Any, at: Any, since: datetime, *bounds: ColumnElement[bool]) -> Select[str, int]:
    """How many rows there are of each word."""
    key = cast(word, String)
    return select(key.label("word"), func.count().label("number")).where(at >= since, *bounds).group_by(key)


def _by_word(session: Session, **wanted: Select[str, int]) -> dict[str, dict[str, int]]:
    """Several such counts in one statement: by their names, each word with its number, the largest first."""
    parts = [select(literal(name), *counted.subquery().c) for name, counted in wanted.items()]
    found: dict[str, dict[str, int]] = {name: {} for name in wanted}
    for name, word, number in sorted(session.execute(union_all(*parts)), key=lambda row: -row[2]):
        found[name][word] = number
    return found


def _by_hour(texts: dict[str, int], replies: dict[str, int]) -> list[tuple[int, int, int]]:
    return [(hour, texts.get(str(hour), 0), replies.get(str(hour), 0)) for hour in range(24)]


def _windows(session: Session, since: datetime, until: datetime, made_after: UUID) -> list[tuple[datetime, int, int]]:
    """Only of queries that were open in the range: the history of those that had closed before it has nothing of it."""
    day = (_seconds(History.at) + _HONG_KONG) // _DAY
    was_open = or_(Query.closed_at.is_(None), Query.closed_at >= since)
    counted = (
        select(day, History.event, func.count())
        .where(
            History.query_id.in_(select(Query.id).where(Query.id >= made_after, was_open)),
            History.event.in_((Event.REPLY_ANSWERED, Event.WINDOW_CLOSED)),
            History.from_state == State.AWAITING_REPLY,
            History.at >= since,
        )
        .group_by(day, History.event)
    )
    found = {(int(place), event): number for place, event, number in session.execute(counted)}
    first, last = ((int(at.timestamp()) + _HONG_KONG) // _DAY for at in (since, until))
    return [
        (
            datetime.fromtimestamp(place * _DAY - _HONG_KONG, since.tzinfo),
            found.get((place, Event.REPLY_ANSWERED), 0),
            found.get((place, Event.WINDOW_CLOSED), 0),
        )
        for place in range(first, last + 1)
    ]


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
