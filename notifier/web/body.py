"""Reading a request's body: once, as bytes, and never more than the limit."""

from fastapi import Request

from notifier.web.parts import parts_of
from notifier.web.problems import TooLarge


async def read_body(request: Request) -> bytes:
    """The raw body. Raises TooLarge as soon as it is known to exceed the limit, whatever its length claims to be."""
    most = parts_of(request).max_body
    claimed = request.headers.get("content-length", "")
    if claimed.isdecimal() and (len(claimed) > 18 or int(claimed) > most):
        raise _too_large(most)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body is larger than {most} bytes.")
