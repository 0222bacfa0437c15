"""The parts of a worker process, made at its first task and shared by its threads."""

import threading

from celery import Celery

from notifier.domain.errors import SettingsWrong
from notifier.runtime.assemble import Runtime, assemble
from notifier.runtime.broker import check_broker
from notifier.runtime.ending import end_soon
from notifier.runtime.hands import Hands
from notifier.runtime.life import Life
from notifier.runtime.logs import set_up_events, set_up_libraries
from notifier.runtime.queue import make_celery
from notifier.settings import Settings, load
from notifier.storage.models.watching import Part


class WorkerProcess:
    """Holds one runtime and one pair of hands, however many threads ask for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._own: Runtime | None = None
        self._hands: Hands | None = None
        self._lives: list[Life] = []

    def adopt(self, runtime: Runtime) -> None:
        """Use the parts of a process that has them already, and leave closing them to it."""
        with self._lock:
            self._hands = Hands(runtime.ctx, runtime.waker)

    def hands(self) -> Hands:
        """The hands, made when they are not there yet. Raises SettingsWrong, also for a broker not to be trusted."""
        with self._lock:
            if self._hands is None:
                settings = _settings_beside_others()
                check_broker(settings.broker)
                own = self._begin(settings, Part.WORKER)
                self._hands = Hands(own.ctx, own.waker)
            return self._hands

    def prepare_beat(self) -> None:
        """What a scheduler needs before it ticks; nothing beside adopted parts. Raises SettingsWrong."""
        with self._lock:
            if self._hands is None:
                self._begin(_settings_beside_others(), Part.SCHEDULER)

    def _begin(self, settings: Settings, part: Part) -> Runtime:
        """The parts of this process, which from now on leaves signs of life. Raises SettingsWrong."""
        if self._own is None:
            self._own = assemble(settings)
        self._lives.append(Life.of_process(self._own.ctx, part))
        return self._own

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
            for life in self._lives:
                life.end()
            if self._own is not None:
                self._own.close()


worker_process = WorkerProcess()


def _settings_beside_others() -> Settings:
    """The settings of a process that works beside others, with its log lines set up. Raises SettingsWrong.

    Its hints would reach nobody through a broker that lives in one process, and it would look well all the while.
    """
    settings = load()
    set_up_events(settings.log.level, settings.log.format)
    if settings.broker_within_process:
        raise SettingsWrong("NOTIFIER_BROKER_URL: memory:// serves one process: run `notifier up`, or name a Redis.")
    return settings


def set_up_library_logs(level: int, file: str | None) -> None:
    """What Celery and others tell in a process of Celery's own; `level` and `file` are what its command was given."""
    set_up_libraries(level, load().log.format, file)


def celery_from_environment() -> Celery:
    """The Celery application for `celery -A workers`."""
    settings = load()
    return make_celery(settings.broker, settings.sweep.every.total_seconds())
