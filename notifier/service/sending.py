"""Sending what is due: claim what may go, commit that it is posted, post outside any transaction, record each."""

import threading
import time
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import islice

import structlog

from notifier.carriers.port import Outcome, Unknown
from notifier.service.claims import Held, claim_batch
from notifier.service.context import Context
from notifier.service.pace import look_for_room
from notifier.service.posting import mark_posting, release
from notifier.service.recording import Recorder

log = structlog.get_logger()

# Calls to the carrier; each ends with the promise that its result is being recorded.
Flying = set[Future[Future[None]]]


class Sender:
    """One process's hands: a pool of threads that post what is theirs to post."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._pool = ThreadPoolExecutor(ctx.sending.threads, thread_name_prefix="post")
        self._recorder = Recorder(ctx)
        self._stopping = threading.Event()
        self._loops = 0
        self._loop_ended = threading.Condition()

    def send_due(self, most_batches: int = 20) -> bool:
        """Send what is due, up to so many batches; whether there may be more."""
        with self._loop_ended:
            self._loops += 1
        flying: Flying = set()
        batches = 0
        try:
            while batches < most_batches:
                held = [] if self._stopping.is_set() else self._claim()
                if held:
                    batches += 1
                    flying = self._post_batch(held, flying)
                elif flying:
                    # One of these may have to be tried again at once: look once more when they are done.
                    _await_records(flying)
                    flying = set()
                else:
                    return False
            return True
        finally:
            _await_records(flying)
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
        self._recorder.close()

    def _claim(self) -> list[Held]:
        """What may leave now. With a pace, only about what there is room for is claimed: the rest stays in the queue,
        where other workers, pausing, quiet hours and second thoughts find it.
        """
        room = look_for_room(self._ctx)
        return [] if room is None else self._take_room(claim_batch(self._ctx, room))

    def _take_room(self, held: list[Held]) -> list[Held]:
        """Those whose number has room for them; the others go back until it has."""
        pace = self._ctx.pace
        if pace is None:
            return held
        going, early = [], defaultdict[str, list[Held]](list)
        waits = {}
        for one in held:
            if wait := pace.take(number := one.outgoing.sender_id, one.segments):
                early[number].append(one)
                waits[number] = wait
            else:
                going.append(one)
        for number, waiting in early.items():
            release(self._ctx, waiting, waits[number])
        return going

    def _post_batch(self, held: list[Held], flying: Flying) -> Flying:
        """Slices as wide as the pool, while the one before is still `flying`: a crash leaves at most two unknown.

        Returns the last slice, for the next batch to be claimed meanwhile.
        """
        waiting = iter(held)
        # A slow carrier would let the lease of the last ones run out, and each would lose a try for nothing.
        enough = time.monotonic() + self._ctx.sending.lease.total_seconds() / 2
        while part := list(islice(waiting, self._ctx.sending.threads)):
            if self._stopping.is_set() or time.monotonic() > enough:
                release(self._ctx, [*part, *waiting])
                break
            posting = mark_posting(self._ctx, part)
            if posting:
                earlier, flying = flying, {self._pool.submit(self._post_one, one) for one in posting}
                _await_records(earlier)
            if len(posting) < len(part):  # Sending was paused, or they were held too long.
                release(self._ctx, [one for one in [*part, *waiting] if one not in posting])
                break
        return flying

    def _post_one(self, held: Held) -> Future[None]:
        return self._recorder.put(held, self._ask_carrier(held))

    def _ask_carrier(self, held: Held) -> Outcome:
        try:
            return self._ctx.carrier.send(held.outgoing)
        except Exception as failure:
            log.error("carrier_broke", attempt=str(held.attempt_id), error=type(failure).__name__)
            return Unknown("The call to the carrier broke off.")


def _await_records(flying: Flying) -> None:
    wait({call.result() for call in wait(flying).done if call.exception() is None})
