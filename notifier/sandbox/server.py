"""Putting the server together: an ASGI application, and the threads behind it."""

from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette

from notifier.sandbox.api import MessagesApi
from notifier.sandbox.carrier import SandboxCarrier
from notifier.sandbox.controls import Controls
from notifier.sandbox.store import Store


@dataclass(frozen=True, repr=False)
class SandboxPlan:
    """`path`: the server's file. `inbound_url`: where replies are posted. `clock_url`: what the page winds, or None.

    `delay`: seconds between two statuses of a text. `reply_number`: where answers to a name are sent, or None.
    """

    path: Path
    account_sid: str
    auth_token: str
    inbound_url: str
    hotline: str
    clock_url: str | None = None
    delay: float = 0.2
    reply_number: str | None = None


class Sandbox:
    """`app` answers; `start` and `close` run what happens by itself."""

    def __init__(self, app: Starlette, carrier: SandboxCarrier) -> None:
        self.app = app
        self._carrier = carrier

    @property
    def carrier(self) -> SandboxCarrier:
        """Behind the HTTP API: what was sent, who writes, and what goes wrong."""
        return self._carrier

    def start(self) -> None:
        """Let texts meet their fate."""
        self._carrier.start()

    def close(self) -> None:
        """Stop, and close the file; a later start goes on from it."""
        self._carrier.schedule.close()
        self._carrier.store.close()


def create_sandbox(plan: SandboxPlan) -> Sandbox:
    """A server as planned, not yet started."""
    carrier = SandboxCarrier(
        Store(plan.path), plan.account_sid, plan.auth_token, plan.inbound_url, plan.delay, plan.reply_number
    )
    api = MessagesApi(carrier, plan.auth_token)
    controls = Controls(carrier, plan.hotline, plan.clock_url)
    return Sandbox(Starlette(routes=[*api.routes(), *controls.routes()]), carrier)
