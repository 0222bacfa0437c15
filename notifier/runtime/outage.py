"""What is told of a server that goes away: one line when it does, one when it is back, nothing in between."""

import threading

import structlog

log = structlog.get_logger()


class Outage:
    """One server's, in one process. Any thread may report; a report costs nothing while all is well."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._away = False

    def begun(self, failure: Exception) -> None:
        """It did not answer."""
        with self._lock:
            known, self._away = self._away, True
        if not known:
            log.warning(f"{self._server}_unreachable", error=type(failure).__name__)

    def over(self) -> None:
        """It answered."""
        if not self._away:
            return
        with self._lock:
            known, self._away = self._away, False
        if known:
            log.info(f"{self._server}_back")


# Whoever speaks with the broker shares it: the waker, the scheduler and Celery's consumer lose it in the same moment.
broker_outage = Outage("broker")
