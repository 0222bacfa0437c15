"""Logs: one line an event, on standard error; never a number, a name or a body.

Lines of the libraries take the same form as ours. Where one tells, at whatever length, that the broker is away, it is
the one line of `Outage` that is written. Everything else keeps its traceback.
"""

import logging
import sys
from typing import Any

import structlog
from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import TimeoutError as Silent
from structlog.typing import Processor

from notifier.runtime.outage import broker_outage

_QUIET = ("celery", "kombu", "amqp", "urllib3", "twilio", "alembic", "uvicorn", "asyncio")
# Who speaks with the broker. Not who runs tasks, nor who says why a worker ends: those are never foreseen.
_WITH_THE_BROKER = ("celery.worker.consumer", "celery.worker.loops", "celery.beat", "kombu")
_AWAY = (OperationalError, Lost, Silent, ConnectionError, TimeoutError)


def set_up_logs(level: str, form: str) -> None:
    """`level` as in logging; `form` is console or json."""
    set_up_events(level, form)
    set_up_libraries(max(_number(level), logging.WARNING), form)


def set_up_events(level: str, form: str) -> None:
    """Our own lines alone."""
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_before(), *_at_the_end(form)],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def set_up_libraries(level: int, form: str, file: str | None = None) -> None:
    """What libraries tell, from `level` on, in the form of our own lines: on standard error, or in `file`."""
    handler = logging.FileHandler(file) if file else logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_before()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_at_the_end(form)],
        )
    )
    handler.addFilter(_is_news)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in _QUIET:
        logging.getLogger(name).setLevel(level)


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _before() -> list[Processor]:
    return [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]


def _at_the_end(form: str) -> list[Processor]:
    """A traceback names places and no values: those of variables may be somebody's."""
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line should be written; one that the broker is away goes to who tells of that once."""
    if not record.name.startswith(_WITH_THE_BROKER):
        return True
    failure = _failure_in(record)
    if failure is None:
        return True
    broker_outage.begun(failure)
    return False


def _failure_in(record: logging.LogRecord) -> Exception | None:
    """The broker's failure that a line is about: its traceback's, or the one it quotes."""
    quoted: tuple[Any, ...] = record.args if isinstance(record.args, tuple) else ()
    raised = record.exc_info[1] if record.exc_info else None
    return next((one for one in (raised, *quoted) if isinstance(one, _AWAY)), None)
