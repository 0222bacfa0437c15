"""A request waits for the database for seconds, not for a minute: whoever asks is told to come back (503)."""

from starlette.types import ASGIApp, Receive, Scope, Send

from notifier.storage.patience import patience

# Seconds an answer of the database may take. The carrier waits for ours for fifteen, and calls again or is asked later.
_PATIENCE = 5.0


class Patient:
    """So a frozen PostgreSQL does not hold every thread of the server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, with the patience of a client."""
        with patience(_PATIENCE):
            await self.app(scope, receive, send)
