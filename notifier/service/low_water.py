"""Where the sweep begins to look: below the mark nothing was due when it last looked.

What has been fired stands in the index of due times until PostgreSQL may clear it away, and one old snapshot held open
by anybody forbids that: then each look from the very beginning would pass over everything that was fired meanwhile.
"""

from datetime import datetime, timedelta

_WHOLE = timedelta(seconds=5)


class LowWater:
    """One process's mark, in business time. Every five seconds (wall clock) a look begins at the beginning.

    That finds what came to be due in the past: a window whose receipt was late, or a row that was committed late.
    """

    def __init__(self) -> None:
        self._mark: datetime | None = None
        self._whole_at: datetime | None = None

    def begin(self, wall: datetime) -> datetime | None:
        """From which due time on to look now; None is the beginning."""
        if self._whole_at is None or not timedelta(0) <= wall - self._whole_at < _WHOLE:
            self._whole_at, self._mark = wall, None
        return self._mark

    def looked(self, lowest: datetime) -> None:
        """Below `lowest` nothing is due."""
        self._mark = lowest
