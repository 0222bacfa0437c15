"""Hours in which nothing goes out: how they are written, what they hold, and when they end."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.errors import SettingsWrong
from notifier.domain.quiet_hours import HONG_KONG, QuietHours

NIGHT = QuietHours(time(21), time(9))
SIESTA = QuietHours(time(13), time(14, 30))
DAY = timedelta(days=1)

START = datetime(2024, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=2000)).map(lambda passed: START + passed)
quiet_hours = st.lists(st.times(), min_size=2, max_size=2, unique=True).map(lambda ends: QuietHours(*ends))


def hong_kong(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=HONG_KONG)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("21:00-09:00", NIGHT),
        (" 21:00 - 09:00 ", NIGHT),
        ("13:00-14:30", SIESTA),
        ("off", None),
        (" OFF ", None),
    ],
)
def test_how_they_are_written(raw: str, read: QuietHours | None) -> None:
    assert QuietHours.parse(raw) == read


@pytest.mark.parametrize(
    "raw",
    ["", "on", "21:00", "9pm-9am", "21:00-09:00-10:00", "24:30-09:00", "09:00-09:00", "21:00–09:00", "21:00+08:00-9"],
)
def test_what_cannot_be_read_is_refused_with_the_right_form(raw: str) -> None:
    with pytest.raises(SettingsWrong, match="21:00-09:00, or off"):
        QuietHours.parse(raw)


def test_times_of_another_zone_are_refused() -> None:
    with pytest.raises(SettingsWrong, match="local times"):
        QuietHours.parse("21:00Z-09:00Z")


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        (hong_kong(25, 20, 59, 59), False),
        (hong_kong(25, 21), True),
        (hong_kong(26, 0), True),
        (hong_kong(26, 8, 59, 59), True),
        (hong_kong(26, 9), False),
        (hong_kong(26, 15), False),
        (datetime(2026, 11, 25, 13, tzinfo=UTC), True),  # 21:00 in Hong Kong
        (datetime(2026, 11, 25, 1, tzinfo=UTC), False),  # 09:00 in Hong Kong
    ],
)
def test_the_night_is_hong_kongs(at: datetime, quiet: bool) -> None:
    assert NIGHT.contains(at) is quiet


@pytest.mark.parametrize(
    ("hours", "at", "end"),
    [
        (NIGHT, hong_kong(25, 21), hong_kong(26, 9)),
        (NIGHT, hong_kong(25, 23, 59, 59), hong_kong(26, 9)),
        (NIGHT, hong_kong(26, 0), hong_kong(26, 9)),
        (NIGHT, hong_kong(26, 8, 59, 59), hong_kong(26, 9)),
        (NIGHT, hong_kong(26, 9), hong_kong(26, 9)),
        (NIGHT, hong_kong(30, 22), datetime(2026, 12, 1, 9, tzinfo=HONG_KONG)),
        (SIESTA, hong_kong(25, 13), hong_kong(25, 14, 30)),
        (SIESTA, hong_kong(25, 12, 59), hong_kong(25, 12, 59)),
    ],
)
def test_what_falls_into_them_waits_for_their_end(hours: QuietHours, at: datetime, end: datetime) -> None:
    assert hours.next_end(at) == end


@given(quiet_hours, instants)
def test_the_end_is_loud_at_most_a_day_away_and_final(hours: QuietHours, at: datetime) -> None:
    end = hours.next_end(at)
    assert not hours.contains(end)
    assert at <= end < at + DAY
    assert hours.next_end(end) == end
    assert (end == at) is not hours.contains(at)


@given(quiet_hours, instants, st.floats(0, 1, exclude_max=True))
def test_all_before_the_end_is_quiet(hours: QuietHours, at: datetime, share: float) -> None:
    end = hours.next_end(at)
    between = at + (end - at) * share
    assert between == end or hours.contains(between)


@given(quiet_hours, instants)
def test_every_instant_is_in_the_hours_or_in_their_opposite(hours: QuietHours, at: datetime) -> None:
    assert hours.contains(at) is not QuietHours(hours.end, hours.start).contains(at)
