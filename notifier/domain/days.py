"""The day that caps are counted in: Hong Kong's."""

from datetime import UTC, date, datetime, time, timedelta

from notifier.domain.quiet_hours import HONG_KONG


def day_of(at: datetime) -> date:
    """The day an instant falls on."""
    return at.astimezone(HONG_KONG).date()


def next_day(at: datetime) -> datetime:
    """When the day after begins, in UTC."""
    return datetime.combine(day_of(at) + timedelta(days=1), time(0), HONG_KONG).astimezone(UTC)
