"""The policies in force, as a person reads them: the usual periods, what differs, and when people are there."""

from collections.abc import Iterator
from datetime import timedelta

from notifier.domain.policies import Periods, Scope
from notifier.domain.working_time import WorkingHours
from notifier.settings import Settings
from notifier.settings.policy_files import PolicyFile
from notifier.settings.usual_periods import by_variable, in_force

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def tell_policies(settings: Settings, given: PolicyFile) -> str:
    """A line each; variables that win over the file are told by name."""
    return "\n".join(_lines(settings, given))


def _lines(settings: Settings, given: PolicyFile) -> Iterator[str]:
    won = by_variable(settings)
    yield f"usual: {_periods(vars(in_force(settings, given.usual)))}"
    if won:
        yield f"of these by variable: {', '.join(variable for variable, _ in won.values())}"
    for scope, periods in given.policies.overrides.items():
        if periods:
            yield f"{_scope(scope)}: {_periods(periods)}"
    for team, steps in given.claim_within.items():
        yield f"{team} takes work on within {', '.join(map(period, steps))} (priority 1, 2, 3)"
    yield f"people are there: {_hours(given.hours) if settings.keeps_hours else 'round the clock'}"


def _periods(periods: Periods) -> str:
    return ", ".join(f"{name} {'off' if value is None else period(value)}" for name, value in periods.items())


def _scope(scope: Scope) -> str:
    return " ".join(str(part) for part in scope if part is not None)


def period(length: timedelta) -> str:
    """As people say it: 72 h, 1 h 30 min, 5 s."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def _hours(hours: WorkingHours) -> str:
    shifts = (
        f"{_DAYS[day]} {'+'.join(f'{_clock(shift.start)}-{_clock(shift.end)}' for shift in day_shifts)}"
        for day, day_shifts in sorted(hours.shifts.items())
        if day_shifts
    )
    return ", ".join(shifts)


def _clock(since_midnight: timedelta) -> str:
    minutes = since_midnight // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"
