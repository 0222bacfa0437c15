"""What a worker process does when it is told to: each deed runs so many times at once and no more."""

import threading

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from notifier.runtime.flight import Flight
from notifier.runtime.outage import Outage
from notifier.runtime.waker import Waker
from notifier.service.context import Context
from notifier.service.installation import arrive
from notifier.service.reconciling import reconcile_due
from notifier.service.sending import Sender
from notifier.service.sweep import leftovers, sweep
from notifier.service.unknowns import resolve_unknowns
from notifier.service.webhooks import process_webhooks
from notifier.storage.database import Wake

# As many as are worked on within a second or so: who is told to stop should not have to finish thousands.
_WEBHOOKS_AT_ONCE = 200


class Hands:
    """The deeds of one worker process. `close` lets what is in flight finish, within the carrier's timeout."""

    def __init__(self, ctx: Context, waker: Waker) -> None:
        self._ctx = ctx
        self._waker = waker
        self._sender = Sender(ctx)
        self._sending = Flight(self._send_once, width=2)
        self._webhooks = Flight(self._work_on_webhooks_once, width=2)
        self._sweeping = Flight(self._sweep_once)
        # Apart from the sweep: a carrier that is slow to answer questions should not hold up due times.
        self._asking = Flight(lambda: resolve_unknowns(ctx))
        self._reconciling = Flight(self._reconcile_once)
        self._outage = Outage("database")
        self._arriving = threading.Lock()
        self._arrived = False

    def send_due(self) -> None:
        """Post what is due."""
        self._do(self._sending)

    def process_webhooks(self) -> None:
        """Let stored webhooks take effect."""
        self._do(self._webhooks)

    def sweep(self) -> None:
        """Fire due times, ask about unknowns and for what webhooks missed, and wake for what was left lying."""
        self._do(self._sweeping)
        self._do(self._asking)
        self._do(self._reconciling)

    def stop_posting(self) -> None:
        """Post nothing more, without waiting for what is in flight."""
        self._sender.stop_soon()

    def close(self) -> None:
        """Post nothing more, and wait for what is in flight."""
        self._sender.stop()

    def _do(self, deed: Flight) -> None:
        """A database that is away is foreseen: the next sweep tries again."""
        try:
            if deed.run():
                self._outage.over()
        except (OperationalError, InterfaceError, PoolExhausted) as failure:
            self._outage.begun(failure)

    def _arrive_once(self) -> None:
        """Before the first deed: is this the database, and are we the sender, that last sent?"""
        with self._arriving:
            if not self._arrived:
                arrive(self._ctx)
                self._arrived = True

    def _send_once(self) -> None:
        self._arrive_once()
        if self._sender.send_due():
            self._waker.wake(Wake.SEND)

    def _work_on_webhooks_once(self) -> None:
        if process_webhooks(self._ctx, _WEBHOOKS_AT_ONCE) >= _WEBHOOKS_AT_ONCE:
            self._waker.wake(Wake.WEBHOOKS)

    def _reconcile_once(self) -> None:
        if reconcile_due(self._ctx):
            # What waited for the carrier's word need not wait for the next tick, nor for a hint.
            self._do(self._webhooks)
            self._do(self._sweeping)

    def _sweep_once(self) -> None:
        self._arrive_once()
        sweep(self._ctx)
        for wake in leftovers(self._ctx):
            self._waker.wake(wake)
