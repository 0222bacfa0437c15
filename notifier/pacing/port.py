"""What the service needs of whatever keeps the pace, in segments a second and number of ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Protocol


@dataclass(frozen=True)
class Rate:
    """How fast one number sends. A text that leaves makes its number busy for `segments / segments_per_second`.

    A number that is busy for less than `ahead` takes one more text, whatever its length: so in any T seconds it sends
    at most `segments_per_second * (T + ahead)` segments and the rest of one text.
    """

    segments_per_second: float
    ahead: timedelta = timedelta(seconds=2)

    def busy_for(self, segments: int) -> timedelta:
        """How long a text of so many segments takes; to the millisecond, rounded up."""
        return timedelta(milliseconds=max(1, ceil(1000 * segments / self.segments_per_second)))

    def room(self, busy: timedelta) -> float:
        """Segments that a number may send now, when it is busy for so long; 0 = none."""
        return max(0.0, (self.ahead - busy).total_seconds() * self.segments_per_second)


class Pace(Protocol):
    """Keeps count of how long each of our numbers is busy. Never raises, and returns within a second."""

    @property
    def rate(self) -> Rate:
        """The same for every number."""
        ...

    def room(self, numbers: Sequence[str]) -> list[float]:
        """Segments that each of these may send now, in their order; takes none."""
        ...

    def take(self, number: str, segments: int) -> timedelta:
        """Zero: a text of so many segments may leave now, and its room is taken. Else how long to wait for it."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
