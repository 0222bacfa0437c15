"""The worker and the scheduler inside the web server's process: the same Celery application, in threads."""

import threading
from collections.abc import Callable

from celery.beat import EmbeddedService

from notifier.runtime import worker_process
from notifier.storage.models.watching import Part
from workers import app

_PATIENCE = 2  # seconds for Celery's own threads; what is in flight was waited for before


class EmbeddedWorker:
    """Celery's own worker and beat, without processes of their own and without signal handlers."""

    def __init__(self) -> None:
        self._worker = app.WorkController(
            app=app, pool="threads", without_gossip=True, without_mingle=True, without_heartbeat=True
        )
        self._thread = threading.Thread(target=self._worker.start, name="worker", daemon=True)
        # The embedded service does not read the setting, and its own choice would keep a file of the schedule.
        self._beat = EmbeddedService(app, thread=True, scheduler_cls=app.conf.beat_scheduler)
        self._beat.daemon = True

    def start(self) -> None:
        """Begin to take hints, and to tick."""
        self._thread.start()
        self._beat.start()

    def parts(self) -> dict[Part, Callable[[], bool]]:
        """What runs here; for each, how to ask whether it still does."""
        return {Part.WORKER: self._thread.is_alive, Part.SCHEDULER: self._beat.is_alive}

    def stop(self) -> None:
        """Tick no more, post nothing more, and wait for what is in flight."""
        self._beat.service.stop()  # Without waiting: a beat that looks for a lost broker would not hear of it.
        worker_process.put_down()
        stopping = threading.Thread(target=self._worker.stop, name="worker-stop", daemon=True)
        stopping.start()
        # Celery's consumer thread is not waited for: it holds nothing any more, and looks up only every two seconds.
        stopping.join(_PATIENCE)
