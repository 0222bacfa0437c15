"""Celery as we use it: hints without arguments, early acknowledgement, no results. The rows carry everything else."""

from typing import Any

from celery import Celery
from kombu.entity import Queue

from notifier.runtime.hints import Beat, HintConsumer, HintTransport
from notifier.storage.database import Wake

SEND_DUE = "notifier.send_due"
PROCESS_WEBHOOKS = "notifier.process_webhooks"
SWEEP = "notifier.sweep"

TASK_OF = {Wake.SEND: SEND_DUE, Wake.WEBHOOKS: PROCESS_WEBHOOKS}
_QUEUE_OF = {SEND_DUE: "sending", PROCESS_WEBHOOKS: "webhooks", SWEEP: "sweep"}

# A broker that hangs must not hang us: seconds to connect, and to wait for an answer.
_CONNECT, _ANSWER = 2, 5


def make_celery(broker_url: str, sweep_every: float) -> Celery:
    """A Celery application for this broker; `sweep_every` in seconds. Connects to nothing yet."""
    app = Celery("notifier")
    app.conf.update(_settings(broker_url, sweep_every))
    return app


def _settings(broker_url: str, sweep_every: float) -> dict[str, Any]:
    return {
        "broker_url": _named(broker_url),
        "broker_transport": _path(HintTransport) if broker_url.startswith("redis") else None,
        "broker_connection_timeout": _CONNECT,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # however long it is away
        "broker_transport_options": _transport(broker_url),
        "task_queues": [Queue(name, routing_key=name) for name in _QUEUE_OF.values()],
        "task_default_queue": "sending",
        "task_routes": {task: {"queue": queue} for task, queue in _QUEUE_OF.items()},
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "worker_pool": "threads",  # drains at once on SIGTERM, and shares one pool of connections to the carrier
        # No time limit for tasks: a pool of threads cannot end one. What bounds a task that hangs stands elsewhere: its
        # rows come free with their lease, and a stop that waits for it is cut short (ending.py).
        "worker_consumer": _path(HintConsumer),
        "worker_concurrency": 8,  # ticks may wait for a carrier, a receiver or a watcher that is slow; the rest go on
        "worker_prefetch_multiplier": 4,
        # Reduced after a lost connection, for tasks that come again; a hint that is lost does not.
        "worker_enable_prefetch_count_reduction": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_cancel_long_running_tasks_on_connection_loss": True,  # concerns late acknowledgement; Celery insists
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "enable_utc": True,
        "timezone": "UTC",
        # A sweep that nobody ran is worth nothing later: the next one does its work.
        "beat_schedule": {"sweep": {"task": SWEEP, "schedule": sweep_every, "options": {"expires": 30}}},
        "beat_scheduler": _path(Beat),
    }


def _path(part: type) -> str:
    """As Celery finds a part by its name."""
    return f"{part.__module__}:{part.__qualname__}"


def _named(broker_url: str) -> str:
    """The broker of one process has no host; without one the library says at each start what it makes of that."""
    return "memory://localhost/" if broker_url == "memory://" else broker_url


def _transport(broker_url: str) -> dict[str, Any]:
    if broker_url.startswith("memory"):
        return {"polling_interval": 0.01}
    return {
        "socket_connect_timeout": _CONNECT,
        "socket_timeout": _ANSWER,
        "socket_keepalive": True,
        "health_check_interval": 30,
    }
