"""Making webhooks: each at its time, signed, tried again, and logged with what it was answered."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit

from notifier.sandbox.signing import sign
from notifier.sandbox.store import Store

_TRIES = 4
_PAUSE = 0.5  # seconds before the second try; doubles
_TIMEOUT = 15  # seconds, as Twilio's


class Line:
    """Connections of one thread, kept open."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], HTTPConnection] = {}

    def post(self, url: str, form: dict[str, str], signature: str) -> int:
        """One POST; returns the HTTP status. Raises OSError or HTTPException."""
        parts = urlsplit(url)
        key = (parts.scheme, parts.netloc)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = self._open.pop(key, None) or kind(parts.netloc, timeout=_TIMEOUT)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        try:
            connection.request("POST", target, urlencode(form), headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            connection.close()
            raise
        self._open[key] = connection
        return answer.status

    def close(self) -> None:
        """Close every connection."""
        for connection in self._open.values():
            connection.close()


class Schedule:
    """Things to do at a time, done by a few threads."""

    def __init__(self, threads: int = 4) -> None:
        self._heap: list[tuple[float, int, Callable[[Line], None]]] = []
        self._order = itertools.count()
        self._signal = threading.Condition()
        self._closed = False
        self._threads = [threading.Thread(target=self._run, daemon=True, name="sandbox") for _ in range(threads)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Do no more; what is under way ends."""
        with self._signal:
            self._closed = True
            self._signal.notify_all()
        for thread in self._threads:
            thread.join(timeout=2)

    def clear(self) -> None:
        """Forget what was planned."""
        with self._signal:
            self._heap.clear()

    def at(self, seconds: float, do: Callable[[Line], None]) -> None:
        """Do it so many seconds from now."""
        with self._signal:
            heapq.heappush(self._heap, (time.monotonic() + seconds, next(self._order), do))
            self._signal.notify()

    def _run(self) -> None:
        line = Line()
        while (do := self._next()) is not None:
            do(line)
        line.close()

    def _next(self) -> Callable[[Line], None] | None:
        with self._signal:
            while not self._closed:
                now = time.monotonic()
                if self._heap and self._heap[0][0] <= now:
                    return heapq.heappop(self._heap)[2]
                self._signal.wait(self._heap[0][0] - now if self._heap else None)
            return None


class Courier:
    """Posts webhooks and tries again, as the carrier would for an address that asks for it."""

    def __init__(self, store: Store, schedule: Schedule, token: str) -> None:
        self._store = store
        self._schedule = schedule
        self._token = token

    def deliver(self, line: Line, url: str, form: dict[str, str], attempt: int = 1) -> None:
        """Post one webhook. The fragment of an address is neither sent nor signed."""
        address = url.partition("#")[0]
        label = form.get("MessageStatus", "inbound")
        try:
            answer = str(line.post(address, form, sign(self._token, address, form)))
        except (OSError, HTTPException) as failure:
            answer = type(failure).__name__
        self._store.log_webhook(form["MessageSid"], label, answer)
        if not answer.startswith(("2", "4")) and attempt < _TRIES:
            self._schedule.at(_PAUSE * 2**attempt, lambda again: self.deliver(again, url, form, attempt + 1))
