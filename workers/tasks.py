"""Thin tasks: each is one call without arguments, since what is due stands in the rows."""

from typing import Any

from celery import signals

from notifier.runtime import celery_from_environment, process

app = celery_from_environment()


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
    process.hands()


@signals.worker_shutdown.connect
def _put_down(**_: Any) -> None:
    process.put_down()
