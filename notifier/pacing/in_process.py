"""The pace of one process: for an installation that is one, and while Redis does not answer."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from notifier.pacing.port import Rate

_NONE = timedelta(0)


class PaceInProcess:
    """Remembers when each number is free again. `clock`: seconds that only go forward."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def room(self, numbers: Sequence[str]) -> list[float]:
        """Segments that each may send now."""
        now = self._clock()
        return [self.rate.room(self._busy(number, now)) for number in numbers]

    def take(self, number: str, segments: int) -> timedelta:
        """Zero, or how long to wait."""
        with self._lock:
            now = self._clock()
            busy = self._busy(number, now)
            if busy >= self.rate.ahead:
                return max(busy - self.rate.ahead, timedelta(milliseconds=1))
            self._free_at[number] = now + (busy + self.rate.busy_for(segments)).total_seconds()
            return _NONE

    def close(self) -> None:
        """Nothing is open."""

    def _busy(self, number: str, now: float) -> timedelta:
        return max(timedelta(seconds=self._free_at.get(number, now) - now), _NONE)
