"""Writing results down in company: those that come within a few milliseconds share a transaction."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from notifier.carriers.port import Outcome
from notifier.service.claims import Held
from notifier.service.context import Context
from notifier.service.outcomes import record_outcomes

_GATHER = 0.003  # seconds the first of a group waits for others; a commit takes about as long


class Recorder:
    """One process's thread that records how POSTs ended, so that those who post need not wait for the database."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._lock = threading.Lock()
        self._waiting: list[tuple[Held, Outcome]] = []
        self._group: Future[None] = Future()

    def put(self, held: Held, outcome: Outcome) -> Future[None]:
        """Have it recorded at once; the future is done when that was done, or is known to have failed."""
        with self._lock:
            self._waiting.append((held, outcome))
            if len(self._waiting) == 1:
                self._group = self._writer.submit(self._write)
            return self._group

    def close(self) -> None:
        """Record what was put, and end."""
        self._writer.shutdown(wait=True)

    def _write(self) -> None:
        time.sleep(_GATHER)
        with self._lock:
            group, self._waiting = self._waiting, []
        record_outcomes(self._ctx, group)
