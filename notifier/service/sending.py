"""Sending what is due: claim a batch, commit that it is being posted, post outside any transaction, record each."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import islice

import structlog

from notifier.carriers.port import Outcome, Unknown
from notifier.service.claims import Held, claim_batch, mark_posting, release
from notifier.service.context import Context
from notifier.service.outcomes import record_outcome

log = structlog.get_logger()


class Pace:
    """At most so many texts a second in this process; 0 = as fast as it goes."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Sleep until it is this text's turn."""
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        time.sleep(max(0.0, turn - now))


class Sender:
    """One process's hands: a pool of threads that post, and the pace they keep."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._pool = ThreadPoolExecutor(ctx.sending.threads, thread_name_prefix="post")
        self._pace = Pace(ctx.sending.pace)
        self._stopping = threading.Event()
        self._loops = 0
        self._loop_ended = threading.Condition()

    def send_due(self, most_batches: int = 20) -> bool:
        """Send what is due, up to so many batches; whether there may be more."""
        with self._loop_ended:
            self._loops += 1
        flying: set[Future[None]] = set()
        batches = 0
        try:
            while batches < most_batches:
                held = [] if self._stopping.is_set() else claim_batch(self._ctx)
                if held:
                    batches += 1
                    flying = self._post_batch(held, flying)
                elif flying:
                    # One of these may have to be tried again at once: look once more when they are done.
                    wait(flying)
                    flying = set()
                else:
                    return False
            return True
        finally:
            wait(flying)
            with self._loop_ended:
                self._loops -= 1
                self._loop_ended.notify_all()

    def stop_soon(self) -> None:
        """Post nothing more, and give back what is held; waits for nothing."""
        self._stopping.set()

    def stop(self) -> None:
        """Post nothing more, let what is in flight finish, and give back the rest."""
        self.stop_soon()
        with self._loop_ended:
            self._loop_ended.wait_for(lambda: self._loops == 0)
        self._pool.shutdown(wait=True)

    def _post_batch(self, held: list[Held], flying: set[Future[None]]) -> set[Future[None]]:
        """Slices as wide as the pool, while the one before is still `flying`: a crash leaves at most two unknown.

        Returns the last slice, for the next batch to be claimed meanwhile.
        """
        waiting = iter(held)
        # A slow carrier would let the lease of the last ones run out, and each would lose a try for nothing.
        enough = time.monotonic() + self._ctx.sending.lease.total_seconds() / 2
        while part := list(islice(waiting, self._width())):
            if self._stopping.is_set() or time.monotonic() > enough:
                release(self._ctx, [*part, *waiting])
                break
            posting = mark_posting(self._ctx, part)
            if not posting:  # Sending was paused, or they were held too long.
                release(self._ctx, [*part, *waiting])
                break
            earlier, flying = flying, {self._pool.submit(self._post_one, one) for one in posting}
            wait(earlier)
        return flying

    def _width(self) -> int:
        # With a pace, what is marked as posting should be on the wire soon, not wait for its turn under a lease.
        return 1 if self._ctx.sending.pace else self._ctx.sending.threads

    def _post_one(self, held: Held) -> None:
        try:
            self._pace.wait()
            outcome = self._ask_carrier(held)
            record_outcome(self._ctx, held, outcome)
        except Exception as failure:
            # The row still says "posting": when its lease ends it becomes unknown, and the carrier is asked.
            log.error("outcome_not_recorded", attempt=str(held.attempt_id), error=type(failure).__name__)

    def _ask_carrier(self, held: Held) -> Outcome:
        try:
            return self._ctx.carrier.send(held.outgoing)
        except Exception as failure:
            log.error("carrier_broke", attempt=str(held.attempt_id), error=type(failure).__name__)
            return Unknown("The call to the carrier broke off.")
