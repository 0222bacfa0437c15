"""Celery's parts where a lost broker is foreseen: each tells of it once, hangs nothing on it, and soon tries again."""

from typing import Any

from celery.beat import ScheduleEntry, Scheduler, SchedulingError
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from kombu.connection import Connection
from kombu.transport import redis, virtual

from notifier.runtime.outage import broker_outage

# Seconds between two tries to reach a broker that is away. The library's own pauses grow to half a minute, and for as
# long after its return nobody would take hints.
_BETWEEN_TRIES = 1


class _HintMessage(virtual.Message):
    """Nothing hangs on its acknowledgement: a hint that comes a second time finds nothing to do."""

    def ack_log_error(self, _logger: Any, errors: tuple[type[Exception], ...], multiple: bool = False) -> None:
        """Acknowledge; a broker that is lost meanwhile is told of, and the consumer finds out by itself."""
        if self.channel.closed:
            return  # It came over a connection that is gone, and its work outlived that.
        try:
            self.ack(multiple=multiple)
        except errors as failure:
            broker_outage.begun(failure)


class _HintChannel(redis.Channel):
    """Gives no hint back that a worker had not begun: the next sweep does its work.

    The library would do so over the very connection that broke, and when that fails the worker ends.
    """

    Message = _HintMessage
    do_restore = False


class HintTransport(redis.Transport):
    """Redis, as hints need it."""

    Channel = _HintChannel


class HintConsumer(Consumer):
    """Takes hints. Tries a lost broker every second, for as long as it is away; neighbours concern it nothing."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"without_mingle": True, "without_gossip": True})

    def ensure_connected(self, conn: Connection) -> Connection:
        """Connect, however long that takes."""
        conn.ensure_connection(
            lambda failure, _pause: broker_outage.begun(failure),
            interval_start=_BETWEEN_TRIES,
            interval_step=0,
            callback=maybe_shutdown,
        )
        self.first_connection_attempt = False
        broker_outage.over()
        return conn


class Beat(Scheduler):
    """Keeps no file: the schedule is the code's. Celery's own would tell of a lost broker by stacks, each second."""

    def apply_async(self, entry: ScheduleEntry, *args: Any, **kwargs: Any) -> Any:
        """Hint that it is time; without a broker nobody hears, and the next tick tries again."""
        try:
            hint = super().apply_async(entry, *args, **kwargs)
        except SchedulingError as failure:
            broker_outage.begun(failure)
            return None
        broker_outage.over()
        return hint
