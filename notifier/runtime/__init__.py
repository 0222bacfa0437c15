"""The composition root: the only place where settings, storage, carriers, services and queue are put together."""

from notifier.runtime.assemble import Runtime, assemble, open_runtime
from notifier.runtime.process import celery_from_environment, set_up_library_logs, worker_process

__all__ = ["Runtime", "assemble", "celery_from_environment", "open_runtime", "set_up_library_logs", "worker_process"]
