"""A client's desk: HTTP with one key, as anybody outside would speak it."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

from notifier.cli.demo.trouble import Trouble

_TIMEOUT = 30  # seconds


class Desk:
    """Each call has a connection of its own, so threads may share a desk."""

    def __init__(self, address: str, key: str = "") -> None:
        self._address = address
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})

    def ask(self, method: str, path: str, body: object | None = None) -> tuple[int, Any]:
        """The status, and the content: JSON read, anything else as text. Raises Trouble when nobody answers."""
        connection = HTTPConnection(self._address, timeout=_TIMEOUT)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), self._headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, HTTPException) as failure:
            raise Trouble(f"{method} {path} was not answered ({type(failure).__name__}).") from None
        finally:
            connection.close()
        return answer.status, json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text

    def get(self, path: str, **query: str | int) -> Any:
        """What is there. Raises Trouble when it cannot be had."""
        address = f"{path}?{urlencode(query)}" if query else path
        status, content = self.ask("GET", address)
        if status != 200:
            raise Trouble(f"GET {path} was answered with {status}: {_why(content)}")
        return content

    def post(self, path: str, body: object, *wanted: int) -> Any:
        """What comes of it. Raises Trouble unless the status is one of those wanted (200 when none is named)."""
        status, content = self.ask("POST", path, body)
        if status not in (wanted or (200,)):
            raise Trouble(f"POST {path} was answered with {status}: {_why(content)}")
        return content

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Every entry of a list, page by page."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, limit=200, **cursor)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}


def _why(content: Any) -> str:
    """A problem's own sentences; they hold no number and no body."""
    if not isinstance(content, dict):
        return "without a reason."
    fields = "; ".join(f"{error['field']} {error['message']}" for error in content.get("errors", []))
    return " ".join(filter(None, (content.get("detail") or content.get("error"), fields)))
