"""Whether a phone is worth a text: judged from what became of the texts before, and from how many it has had lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from notifier.domain.types import Trouble

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
# Here the carrier does not even try: the next text would meet the same.
_CERTAIN = frozenset({Trouble.NOT_A_MOBILE})


@dataclass(frozen=True)
class NumberPolicy:
    """When a phone gets no text for its own sake; every figure is the operator's choice.

    failures_most: so many texts in a row that failed for the phone's sake make it unhealthy, when the latest is not
    older than `failures_within`. texts_per_hour: what is over it waits. texts_per_day, texts_per_week: the fatigue
    cap, over all kinds and queries, in any 24 hours and seven days; well below what networks let through (Twilio's
    error 14107: 30 texts between two numbers in quick succession; others publish 20 to 50 a day and number).
    old_after: from when an entry of the list is shown as old, since networks give numbers to new owners.
    queries_by_text: so many open queries of one phone are put to it by text; more are summed up in one, and the
    person is called.
    """

    failures_most: int = 2
    failures_within: timedelta = timedelta(days=30)
    texts_per_hour: int = 6
    texts_per_day: int = 10
    texts_per_week: int = 30
    queries_by_text: int = 3
    old_after: timedelta = timedelta(days=730)

    @property
    def least_cap(self) -> int:
        """Below so many texts in a week no cap can be reached."""
        return min(self.texts_per_day, self.texts_per_week)


@dataclass(frozen=True)
class Settled:
    """What became of one text, and when we were told: it arrived, or its failure told something of the phone."""

    at: datetime
    trouble: Trouble | None


@dataclass(frozen=True)
class Load:
    """How many texts a phone has had, or may be having, in an hour, a day and a week; since when the oldest counts."""

    day: int = 0
    week: int = 0
    day_since: datetime | None = None
    week_since: datetime | None = None
    hour: int = 0
    hour_since: datetime | None = None

    def full(self, policy: NumberPolicy) -> bool:
        """Whether the phone must get no other text now."""
        return self.day >= policy.texts_per_day or self.week >= policy.texts_per_week

    def waits_until(self, policy: NumberPolicy, now: datetime) -> datetime | None:
        """When one more text may go that the hour's cap holds back; None when it holds none back."""
        if self.hour < policy.texts_per_hour:
            return None
        # What is on its way counts from now on.
        return (self.hour_since or now) + HOUR

    def free_at(self, policy: NumberPolicy) -> datetime | None:
        """When one more text may go; None when that is not known yet, since texts are still on their way."""
        ends = []
        if self.day >= policy.texts_per_day:
            ends.append(self.day_since + DAY if self.day_since else None)
        if self.week >= policy.texts_per_week:
            ends.append(self.week_since + WEEK if self.week_since else None)
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None


class Verdict(StrEnum):
    """What a phone's history says about the next text."""

    HEALTHY = "healthy"
    FAILING = "failing"
    FULL = "full"


def streak(news: Sequence[Settled]) -> tuple[Settled, ...]:
    """The failures since a text last arrived; `news` and the result are newest first."""
    return tuple(takewhile(lambda settled: settled.trouble is not None, news))


def judge(news: Sequence[Settled], load: Load, policy: NumberPolicy, now: datetime) -> Verdict:
    """What `news` (newest first) and the load say. A single delivery ends every failure before it."""
    failures = streak(news)
    recent = bool(failures) and failures[0].at > now - policy.failures_within
    certain = any(settled.trouble in _CERTAIN for settled in failures)
    if recent and (certain or len(failures) >= policy.failures_most):
        return Verdict.FAILING
    return Verdict.FULL if load.full(policy) else Verdict.HEALTHY
