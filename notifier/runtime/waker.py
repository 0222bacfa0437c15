"""Wakes: a use case sets a flag, one thread turns flags into at most one hint every few milliseconds.

No request ever waits for the broker, and a burst of a thousand commits costs a handful of messages. A hint that is
lost costs one sweep.
"""

import threading
import time

from celery import Celery

from notifier.runtime.outage import Outage, broker_outage
from notifier.runtime.queue import TASK_OF
from notifier.storage.database import Wake

_GATHER = 0.05  # seconds between two hints of a kind; the first after a rest leaves at once
_REST = 2.0  # seconds without trying after the broker failed


class Waker:
    """One per process. `wake` returns at once; the thread starts with the first wake."""

    def __init__(self, celery: Celery, outage: Outage = broker_outage) -> None:
        self._celery = celery
        self._set: set[Wake] = set()
        self._signal = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._outage = outage

    def wake(self, wake: Wake) -> None:
        """Somebody has something to do."""
        with self._signal:
            self._set.add(wake)
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name="waker", daemon=True)
                self._thread.start()
            self._signal.notify()

    def close(self) -> None:
        """Pass on what is set, and end."""
        with self._signal:
            self._closing = True
            thread = self._thread
            self._signal.notify()
        if thread is not None:
            thread.join(timeout=3)

    def _run(self) -> None:
        while True:
            with self._signal:
                self._signal.wait_for(lambda: self._set or self._closing)
                wakes, self._set = self._set, set()
                closing = self._closing
            rest = _GATHER if self._publish(wakes) else _REST
            if closing:
                return
            time.sleep(rest)

    def _publish(self, wakes: set[Wake]) -> bool:
        try:
            for wake in wakes:
                self._celery.send_task(TASK_OF[wake], retry=False, expires=30)
        except Exception as failure:
            # Nothing is lost: the sweep looks at the rows.
            self._outage.begun(failure)
            return False
        if wakes:
            self._outage.over()
        return True
