"""A receiver of messages and of signs of life on loopback: it keeps what it is told, and answers as a test says."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_LONGEST = 30.0  # seconds a held answer waits at most


@dataclass
class Receiver:
    """`script`: statuses of the next answers, 200 afterwards. While `hold` is clear, answers wait for it."""

    port: int
    told: list[Any] = field(default_factory=list)
    script: deque[int] = field(default_factory=deque)
    hold: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """As apprise takes it; the path is a secret."""
        return f"json://127.0.0.1:{self.port}/hush-hush"

    @property
    def url(self) -> str:
        """As a heartbeat takes it."""
        return f"http://127.0.0.1:{self.port}/hush-hush"


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One that listens until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def do_GET(self) -> None:
            self._answer(self.path)

        def _answer(self, heard: Any) -> None:
            one.told.append(heard)
            one.hold.wait(_LONGEST)
            status = one.script.popleft() if one.script else 200
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return  # The other side did not wait.

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    one = Receiver(server.server_address[1])
    one.hold.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.hold.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
