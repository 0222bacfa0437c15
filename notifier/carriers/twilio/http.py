"""The SDK's transport: its requests over urllib3, to another base address where there is one.

The SDK's own client speaks through requests, which costs twice the processor time of urllib3 beneath it, has no timeout
by default, and looks up proxies; what it raises says less clearly whether a connection was ever made.
"""

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import certifi
import urllib3
from twilio.http import HttpClient
from twilio.http.response import Response

_CONNECT = 3.0  # seconds until a server that does not answer counts as not there
_HOME = ".twilio.com"


class Transport(HttpClient):
    """Sends what is meant for *.twilio.com to `base_url` (scheme, host and a path's prefix), when there is one.

    Never retries and never follows a redirect: a POST is made once. Logs nothing: a request holds a number and a body.
    """

    def __init__(self, base_url: str | None, timeout: timedelta, pool_size: int) -> None:
        super().__init__(None, is_async=False)
        self._base = base_url.rstrip("/") if base_url else None
        self._prefix = urlsplit(self._base).path if self._base else ""
        self._heard = threading.local()
        seconds = timeout.total_seconds()
        self._pools = urllib3.PoolManager(
            num_pools=4,
            maxsize=pool_size,
            retries=False,
            timeout=urllib3.Timeout(connect=min(_CONNECT, seconds), read=seconds),
            ca_certs=certifi.where(),
        )

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_: Any,
    ) -> Response:
        """One request, wherever it is meant to go. Raises urllib3's HTTPError."""
        self._heard.retry_after = None
        answer = self._pools.request(
            method,
            self._aim(uri) + (f"?{urlencode(params, doseq=True)}" if params else ""),
            body=urlencode(data, doseq=True) if data else None,
            headers=dict(headers or {}) | (urllib3.make_headers(basic_auth=":".join(auth)) if auth else {}),
            redirect=False,
        )
        self._heard.retry_after = answer.headers.get("Retry-After")
        # Whoever reads it finds out whether it is a document: one in another encoding is none.
        return Response(answer.status, answer.data.decode(errors="replace"), answer.headers)

    def retry_after(self) -> timedelta | None:
        """What the last answer in this thread said about when to come back; the SDK's exceptions do not tell."""
        raw = getattr(self._heard, "retry_after", None)
        return timedelta(seconds=int(raw)) if raw and raw.isascii() and raw.isdigit() and len(raw) < 7 else None

    def close(self) -> None:
        """Close every connection."""
        self._pools.clear()

    def _aim(self, url: str) -> str:
        parts = urlsplit(url)
        if self._base is None or not (parts.hostname or "").endswith(_HOME):
            return url
        # A server under a path may name its next page with that path or without it.
        path = parts.path.removeprefix(self._prefix) if self._prefix else parts.path
        return self._base + path + (f"?{parts.query}" if parts.query else "")
