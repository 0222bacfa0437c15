"""Logs: one line an event, on standard error; never a number, a name or a body."""

import logging
import sys

import structlog

_QUIET = ("celery", "kombu", "amqp", "urllib3", "twilio", "alembic", "uvicorn", "asyncio")


def set_up_logs(level: str, form: str) -> None:
    """`level` as in logging; `form` is console or json."""
    set_up_events(level, form)
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def set_up_events(level: str, form: str) -> None:
    """Our own lines alone; for a process whose other lines are looked after by Celery."""
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
