"""A request byte by byte, as no well-behaved client would send it: raw path and query, headers that lie, chunks."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from starlette.types import ASGIApp, Message


@dataclass
class Wire:
    """What came back, and how many chunks of the body the application asked for."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    taken: int = 0


def on_the_wire(
    app: ASGIApp,
    method: str,
    target: str,
    headers: Mapping[str, str],
    chunks: Iterable[bytes] = (),
    *,
    breaks_off: bool = False,
) -> Wire:
    """Send it. The path is decoded by us, as a server does; `breaks_off`: the client goes away after its chunks."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }
    seen = Wire()
    waiting = iter(chunks)
    ended = False

    async def receive() -> Message:
        nonlocal ended
        if ended:
            await asyncio.Future()  # the client stays until it has its answer
        chunk = next(waiting, None)
        ended = chunk is None
        if ended and breaks_off:
            return {"type": "http.disconnect"}
        seen.taken += not ended
        return {"type": "http.request", "body": chunk or b"", "more_body": not ended}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            seen.status = message["status"]
            seen.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        seen.body += message.get("body", b"")

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]  # plain functions will do
    return seen
