"""Times in local words: what a sender reads is the very instant that was meant, in each language."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.types import Language
from notifier.domain.wording.moments import local_words

EN, HANT, HANS = Language.EN, Language.ZH_HANT, Language.ZH_HANS
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ENGLISH = re.compile(r"(\d{1,2})(?::(\d\d))?(am|pm) (\w{3}) (\d{1,2}) (\w{3})")
CHINESE = re.compile(r"(\d{1,2})月(\d{1,2})日（(.)）(凌晨|上午|中午|下午)(\d{1,2})[時时](?:(\d{1,2})分)?")


def hong_kong(hour: int, minute: int = 0, day: int = 26, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=HONG_KONG)


@pytest.mark.parametrize(
    ("at", "english", "traditional"),
    [
        (hong_kong(18), "6pm Thu 26 Nov", "11月26日（四）下午6時"),
        (hong_kong(18, 5), "6:05pm Thu 26 Nov", "11月26日（四）下午6時5分"),
        (hong_kong(9), "9am Thu 26 Nov", "11月26日（四）上午9時"),
        (hong_kong(0), "12am Thu 26 Nov", "11月26日（四）凌晨12時"),
        (hong_kong(0, 30), "12:30am Thu 26 Nov", "11月26日（四）凌晨12時30分"),
        (hong_kong(1), "1am Thu 26 Nov", "11月26日（四）上午1時"),
        (hong_kong(11, 59), "11:59am Thu 26 Nov", "11月26日（四）上午11時59分"),
        (hong_kong(12), "12pm Thu 26 Nov", "11月26日（四）中午12時"),
        (hong_kong(12, 30), "12:30pm Thu 26 Nov", "11月26日（四）中午12時30分"),
        (hong_kong(13), "1pm Thu 26 Nov", "11月26日（四）下午1時"),
        (hong_kong(23, 58), "11:58pm Thu 26 Nov", "11月26日（四）下午11時58分"),
        (hong_kong(9, day=1, month=3), "9am Sun 1 Mar", "3月1日（日）上午9時"),
        # The day is Hong Kong's: in London it is still the 25th.
        (datetime(2026, 11, 25, 17, tzinfo=UTC), "1am Thu 26 Nov", "11月26日（四）上午1時"),
        (datetime(2026, 12, 31, 16, tzinfo=UTC), "12am Fri 1 Jan", "1月1日（五）凌晨12時"),
    ],
)
def test_times_as_people_say_them(at: datetime, english: str, traditional: str) -> None:
    assert local_words(at, EN) == english
    assert local_words(at, HANT) == traditional
    assert local_words(at, HANS) == traditional.replace("時", "时")


@pytest.mark.parametrize("days", range(7))
def test_every_weekday_has_its_name(days: int) -> None:
    at = hong_kong(18, day=23) + timedelta(days=days)
    assert DAYS[days] in local_words(at, EN)
    assert f"（{'一二三四五六日'[days]}）" in local_words(at, HANT)
    assert f"（{'一二三四五六日'[days]}）" in local_words(at, HANS)


def read_english(words: str, year: int) -> datetime:
    match = ENGLISH.fullmatch(words)
    assert match is not None, words
    hour, minute, half, weekday, day, month = match.groups()
    hours = int(hour) % 12 + 12 * (half == "pm")
    return checked(year, MONTHS.index(month) + 1, int(day), hours, minute, DAYS.index(weekday))


def read_chinese(words: str, year: int) -> datetime:
    match = CHINESE.fullmatch(words)
    assert match is not None, words
    month, day, weekday, half, hour, minute = match.groups()
    assert (int(hour) == 12) == (half in ("凌晨", "中午")), "noon and midnight have words of their own"
    hours = int(hour) % 12 + 12 * (half in ("下午", "中午"))
    return checked(year, int(month), int(day), hours, minute, "一二三四五六日".index(weekday))


def checked(year: int, month: int, day: int, hours: int, minute: str | None, weekday: int) -> datetime:
    at = datetime(year, month, day, hours, int(minute or 0), tzinfo=HONG_KONG)
    assert at.weekday() == weekday
    return at


@given(st.timedeltas(timedelta(0), timedelta(days=2000)))
def test_whoever_reads_them_finds_the_instant(passed: timedelta) -> None:
    at = hong_kong(0) + passed
    told = at.replace(second=0, microsecond=0)
    utc = at.astimezone(UTC)
    assert read_english(local_words(utc, EN), at.year) == told
    assert read_chinese(local_words(utc, HANT), at.year) == told
    assert read_chinese(local_words(utc, HANS), at.year) == told
