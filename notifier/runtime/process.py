"""The parts of a worker process, made at its first task and shared by its threads."""

import threading

from celery import Celery

from notifier.runtime.assemble import Runtime, assemble
from notifier.runtime.broker import check_broker
from notifier.runtime.ending import end_soon
from notifier.runtime.hands import Hands
from notifier.runtime.logs import set_up_events
from notifier.runtime.queue import make_celery
from notifier.settings import load


class WorkerProcess:
    """Holds one runtime and one pair of hands, however many threads ask for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._own: Runtime | None = None
        self._hands: Hands | None = None

    def adopt(self, runtime: Runtime) -> None:
        """Use the parts of a process that has them already, and leave closing them to it."""
        with self._lock:
            self._hands = Hands(runtime.ctx, runtime.waker)

    def hands(self) -> Hands:
        """The hands, made when they are not there yet. Raises SettingsWrong, also for a broker not to be trusted."""
        with self._lock:
            if self._hands is None:
                settings = load()
                set_up_events(settings.log.level, settings.log.format)
                check_broker(settings.broker)
                self._own = assemble(settings)
                self._hands = Hands(self._own.ctx, self._own.waker)
            return self._hands

    def end_soon(self) -> None:
        """The process was told to stop: post nothing more. Called by a signal's handler, so it waits for no lock."""
        end_soon()
        if self._hands is not None:
            self._hands.stop_posting()

    def put_down(self) -> None:
        """Finish what is in flight, post nothing more, and let go of what is ours."""
        with self._lock:
            if self._hands is not None:
                self._hands.close()
            if self._own is not None:
                self._own.close()


process = WorkerProcess()


def set_up_lines() -> None:
    """Our own log lines as this environment wants them, in a process whose other lines are Celery's."""
    settings = load()
    set_up_events(settings.log.level, settings.log.format)


def celery_from_environment() -> Celery:
    """The Celery application for `celery -A workers`."""
    settings = load()
    return make_celery(settings.broker, settings.sweep.every.total_seconds())
