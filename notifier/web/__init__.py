"""HTTP: the API, the carrier's webhooks, health and figures.

A route reads the request, calls one use case, and shows what came of it.
"""

from notifier.web.app import create_app
from notifier.web.parts import WebParts

__all__ = ["WebParts", "create_app"]
