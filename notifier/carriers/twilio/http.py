"""The SDK's HTTP client, with what it lacks: another base address, timeouts, sized pools, and no proxy lookups."""

import threading
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

_CONNECT = 3.0  # seconds until a server that does not answer counts as not there
_HOME = ".twilio.com"


class BaseUrlClient(TwilioHttpClient):
    """Sends what is meant for *.twilio.com to `base_url` (scheme, host and a path's prefix), when there is one.

    Never retries and never follows a redirect: a POST is made once.
    """

    def __init__(self, base_url: str | None, timeout: timedelta, pool_size: int) -> None:
        super().__init__()
        self._base = base_url.rstrip("/") if base_url else None
        self._prefix = urlsplit(self._base).path if self._base else ""
        self._heard = threading.local()
        # requests takes a pair; the SDK passes it on as it is.
        self.timeout: Any = (min(_CONNECT, timeout.total_seconds()), timeout.total_seconds())
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=pool_size, max_retries=0)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        # Looking up proxy variables and netrc files for each request costs a fifth of the time.
        self.session.trust_env = False

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """One request, wherever it is meant to go."""
        self._heard.retry_after = None
        kwargs["allow_redirects"] = False
        response: Response = super().request(method, self._aim(url), *args, **kwargs)
        self._heard.retry_after = (response.headers or {}).get("Retry-After")
        return response

    def retry_after(self) -> timedelta | None:
        """What the last answer in this thread said about when to come back; the SDK's exceptions do not tell."""
        raw = getattr(self._heard, "retry_after", None)
        return timedelta(seconds=int(raw)) if raw and raw.isascii() and raw.isdigit() and len(raw) < 7 else None

    def close(self) -> None:
        """Close every connection."""
        self.session.close()

    def log_request(self, kwargs: Any) -> None:
        """Nothing: a request holds a number and a body."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Nothing, for the same reason."""

    def _aim(self, url: str) -> str:
        parts = urlsplit(url)
        if self._base is None or not (parts.hostname or "").endswith(_HOME):
            return url
        # A server under a path may name its next page with that path or without it.
        path = parts.path.removeprefix(self._prefix) if self._prefix else parts.path
        return self._base + path + (f"?{parts.query}" if parts.query else "")
