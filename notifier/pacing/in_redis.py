"""The pace of all processes, kept in Redis: a number's key lives as long as the number is busy.

Time is the server's alone, so clocks that differ between machines do no harm. While Redis is gone or frozen each
process keeps the pace for itself: texts go on leaving, faster by the number of processes at most.
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from notifier.pacing.in_process import PaceInProcess
from notifier.pacing.port import Rate

log = structlog.get_logger()

_ANSWER = 0.25  # seconds: it answers within one, or it does not matter what it says
_REST = 5.0  # seconds until one that did not answer is asked again
_PREFIX = "notifier:pace:"
# Milliseconds to wait; 0: taken. One script, so that two processes cannot both take the last room.
_TAKE = """
local busy = math.max(redis.call('PTTL', KEYS[1]), 0)
local takes, ahead = tonumber(ARGV[1]), tonumber(ARGV[2])
if busy >= ahead then
  return math.max(busy - ahead, 1)
end
redis.call('SET', KEYS[1], 1, 'PX', busy + takes)
return 0
"""
_Answer = TypeVar("_Answer")


class PaceInRedis:
    """Connects when it is first asked. `url`: redis:// or rediss://."""

    def __init__(self, url: str, rate: Rate) -> None:
        self.rate = rate
        self._client: Any = redis.Redis.from_url(
            url, socket_timeout=_ANSWER, socket_connect_timeout=_ANSWER, retry=Retry(NoBackoff(), 0)
        )
        self._take = self._client.register_script(_TAKE)
        self._own = PaceInProcess(rate)
        self._lock = threading.Lock()
        self._away = False
        self._rests_until = 0.0

    def room(self, numbers: Sequence[str]) -> list[float]:
        """Segments that each may send now."""
        return self._asked(lambda: self._room(numbers), lambda: self._own.room(numbers))

    def take(self, number: str, segments: int) -> timedelta:
        """Zero, or how long to wait."""
        return self._asked(lambda: self._take_from_all(number, segments), lambda: self._own.take(number, segments))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _room(self, numbers: Sequence[str]) -> list[float]:
        with self._client.pipeline(transaction=False) as asked:
            for number in numbers:
                asked.pttl(_PREFIX + number)
            return [self.rate.room(timedelta(milliseconds=max(0, left))) for left in asked.execute()]

    def _take_from_all(self, number: str, segments: int) -> timedelta:
        args = [period // timedelta(milliseconds=1) for period in (self.rate.busy_for(segments), self.rate.ahead)]
        return timedelta(milliseconds=int(self._take(keys=[_PREFIX + number], args=args)))

    def _asked(self, of_all: Callable[[], _Answer], of_this_process: Callable[[], _Answer]) -> _Answer:
        if time.monotonic() < self._rests_until:
            return of_this_process()
        try:
            answer = of_all()
        except redis.RedisError as failure:
            self._rests_until = time.monotonic() + _REST
            if self._is_news(True):
                log.warning("pace_kept_by_each_process", error=type(failure).__name__)
            return of_this_process()
        if self._away and self._is_news(False):
            log.info("pace_kept_together_again")
        return answer

    def _is_news(self, away: bool) -> bool:
        with self._lock:
            known, self._away = self._away, away
        return known is not away
