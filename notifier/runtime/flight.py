"""Keeping hints from piling up: so many of a kind run at once; one that finds them running makes them look again."""

import threading
from collections.abc import Callable


class Flight:
    """Runs a piece of work at most `width` times at once in this process."""

    def __init__(self, work: Callable[[], object], width: int = 1) -> None:
        self._work = work
        self._width = width
        self._lock = threading.Lock()
        self._running = 0
        self._again = False

    def run(self) -> bool:
        """Do the work; or, where enough are at it, have one of them do it once more. Whether it was done here."""
        with self._lock:
            if self._running >= self._width:
                self._again = True
                return False
            self._running += 1
        while True:
            try:
                self._work()
            except BaseException:
                self._land()
                raise
            if not self._wanted_again():
                return True

    def _land(self) -> None:
        with self._lock:
            self._running -= 1

    def _wanted_again(self) -> bool:
        """Decided and left in one step, so that no hint falls between."""
        with self._lock:
            if self._again:
                self._again = False
                return True
            self._running -= 1
            return False
