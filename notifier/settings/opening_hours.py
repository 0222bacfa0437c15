"""[hours] of config/policies.toml: shifts by weekday, Hong Kong's public holidays, and closures of one's own."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from holidays import OPTIONAL, PUBLIC, country_holidays

from notifier.domain.working_time import LONGEST_CLOSED, Shift, WorkingHours, shifts_on

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOLIDAYS, _CLOSED = "public_holidays", "closed"
_SHIFT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 2020, 2100
_BEFORE = timedelta(days=18)  # what weekends and holidays can add to days of one's own


@dataclass(frozen=True)
class ClosedDays:
    """Days of one's own and, unless people come in all the same, public holidays of Hong Kong."""

    own: frozenset[date]
    public: bool

    def __contains__(self, day: object) -> bool:
        return day in self.own or (self.public and isinstance(day, date) and day in public_holidays(day.year))


@cache
def public_holidays(year: int) -> frozenset[date]:
    """The general holidays of a year (Cap. 149), Sundays aside.

    What the library calls public are the statutory ones; offices close besides on those it calls optional: Good Friday
    and the day after. One object a year: the library fills a shared one while others read it.
    """
    return frozenset(country_holidays("HK", years=year, categories=(PUBLIC, OPTIONAL)))


def read_hours(table: Any, problems: list[str]) -> WorkingHours | None:
    """The hours a table names; None, and what is wrong with it by key, where it cannot be read."""
    before = len(problems)
    if not isinstance(table, dict):
        problems.append('hours: is missing: give shifts by weekday, such as monday = ["09:00-18:00"].')
        return None
    for name in table.keys() - {*_WEEKDAYS, _HOLIDAYS, _CLOSED}:
        problems.append(f"hours.{name}: is no key: use a weekday, {_HOLIDAYS} or {_CLOSED}.")
    shifts = {day: _shifts(name, table[name], problems) for day, name in enumerate(_WEEKDAYS) if name in table}
    public = table.get(_HOLIDAYS, "closed")
    if public not in ("closed", "open"):
        problems.append(f'hours.{_HOLIDAYS}: write "closed" or "open".')
    own = _days(table.get(_CLOSED, []), problems)
    if len(problems) == before and not any(shifts.values()):
        problems.append("hours: nobody is ever there: give at least one weekday a shift.")
    hours = WorkingHours(shifts, ClosedDays(frozenset(own), public == "closed"))
    if len(problems) == before and _closed_for_long(hours, own):
        problems.append(f"hours.{_CLOSED}: closes too many days in a row: leave at most six weeks.")
    return hours if len(problems) == before else None


def _closed_for_long(hours: WorkingHours, own: list[date]) -> bool:
    """Whether clocks could not be reckoned: working time must go on some day."""
    if not own:
        return False
    row, day = 0, min(own) - _BEFORE
    while day < max(own):
        day += _DAY
        row = 0 if shifts_on(day, hours) else row + 1
        if row > LONGEST_CLOSED - _BEFORE.days:
            return True
    return False


def _shifts(name: str, given: Any, problems: list[str]) -> tuple[Shift, ...]:
    if not isinstance(given, list):
        problems.append(f'hours.{name}: write a list of shifts, such as ["09:00-13:00", "14:00-18:00"].')
        return ()
    shifts = [_shift(raw) for raw in given]
    for place, shift in enumerate(shifts):
        if shift is None:
            problems.append(f"hours.{name}[{place}]: write a shift as 09:00-13:00, its end after its start.")
    read = [shift for shift in shifts if shift is not None]
    if any(later.start < earlier.end for earlier, later in pairwise(read)):
        problems.append(f"hours.{name}: shifts overlap or are out of order: the earliest comes first.")
    return tuple(read)


def _shift(raw: Any) -> Shift | None:
    found = _SHIFT.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        return None
    first, last = found.group(1, 2), found.group(3, 4)
    start = timedelta(hours=int(first[0]), minutes=int(first[1]))
    end = _DAY if last[0] is None else timedelta(hours=int(last[0]), minutes=int(last[1]))
    return Shift(start, end) if start < end else None


def _days(given: Any, problems: list[str]) -> list[date]:
    """Dates as TOML writes them, or as text."""
    if not isinstance(given, list):
        problems.append(f"hours.{_CLOSED}: write a list of dates, such as [2026-09-23].")
        return []
    days = []
    for place, raw in enumerate(given):
        try:
            plain = isinstance(raw, date) and not isinstance(raw, datetime)
            day = raw if plain else date.fromisoformat(raw)
            if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
                raise ValueError
            days.append(day)
        except (TypeError, ValueError):
            problems.append(f"hours.{_CLOSED}[{place}]: write a date as 2026-09-23.")
    return days
