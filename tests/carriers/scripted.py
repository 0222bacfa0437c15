"""A server that answers each request as the test wrote it down, and remembers what it was asked."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SID = "SM" + "7a" * 16


class Asked:
    """One request as it came in."""

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: str) -> None:
        self.method = method
        self.target = target
        self.path = urlsplit(target).path
        self.query = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.form = parse_qsl(body, keep_blank_values=True)


class Handler(BaseHTTPRequestHandler):
    """Reads a request, and lets the script answer it."""

    protocol_version = "HTTP/1.1"
    server: "ScriptedServer"

    def do_GET(self) -> None:
        """Asking."""
        self._follow_the_script()

    def do_POST(self) -> None:
        """A text."""
        self._follow_the_script()

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _follow_the_script(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.asked.append(Asked(self.command, self.path, dict(self.headers.items()), body))
        answer = self.server.script.popleft() if self.server.script else says(201, message())
        answer(self)


Answer = Callable[[Handler], None]


class ScriptedServer(ThreadingHTTPServer):
    """`script` holds the next answers; when it is empty, every text is taken."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.script: deque[Answer] = deque()
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """One that serves until the block ends."""
    server = ScriptedServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def message(**changes: Any) -> dict[str, Any]:
    """A message as Twilio shows it."""
    return {
        "sid": SID,
        "status": "queued",
        "to": "+85291234567",
        "from": "+85264500001",
        "body": "hello",
        "direction": "outbound-api",
        "num_segments": "1",
        "num_media": "0",
        "error_code": None,
        "date_created": "Wed, 25 Nov 2026 01:02:03 +0000",
        "uri": f"/2010-04-01/Accounts/AC/Messages/{SID}.json",
    } | changes


def page(*messages: Mapping[str, Any], next_page_uri: str | None = None) -> Answer:
    """A page of a list."""
    return says(200, {"messages": list(messages), "page": 0, "page_size": 1000, "next_page_uri": next_page_uri})


def refuses(status: int, code: int | None, **headers: str) -> Answer:
    """An error in Twilio's form."""
    document = {"message": "No.", "more_info": "https://www.twilio.com/docs/errors", "status": status}
    return says(
        status, document | ({"code": code} if code else {}), **{k.replace("_", "-"): v for k, v in headers.items()}
    )


def says(status: int, document: Any, **headers: str) -> Answer:
    """JSON; bytes and text go out as they are."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()

    def answer(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(raw))} | headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(raw)

    return answer


def hangs_up(handler: Handler) -> None:
    """The line drops before a word is said."""
    handler.close_connection = True


def breaks_off(handler: Handler) -> None:
    """The line drops in the middle of an answer."""
    handler.close_connection = True
    handler.send_response(201)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"sid": "SM')


def stays_silent(handler: Handler) -> None:
    """Nothing comes back, until the server ends."""
    handler.close_connection = True
    handler.server.over.wait(20)


def dribbles(handler: Handler) -> None:
    """The answer begins, and does not go on."""
    handler.close_connection = True
    handler.send_response(201)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.server.over.wait(20)
