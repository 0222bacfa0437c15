"""Thin tasks: each is one call without arguments, since what is due stands in the rows."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from celery import signals

from notifier.domain.errors import NotifierError
from notifier.runtime import celery_from_environment, process, set_up_lines

Made = TypeVar("Made")


def _told(make: Callable[[], Made]) -> Made:
    """What the product foresees ends the process with a sentence; Celery would log it at length, and go on."""
    try:
        return make()
    except NotifierError as trouble:
        sys.stderr.write(f"{trouble}\n")
        raise SystemExit(2) from None


app = _told(celery_from_environment)


@app.task(name="notifier.send_due")
def send_due() -> None:
    """Post the texts that are due."""
    process.hands().send_due()


@app.task(name="notifier.process_webhooks")
def process_webhooks() -> None:
    """Let the webhooks that wait take effect."""
    process.hands().process_webhooks()


@app.task(name="notifier.sweep")
def sweep() -> None:
    """Fire what is due, settle what is unknown, and find what a lost hint left behind."""
    process.hands().sweep()


@signals.worker_init.connect
def _prepare(**_: Any) -> None:
    # Settings that cannot be used, or a broker that evicts, should stop the start and not the first text.
    _told(process.hands)


@signals.beat_init.connect
def _prepare_beat(**_: Any) -> None:
    set_up_lines()


@signals.worker_shutting_down.connect
def _end_soon(**_: Any) -> None:
    process.end_soon()


@signals.worker_shutdown.connect
def _put_down(**_: Any) -> None:
    process.put_down()
