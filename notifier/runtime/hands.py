"""What a worker process does when it is told to: each deed runs so many times at once and no more."""

import threading

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from notifier.audit import audit_due
from notifier.runtime.flight import Flight
from notifier.runtime.outage import Outage
from notifier.runtime.waker import Waker
from notifier.service.alarms import decide_due
from notifier.service.context import Context
from notifier.service.installation import arrive
from notifier.service.low_water import LowWater
from notifier.service.reconciling import reconcile_due
from notifier.service.sending import Sender
from notifier.service.sweep import fire_due, leftovers, ring_clocks
from notifier.service.telling import bring_messages, show_life
from notifier.service.unknowns import resolve_unknowns
from notifier.service.webhooks import process_webhooks
from notifier.storage.database import Wake
from notifier.telling.port import NobodyListens

log = structlog.get_logger()

_AWAY = (OperationalError, InterfaceError, PoolExhausted)
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
        self._low_water = LowWater()
        self._sweeping = Flight(self._sweep_once)
        # Apart from what senders are told: after days without a sweep thousands of people's clocks may ring.
        self._ringing = Flight(lambda: ring_clocks(ctx))
        # Apart from the sweep: a carrier that is slow to answer questions should not hold up due times.
        self._asking = Flight(lambda: resolve_unknowns(ctx))
        self._reconciling = Flight(self._reconcile_once)
        # Apart too: a receiver of messages that is slow holds up neither due times nor the sign of life.
        self._watching = Flight(self._watch_once)
        self._living = Flight(self._show_life_once)
        self._outage = Outage("database")
        self._watcher = Outage("heartbeat")
        self._arriving = threading.Lock()
        self._arrived = False
        self._ending = False

    def send_due(self) -> None:
        """Post what is due."""
        self._do(self._sending)

    def process_webhooks(self) -> None:
        """Let stored webhooks take effect."""
        self._do(self._webhooks)

    def sweep(self) -> None:
        """Fire due times, ask about unknowns and for what webhooks missed, and wake for what was left lying.

        Then say that the scheduler lives, if a sweep was completed; audit, and tell staff what is new.
        """
        if self._do(self._sweeping):
            self._do(self._living)
        self._do(self._ringing)
        self._do(self._asking)
        self._do(self._reconciling)
        self._do(self._watching)

    def stop_posting(self) -> None:
        """Post nothing more and begin nothing, without waiting for what is in flight."""
        self._ending = True
        self._sender.stop_soon()

    def close(self) -> None:
        """Post nothing more, and wait for what is in flight."""
        self._sender.stop()

    def _do(self, deed: Flight) -> bool:
        """Whether it was done here. A database that is away is foreseen: the next sweep tries again.

        What nobody foresaw keeps nobody from the other deeds: staff must hear of it.
        """
        if self._ending:
            return False  # Whoever sweeps next, in whatever process, finds it.
        try:
            done = deed.run()
        except _AWAY as failure:
            self._outage.begun(failure)
            return False
        except Exception as failure:
            log.exception("deed_failed", error=type(failure).__name__)
            return False
        if done:
            self._outage.over()
        return done

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

    def _watch_once(self) -> None:
        """What the auditor itself meets must not keep staff from hearing of it."""
        try:
            audit_due(self._ctx)
        except _AWAY:
            pass  # Away for the next step too, which says so; else its turn stays unfinished, which is an alarm.
        except Exception as failure:
            log.error("audit_failed", error=type(failure).__name__)
        decide_due(self._ctx)
        bring_messages(self._ctx)

    def _show_life_once(self) -> None:
        try:
            if show_life(self._ctx):
                self._watcher.over()
        except NobodyListens as failure:
            self._watcher.begun(failure)

    def _sweep_once(self) -> None:
        self._arrive_once()
        fire_due(self._ctx, self._low_water)
        for wake in leftovers(self._ctx):
            self._waker.wake(wake)
