"""How answers are written: JSON in UTF-8, never cached, as they may hold personal data."""

import json
from typing import Any

from starlette.responses import Response

_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Shown(Response):
    """A JSON answer."""

    media_type = "application/json"

    def __init__(self, content: Any, status_code: int = 200, headers: dict[str, str] | None = None) -> None:
        super().__init__(content, status_code, _PRIVATE | (headers or {}))

    def render(self, content: Any) -> bytes:
        """UTF-8. NaN would be no JSON, so it is refused here rather than at the client."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


class ProblemShown(Shown):
    """A problem (RFC 9457)."""

    media_type = "application/problem+json"
