"""The stream of events that open pages listen to."""

from collections.abc import AsyncIterator

import anyio
from fastapi import APIRouter, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from notifier.console.access import Watching
from notifier.console.pulse import Pulse

router = APIRouter()
# Seconds after which a page connects anew: so long may somebody listen whose session has ended. Events say nothing.
LASTS = 60.0
_AGAIN = 2000  # milliseconds until it does


@router.get("/changes")
async def watch_changes(request: Request, _visitor: Watching) -> EventSourceResponse:
    """`changed` whenever something was written; pages then ask for what they show, with their own permissions."""
    ending = anyio.Event()  # set when the server stops; the stream then has a moment to end by itself
    events = _events(request.app.state.pulse, ending)
    return EventSourceResponse(events, ping=15, shutdown_event=ending, shutdown_grace_period=1.5)


async def _events(pulse: Pulse, ending: anyio.Event) -> AsyncIterator[ServerSentEvent]:
    event = "listening"
    async for _ in pulse.beats(LASTS, ending.is_set):
        yield ServerSentEvent(event=event, data="", retry=_AGAIN)
        event = "changed"
