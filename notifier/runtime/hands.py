"""What a worker process does when it is told to: each deed runs so many times at once and no more."""

from notifier.runtime.flight import Flight
from notifier.runtime.waker import Waker
from notifier.service.context import Context
from notifier.service.sending import Sender
from notifier.service.sweep import leftovers, sweep
from notifier.service.unknowns import resolve_unknowns
from notifier.service.webhooks import process_webhooks
from notifier.storage.database import Wake


class Hands:
    """The deeds of one worker process. `close` lets what is in flight finish, within the carrier's timeout."""

    def __init__(self, ctx: Context, waker: Waker) -> None:
        self._ctx = ctx
        self._waker = waker
        self._sender = Sender(ctx)
        self._sending = Flight(self._send_once, width=2)
        self._webhooks = Flight(lambda: process_webhooks(ctx), width=2)
        self._sweeping = Flight(self._sweep_once)

    def send_due(self) -> None:
        """Post what is due."""
        self._sending.run()

    def process_webhooks(self) -> None:
        """Let stored webhooks take effect."""
        self._webhooks.run()

    def sweep(self) -> None:
        """Fire due times, ask about unknowns, and wake for what was left lying."""
        self._sweeping.run()

    def close(self) -> None:
        """Post nothing more."""
        self._sender.stop()

    def _send_once(self) -> None:
        if self._sender.send_due():
            self._waker.wake(Wake.SEND)

    def _sweep_once(self) -> None:
        sweep(self._ctx)
        resolve_unknowns(self._ctx)
        for wake in leftovers(self._ctx):
            self._waker.wake(wake)
