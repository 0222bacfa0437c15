"""Thin tasks. Each is one call without arguments: what is due stands in the rows."""

from typing import Any

from celery import Celery, signals

from notifier.runtime import hands
from notifier.runtime.queue import PROCESS_WEBHOOKS, SEND_DUE, SWEEP, make_celery_from_environment

app: Celery = make_celery_from_environment()


@app.task(name=SEND_DUE, time_limit=300)
def send_due() -> None:
    """Post the texts that are due."""
    hands().send_due()


@app.task(name=PROCESS_WEBHOOKS, time_limit=120)
def process_webhooks() -> None:
    """Work on the webhooks that wait."""
    hands().process_webhooks()


@app.task(name=SWEEP, time_limit=300)
def sweep() -> None:
    """Fire what is due, settle what is unknown, and find what a lost hint left behind."""
    hands().sweep()


@signals.worker_init.connect
def _prepare(**_: Any) -> None:
    # Fails here, with a sentence, rather than at the first text.
    hands().check_broker()


@signals.worker_shutdown.connect
def _put_down(**_: Any) -> None:
    hands().close()
