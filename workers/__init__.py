"""The Celery application: `celery -A workers worker`, `celery -A workers beat`."""

from workers.tasks import app

__all__ = ["app"]
