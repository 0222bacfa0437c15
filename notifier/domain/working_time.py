"""Working time: the hours people are there, with split shifts, closed on Sundays and public holidays.

Pure: which days are holidays is given. Instants are aware UTC outside, Hong Kong's time inside.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from notifier.domain.quiet_hours import HONG_KONG

_DAY = timedelta(days=1)
# Longer than any row of closed days that is no mistake: then the hours themselves must be wrong.
LONGEST_CLOSED = 60


@dataclass(frozen=True)
class Shift:
    """From `start` until just before `end`: how far from midnight, `end` at most 24 h."""

    start: timedelta
    end: timedelta


@dataclass(frozen=True)
class WorkingHours:
    """Shifts by weekday (0 = Monday), in order and apart; a day that is missing is closed. `holidays`: closed too."""

    shifts: Mapping[int, tuple[Shift, ...]]
    holidays: Container[date] = frozenset()


def next_open(at: datetime, hours: WorkingHours) -> datetime:
    """`at` when people are there, else when they next are. Raises ValueError: they never are."""
    return next(max(start, at) for start, _ in _spans(at, hours))


def add_working_time(at: datetime, duration: timedelta, hours: WorkingHours) -> datetime:
    """The instant at which people have had `duration` since `at`; the end of a shift counts as reached.

    A `duration` of nothing is `next_open`. Raises ValueError: they are never there, or the duration is negative.
    """
    if duration < timedelta(0):
        raise ValueError("Working time only goes forward.")
    for start, end in _spans(at, hours):
        begin = max(start, at)
        if duration <= end - begin:
            return begin + duration
        duration -= end - begin
    raise AssertionError("Spans never end.")


def _spans(at: datetime, hours: WorkingHours) -> Iterator[tuple[datetime, datetime]]:
    """When people are there, from the span that holds `at`, or the next one, on."""
    day, closed = at.astimezone(HONG_KONG).date(), 0
    while closed <= LONGEST_CLOSED:
        shifts = shifts_on(day, hours)
        closed = 0 if shifts else closed + 1
        for shift in shifts:
            end = _instant(day, shift.end)
            if end > at:
                yield _instant(day, shift.start), end
        day += _DAY
    raise ValueError(f"Nobody is there for {LONGEST_CLOSED} days up to {day}.")


def shifts_on(day: date, hours: WorkingHours) -> tuple[Shift, ...]:
    """The shifts of a day; none when it is closed."""
    return () if day in hours.holidays else hours.shifts.get(day.weekday(), ())


def _instant(day: date, since_midnight: timedelta) -> datetime:
    """By the clock on the wall, whatever the zone did that day."""
    days, rest = divmod(since_midnight, _DAY)
    wall = (datetime.combine(day, time()) + rest).time()
    return datetime.combine(day + days * _DAY, wall, HONG_KONG).astimezone(UTC)
