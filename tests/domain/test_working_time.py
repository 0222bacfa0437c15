"""Working time: split shifts, days off in a row, and the minute at the border."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.working_time import Shift, WorkingHours, add_working_time, next_open

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MORNING, AFTERNOON = Shift(9 * HOUR, 13 * HOUR), Shift(14 * HOUR, 18 * HOUR)
WEEK = dict.fromkeys(range(5), (MORNING, AFTERNOON)) | {5: (MORNING,)}
# Lunar New Year 2027: Saturday to Tuesday, the second day falling on the Sunday.
NEW_YEAR = frozenset({date(2027, 2, 6), date(2027, 2, 8), date(2027, 2, 9)})
HOURS = WorkingHours(WEEK, NEW_YEAR)
START = datetime(2026, 1, 1, tzinfo=UTC)


def hk(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=HONG_KONG).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (hk("2026-11-27", "09:00"), hk("2026-11-27", "09:00")),
        (hk("2026-11-27", "12:59:59.999999"), hk("2026-11-27", "12:59:59.999999")),
        (hk("2026-11-27", "13:00"), hk("2026-11-27", "14:00")),
        (hk("2026-11-27", "18:00"), hk("2026-11-28", "09:00")),
        (hk("2026-11-28", "13:00"), hk("2026-11-30", "09:00")),
        (hk("2026-11-29", "12:00"), hk("2026-11-30", "09:00")),
        (hk("2027-02-05", "18:00"), hk("2027-02-10", "09:00")),
    ],
    ids=["at the opening", "before the border", "lunch", "evening", "Saturday", "Sunday", "Lunar New Year"],
)
def test_when_somebody_is_there_next(at: datetime, opens: datetime) -> None:
    assert next_open(at, HOURS) == opens


@pytest.mark.parametrize(
    ("at", "duration", "ends"),
    [
        (hk("2026-11-27", "09:00"), 4 * HOUR, hk("2026-11-27", "13:00")),
        (hk("2026-11-27", "09:00"), 4 * HOUR + MINUTE, hk("2026-11-27", "14:01")),
        (hk("2026-11-27", "12:30"), HOUR, hk("2026-11-27", "14:30")),
        (hk("2026-11-27", "17:00"), 5 * HOUR, hk("2026-11-28", "13:00")),
        (hk("2026-11-28", "12:59"), 2 * MINUTE, hk("2026-11-30", "09:01")),
        (hk("2026-11-29", "23:00"), 30 * MINUTE, hk("2026-11-30", "09:30")),
        (hk("2027-02-05", "17:30"), HOUR, hk("2027-02-10", "09:30")),
        (hk("2026-11-27", "18:00"), timedelta(0), hk("2026-11-28", "09:00")),
    ],
)
def test_time_counts_only_while_people_are_there(at: datetime, duration: timedelta, ends: datetime) -> None:
    assert add_working_time(at, duration, HOURS) == ends


def test_a_day_may_end_at_midnight_and_the_next_begin_there() -> None:
    always = WorkingHours(dict.fromkeys(range(7), (Shift(timedelta(0), 24 * HOUR),)))
    at = hk("2026-11-27", "23:30")
    assert add_working_time(at, 3 * HOUR, always) == at + 3 * HOUR


def test_hours_in_which_nobody_is_ever_there_are_told_rather_than_searched_for_ever() -> None:
    with pytest.raises(ValueError, match="Nobody is there"):
        next_open(hk("2026-11-27", "09:00"), WorkingHours({}))
    with pytest.raises(ValueError, match="forward"):
        add_working_time(hk("2026-11-27", "09:00"), -MINUTE, HOURS)


minutes = st.integers(0, 24 * 60).map(lambda minute: minute * MINUTE)
days_off = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=20)
instants = st.integers(0, 660 * 24 * 60 * 60).map(lambda seconds: START + timedelta(seconds=seconds))
durations = st.timedeltas(timedelta(0), timedelta(hours=40))


@st.composite
def working_hours(draw: st.DrawFn) -> WorkingHours:
    """Any week of up to three shifts a day, with any days off."""
    shifts = {}
    for day in draw(st.sets(st.integers(0, 6), min_size=1)):
        borders = sorted(draw(st.lists(minutes, min_size=2, max_size=6, unique=True)))
        pairs = zip(borders[::2], borders[1::2], strict=False)
        shifts[day] = tuple(Shift(start, end) for start, end in pairs)
    return WorkingHours(shifts, draw(days_off))


def is_open(at: datetime, hours: WorkingHours) -> bool:
    """Said again, minute by minute rather than span by span."""
    local = at.astimezone(HONG_KONG)
    since = local - local.replace(hour=0, minute=0, second=0, microsecond=0)
    shifts = () if local.date() in hours.holidays else hours.shifts.get(local.weekday(), ())
    return any(shift.start <= since < shift.end for shift in shifts)


@given(instants, working_hours())
def test_it_opens_at_the_first_open_instant(at: datetime, hours: WorkingHours) -> None:
    opens = next_open(at, hours)
    assert opens >= at
    assert is_open(opens, hours)
    assert next_open(opens, hours) == opens
    if opens > at:
        assert not is_open(at, hours)
        assert not is_open(opens - timedelta(microseconds=1), hours)


@given(instants, durations, durations, working_hours())
def test_two_stretches_one_after_the_other_are_one_stretch(
    at: datetime, first: timedelta, second: timedelta, hours: WorkingHours
) -> None:
    once = add_working_time(at, first + second, hours)
    assert add_working_time(add_working_time(at, first, hours), second, hours) in (once, next_open(once, hours))


@given(instants, durations, working_hours())
def test_nothing_is_due_sooner_than_by_the_clock_on_the_wall_nor_while_nobody_is_there(
    at: datetime, duration: timedelta, hours: WorkingHours
) -> None:
    assume(duration > timedelta(0))
    due = add_working_time(at, duration, hours)
    assert due >= at + duration
    assert is_open(due - timedelta(microseconds=1), hours)


@given(instants, instants, durations, working_hours())
def test_who_starts_later_is_not_done_earlier(
    one: datetime, other: datetime, duration: timedelta, hours: WorkingHours
) -> None:
    first, last = sorted((one, other))
    assert add_working_time(first, duration, hours) <= add_working_time(last, duration, hours)


@given(instants, st.integers(0, 600), working_hours())
def test_it_counts_what_a_clock_would_count_minute_by_minute(at: datetime, count: int, hours: WorkingHours) -> None:
    at = at.replace(second=0, microsecond=0)
    left, walked = count, next_open(at, hours)
    while left:
        if is_open(walked, hours):
            left, walked = left - 1, walked + MINUTE
        else:
            walked = next_open(walked, hours)
    assert add_working_time(at, count * MINUTE, hours) == walked
