"""Somebody else's idea of Twilio: legal, and unlike ours wherever that is allowed.

It lives under a path, writes header names in capitals, sends its answers in chunks and with fields nobody knows, thinks
long about the first text, and calls every new text "accepted". It shares no line with the product.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from uuid import uuid4

ACCOUNT = "AC" + "5e" * 16
TOKEN = "an/opaque+token"
_PREFIX = "/telecom/v7"
_MESSAGES = f"{_PREFIX}/2010-04-01/Accounts/{ACCOUNT}/Messages"
_THINKS = 1.5  # seconds about the first text


@dataclass(frozen=True)
class Sms:
    """A text it was handed: every field of the form, in order."""

    sid: str
    form: tuple[tuple[str, str], ...]
    date: str = field(default_factory=formatdate)

    def __getitem__(self, name: str) -> str:
        return dict(self.form)[name]


class StrangeCarrier:
    """What it was handed is in `texts`; what it could make nothing of is in `refused`."""

    def __init__(self) -> None:
        self.texts: list[Sms] = []
        self.refused: list[str] = []
        self.base_url = ""
        self._lock = Lock()

    def texts_to(self, phone: str) -> list[Sms]:
        """What was texted to one phone, oldest first."""
        return [sms for sms in self.texts if sms["To"] == phone]

    def take(self, form: list[tuple[str, str]]) -> Sms:
        """One more text."""
        with self._lock:
            sms = Sms(f"SM{uuid4().hex}", tuple(form))
            self.texts.append(sms)
            first = len(self.texts) == 1
        if first:
            Event().wait(_THINKS)
        return sms

    def report(self, sms: Sms, status: str) -> int:
        """Call back about a text, at the address that came with it; the HTTP status of the answer."""
        form = {"MessageSid": sms.sid, "MessageStatus": status, "To": sms["To"], "From": sms["From"]}
        more = {"RawDlrDoneDate": "2611261412", "ChannelPrefix": "", "SomethingNew": "等候 & more"}
        return _post(sms["StatusCallback"].partition("#")[0], form | more)

    def reply(self, url: str, sms: Sms, words: str) -> int:
        """The phone that got a text answers it; the HTTP status of the answer."""
        form = {"MessageSid": f"SM{uuid4().hex}", "Body": words, "From": sms["To"], "To": sms["From"]}
        return _post(url, form | {"NumMedia": "0", "NumSegments": "1", "FromCity": "", "FromCountry": "HK"})


def _post(url: str, form: Mapping[str, str]) -> int:
    """Signed by the account's token over the address and the sorted form."""
    form = {"AccountSid": ACCOUNT, **form}
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
    headers = {
        "X-TWILIO-SIGNATURE": base64.b64encode(digest).decode(),
        "CONTENT-TYPE": "application/x-www-form-urlencoded; charset=UTF-8",
    }
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=15)
    try:
        connection.request(
            "POST", f"{parts.path}?{parts.query}" if parts.query else parts.path, urlencode(form), headers
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


@contextmanager
def strange_carrier() -> Iterator[StrangeCarrier]:
    """One that serves on loopback until the block ends."""
    carrier = StrangeCarrier()
    handler = type("Handler", (_Handler,), {"carrier": carrier})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    carrier.base_url = f"http://127.0.0.1:{server.server_address[1]}{_PREFIX}/"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield carrier
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    carrier: StrangeCarrier

    def do_POST(self) -> None:
        """A new text."""
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self._unwelcome(urlsplit(self.path).path == f"{_MESSAGES}.json"):
            return
        sms = self.carrier.take(parse_qsl(raw.decode(), keep_blank_values=True))
        self._answer(201, _shown(sms))

    def do_GET(self) -> None:
        """All texts between two parties, on one page."""
        address = urlsplit(self.path)
        if self._unwelcome(address.path == f"{_MESSAGES}.json"):
            return
        wanted = {name: values[0] for name, values in parse_qs(address.query).items() if name in ("To", "From")}
        found = [sms for sms in reversed(self.carrier.texts) if wanted.items() <= dict(sms.form).items()]
        self._answer(200, {"messages": [_shown(sms) for sms in found], "next_page_uri": None, "sorted": "yes"})

    def _unwelcome(self, known: bool) -> bool:
        key = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if known and self.headers.get("authorization") == key:
            return False
        self.carrier.refused.append(f"{self.command} {self.path}")
        self._answer(404, {"code": 20404, "message": "not here", "status": 404})
        return True

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        """In two chunks, the second a moment later."""
        raw = json.dumps(document, ensure_ascii=False).encode()
        self.send_response(status, "whatever")
        for name, value in (("CONTENT-TYPE", "application/json; charset=utf-8"), ("TRANSFER-ENCODING", "chunked")):
            self.send_header(name, value)
        self.end_headers()
        for part in (raw[:10], raw[10:], b""):
            self.wfile.write(f"{len(part):X}\r\n".encode() + part + b"\r\n")
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nothing: what it was asked is in `texts` and `refused`."""


def _shown(sms: Sms) -> dict[str, Any]:
    return {
        "tier": {"name": "gold", "since": [2019]},
        "sid": sms.sid,
        "status": "accepted",
        "to": sms["To"],
        "from": sms["From"],
        "body": sms["Body"],
        "direction": "outbound-api",
        "num_segments": "2",
        "num_media": "0",
        "date_created": sms.date,
        "error_code": None,
        "uri": f"{_MESSAGES}/{sms.sid}.json".removeprefix(_PREFIX),
        "seen_at": time.time(),
    }
