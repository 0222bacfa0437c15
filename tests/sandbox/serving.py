"""The sandbox on loopback, and somebody who receives its webhooks."""

import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl

import httpx2
import uvicorn
from starlette.types import ASGIApp

from notifier.sandbox import SandboxPlan, create_sandbox
from tests.waiting import eventually

ACCOUNT = "AC" + "0a" * 16
TOKEN = "a-token/of+its=own"
OURS = "+85264500001"
MOBILE = "+85291234567"
_MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"


@dataclass(frozen=True)
class Webhook:
    """A webhook as it came in."""

    target: str
    headers: dict[str, str]
    raw: str

    def __getitem__(self, name: str) -> str:
        return self.form[name]

    @property
    def form(self) -> dict[str, str]:
        """Its fields."""
        return dict(parse_qsl(self.raw, keep_blank_values=True))


class Receiver:
    """Keeps every webhook. `answers` holds the statuses of the next answers; 200 follows when it is empty."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status_url = f"{url}/status?m=an-attempt"
        self.webhooks: list[Webhook] = []
        self.answers: deque[int] = deque()

    def statuses(self, sid: str) -> list[str]:
        """What was told about one text, in the order it came."""
        return [hook["MessageStatus"] for hook in list(self.webhooks) if hook.form.get("MessageSid") == sid]

    def inbound(self) -> list[Webhook]:
        """Replies."""
        return [hook for hook in list(self.webhooks) if hook.target == "/inbound"]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that serves until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = receiver.answers.popleft() if receiver.answers else 200
            receiver.webhooks.append(Webhook(self.path, dict(self.headers.items()), raw))
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class SandboxServer:
    """One sandbox, as a client with the account's credentials sees it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.Client(base_url=url, auth=(ACCOUNT, TOKEN), trust_env=False, timeout=20)

    def post(self, **form: str) -> httpx2.Response:
        """POST a text: to MOBILE, from OURS, saying hello, but for what `form` says."""
        return self.http.post(f"{_MESSAGES}.json", data={"To": MOBILE, "From": OURS, "Body": "hello"} | form)

    def accepted(self, **form: str) -> dict[str, Any]:
        """A text that was taken."""
        answer = self.post(**form)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def fetch(self, sid: str) -> dict[str, Any]:
        """One message."""
        answer = self.http.get(f"{_MESSAGES}/{sid}.json")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def page(self, **filters: str) -> dict[str, Any]:
        """The first page of a list; `DateSent>` and the like fit in through `**{...}`."""
        answer = self.http.get(f"{_MESSAGES}.json", params=filters)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def settled(self, sid: str, status: str) -> dict[str, Any]:
        """The message once it has this status."""
        eventually(lambda: self.fetch(sid)["status"] == status, what=f"Becoming {status}")
        return self.fetch(sid)

    def misbehave(self, **mischief: float) -> None:
        """From now on things go wrong like this."""
        assert self.http.post("/control/mischief", json=mischief).status_code == 200

    def reply(self, body: str, **more: Any) -> str:
        """MOBILE writes; the SID."""
        answer = self.http.post("/control/reply", json={"from": MOBILE, "body": body} | more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["sid"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()


@contextmanager
def sandbox_server(path: Path, inbound_url: str, **changes: Any) -> Iterator[SandboxServer]:
    """A sandbox with this file, served until the block ends; a second one goes on with the same file."""
    plan = SandboxPlan(path, ACCOUNT, TOKEN, inbound_url, hotline="2921 2222", delay=0.01)
    box = create_sandbox(replace(plan, **changes))
    box.start()
    try:
        with _served(box.app) as url, SandboxServer(url) as server:
            yield server
    finally:
        box.close()


@contextmanager
def _served(app: ASGIApp) -> Iterator[str]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    eventually(lambda: server.started, what="The server starting")
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
