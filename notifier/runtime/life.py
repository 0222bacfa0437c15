"""The signs of life of one process, left by a thread of its own: who is idle, or waits for a broker, lives too."""

import os
import socket
import threading
from collections.abc import Callable, Mapping

import structlog

from notifier.service.context import Context
from notifier.service.firing import is_passing
from notifier.service.life_signs import leave_signs, take_back_signs
from notifier.storage.models.watching import Part
from notifier.storage.patience import patience

log = structlog.get_logger()

_EVERY = 30.0  # seconds
_ANSWER = 5.0  # seconds that a database has to answer; the next sign may find it well again
_FAREWELL = 1.0  # seconds that the end of a process waits for the last word


def _always() -> bool:
    return True


class Life:
    """Begins at once. `parts`: what runs in this process; for each, how to ask whether it still does."""

    def __init__(self, ctx: Context, parts: Mapping[Part, Callable[[], bool]], every: float = _EVERY) -> None:
        self._ctx = ctx
        self._parts = parts
        self._every = every
        self._place = f"{socket.gethostname()[:100]} {os.getpid()}"
        self._over = threading.Event()
        self._told = False
        self._thread = threading.Thread(target=self._run, name="life", daemon=True)
        self._thread.start()

    @classmethod
    def of_process(cls, ctx: Context, part: Part) -> "Life":
        """Of a part whose process ends with it."""
        return cls(ctx, {part: _always})

    def end(self) -> None:
        """Take the signs back, unless the database is away."""
        self._over.set()
        self._thread.join(_FAREWELL)

    def _run(self) -> None:
        over = False
        while not over:
            self._say(leave_signs, [part for part, lives in self._parts.items() if lives()])
            over = self._over.wait(self._every)
        self._say(take_back_signs, list(self._parts))

    def _say(self, word: Callable[[Context, list[Part], str], None], parts: list[Part]) -> None:
        """Nothing that goes wrong here may end a process that works."""
        try:
            with patience(_ANSWER):
                word(self._ctx, parts, self._place)
        except Exception as failure:
            # Whoever works with the database tells of it when it is away.
            if not is_passing(failure) and not self._told:
                self._told = True
                log.warning("life_sign_not_left", error=type(failure).__name__)
