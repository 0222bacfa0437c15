"""The parts of a worker process, made at its first task and shared by its threads."""

import threading

from celery import Celery

from notifier.runtime.assemble import Runtime, assemble
from notifier.runtime.broker import check_broker
from notifier.runtime.hands import Hands
from notifier.runtime.queue import make_celery
from notifier.settings import load


class WorkerProcess:
    """Holds one runtime and one pair of hands, however many threads ask for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runtime: Runtime | None = None
        self._hands: Hands | None = None

    def adopt(self, runtime: Runtime) -> None:
        """Use the parts of a process that has them already."""
        with self._lock:
            self._runtime = runtime
            self._hands = Hands(runtime.ctx, runtime.waker)

    def prepare(self) -> Hands:
        """The hands, made when they are not there yet. Raises SettingsWrong, also for a broker not to be trusted."""
        with self._lock:
            if self._hands is None:
                settings = load()
                check_broker(settings.broker)
                self._runtime = assemble(settings)
                self._hands = Hands(self._runtime.ctx, self._runtime.waker)
            return self._hands

    def put_down(self) -> None:
        """Finish what is in flight, and let go."""
        with self._lock:
            hands, self._hands = self._hands, None
            runtime, self._runtime = self._runtime, None
        if hands is not None:
            hands.close()
        if runtime is not None:
            runtime.close()


process = WorkerProcess()


def celery_from_environment() -> Celery:
    """The Celery application for `celery -A workers`."""
    settings = load()
    return make_celery(settings.broker, settings.sweep.every.total_seconds())
