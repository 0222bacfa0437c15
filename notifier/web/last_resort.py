"""The last resort: a failure nobody foresaw becomes one log line and a problem without details."""

from pathlib import PurePath
from traceback import extract_tb

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notifier.web.problems import crash

log = structlog.get_logger()

_DEEPEST = 3  # places named in the log line


class LastResort:
    """Stands around everything else, so that the server itself never prints a message with somebody's data in it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; answer 500 unless an answer is under way already."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as failure:
            if scope["type"] != "http":
                raise
            log.error("request_crashed", error=type(failure).__name__, route=_route(scope), where=_where(failure))
            if not started:
                await crash()(scope, receive, send)


def _route(scope: Scope) -> str:
    """The pattern, not the path: a path may hold anything."""
    return f"{scope['method']} {getattr(scope.get('route'), 'path', 'unknown')}"


def _where(failure: Exception) -> str:
    """The innermost places, without the message, which may repeat a value."""
    frames = extract_tb(failure.__traceback__)[-_DEEPEST:]
    return " < ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
