"""Thin tasks: each is one call without arguments, since what is due stands in the rows."""

import atexit
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from celery import signals

from notifier.domain.errors import NotifierError
from notifier.runtime import celery_from_environment, set_up_library_logs, worker_process
from notifier.runtime.queue import PROCESS_WEBHOOKS, SEND_DUE, SWEEP

Made = TypeVar("Made")


def _told(make: Callable[[], Made]) -> Made:
    """What the product foresees ends the process with a sentence; Celery would log it at length, and go on."""
    try:
        return make()
    except NotifierError as trouble:
        sys.stderr.write(f"{trouble}\n")
        raise SystemExit(2) from None


app = _told(celery_from_environment)


@app.task(name=SEND_DUE)
def send_due() -> None:
    """Post the texts that are due."""
    worker_process.hands().send_due()


@app.task(name=PROCESS_WEBHOOKS)
def process_webhooks() -> None:
    """Let the webhooks that wait take effect."""
    worker_process.hands().process_webhooks()


@app.task(name=SWEEP)
def sweep() -> None:
    """Fire what is due, settle what is unknown, and find what a lost hint left behind."""
    worker_process.hands().sweep()


@signals.setup_logging.connect
def _tell(loglevel: int, logfile: str | None = None, **_: Any) -> None:
    set_up_library_logs(loglevel, logfile)


@signals.worker_init.connect
def _prepare(**_: Any) -> None:
    # Settings that cannot be used, or a broker not to be trusted, should stop the start and not the first text.
    _told(worker_process.hands)


@signals.beat_init.connect
def _prepare_beat(**_: Any) -> None:
    _told(worker_process.prepare_beat)
    atexit.register(worker_process.put_down)  # a scheduler has no signal of its own for its end


@signals.worker_shutting_down.connect
def _end_soon(**_: Any) -> None:
    worker_process.end_soon()


@signals.worker_shutdown.connect
def _put_down(**_: Any) -> None:
    worker_process.put_down()
