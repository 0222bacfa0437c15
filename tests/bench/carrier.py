"""A carrier that costs next to nothing: it answers every POST with 201 and a message of its own, and keeps none.

Floors and product post to the same one. It runs as a process of its own: `python -m tests.bench.carrier PORT`.
"""

import asyncio
import itertools
import json
import sys

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_NUMBERS = itertools.count(1)
_ACCOUNT = "AC" + "0" * 32
_SID = "SM" + "0" * 32
_MESSAGE = json.dumps(
    {
        "account_sid": _ACCOUNT,
        "api_version": "2010-04-01",
        "body": "Customs asks what is in your item.",
        "date_created": "Thu, 26 Nov 2026 10:00:00 +0000",
        "date_sent": None,
        "date_updated": "Thu, 26 Nov 2026 10:00:00 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": "+85264500001",
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": _SID,
        "status": "queued",
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{_ACCOUNT}/Messages/{_SID}/Media.json"},
        "to": "+85291234567",
        "uri": f"/2010-04-01/Accounts/{_ACCOUNT}/Messages/{_SID}.json",
    }
)
_HEAD = f"HTTP/1.1 201 CREATED\r\nContent-Type: application/json\r\nContent-Length: {len(_MESSAGE)}\r\n\r\n"
_BEFORE, *_BETWEEN = (_HEAD + _MESSAGE).encode().split(_SID.encode())


class _Line(asyncio.Protocol):
    """One kept-alive connection. Reads no more of a request than where it ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._heard = b""

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (head := self._heard.find(_END)) >= 0:
            end = head + len(_END) + _length(self._heard[:head])
            if len(self._heard) < end:
                return
            self._heard = self._heard[end:]
            self._transport.write(_answer())  # type: ignore[attr-defined]  # a TCP transport


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(_LENGTH)
    return int(rest.partition(b"\r\n")[0] or 0)


def _answer() -> bytes:
    sid = b"SM%032x" % next(_NUMBERS)
    return _BEFORE + b"".join(sid + part for part in _BETWEEN)


async def serve(port: int) -> None:
    """Until the process is killed."""
    server = await asyncio.get_running_loop().create_server(_Line, "127.0.0.1", port, backlog=256)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
