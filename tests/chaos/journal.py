"""What the judge has to know of a run: when something was down, when time was wound, and how long answers took."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """Wall-clock time."""
    return datetime.now(UTC)


@dataclass
class Timeline:
    """Business time against the wall clock, and the spans in which nobody can be expected to be punctual.

    `windings`: from which wall-clock moment on business time is how far ahead. Both lists are in order.
    """

    windings: list[tuple[datetime, timedelta]] = field(default_factory=list)
    outages: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    def wound(self, by: timedelta, at: datetime) -> None:
        """Business time was wound on."""
        self.windings.append((at, self.offset() + by))

    def offset(self) -> timedelta:
        """How far business time is ahead at present."""
        return self.windings[-1][1] if self.windings else timedelta(0)

    @contextlib.contextmanager
    def outage(self) -> Iterator[None]:
        """Something that everything stands on is away, until the block ends."""
        place = len(self.outages)
        self.outages.append((now(), None))
        try:
            yield
        finally:
            self.outages[place] = (self.outages[place][0], now())

    def wall_of(self, business: datetime) -> datetime:
        """When it was that time; what was jumped over came at the jump."""
        begins = datetime.min.replace(tzinfo=UTC)
        ahead = timedelta(0)
        for at, offset in self.windings:
            if business - ahead < at:
                break
            begins, ahead = at, offset
        return max(business - ahead, begins)

    def delay(self, due: datetime, fired: datetime) -> timedelta:
        """Wall-clock time between two business times in which everything worked."""
        since, until = self.wall_of(due), self.wall_of(fired)
        return max(self.working(since, until), timedelta(0))

    def disturbed(self, since: datetime, until: datetime) -> bool:
        """Whether anything was away, or time was wound, within a span of wall-clock time."""
        away = any(begin <= until and since <= (end or until) for begin, end in self.outages)
        return away or any(since <= at <= until for at, _ in self.windings)

    def working(self, since: datetime, until: datetime) -> timedelta:
        """How much of a span of wall-clock time was outside every outage."""
        left, reached = until - since, since
        for begin, end in sorted(self.outages, key=lambda outage: outage[0]):
            begins, ends = max(begin, reached), min(end or until, until)
            if ends > begins:
                left -= ends - begins
                reached = ends
        return left


@dataclass
class Answers:
    """How long the API took to answer 2xx, in seconds, by when the request was made."""

    took: list[tuple[datetime, float]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, asked: datetime, seconds: float) -> None:
        """One answer more."""
        with self._lock:
            self.took.append((asked, seconds))

    def between(self, since: datetime, until: datetime) -> list[float]:
        """Those asked for in a span."""
        with self._lock:
            return [seconds for asked, seconds in self.took if since <= asked < until]


def p99(seconds: list[float]) -> float:
    """The 99th percentile; nothing where nothing was measured."""
    return sorted(seconds)[max(0, round(0.99 * len(seconds)) - 1)] if seconds else 0.0
