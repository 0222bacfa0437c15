"""A part of the product with kill points in it: `python -m tests.chaos.armed web | worker | import FILE`.

The product knows nothing of them: this entry wraps the functions that stand at the moments of the fault matrix, and
then starts the very command an operator would. `CHAOS_ARMS` names the folder of arms.py.
"""

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.chaos.arms import Arms

VISIBILITY = "CHAOS_VISIBILITY_TIMEOUT"  # seconds, for a worker that is to run with a short one
HANDED_OUT_AGAIN = "handed_out_again"
CHUNK = 10  # rows of a file in one transaction
Deed = Callable[..., None]


def before(owner: Any, name: str, deed: Deed) -> None:
    """From now on `deed` sees the arguments first."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        deed(*args, **kwargs)
        return original(*args, **kwargs)

    setattr(owner, name, wrapped)


def after(owner: Any, name: str, deed: Deed) -> None:
    """From now on `deed` sees the arguments before the result is given back."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        deed(*args, **kwargs)
        return result

    setattr(owner, name, wrapped)


def _passing(arms: Arms, point: str) -> Deed:
    return lambda *_args, **_kwargs: arms.passed(point)


def _web(arms: Arms) -> None:
    from notifier.runtime.waker import Waker
    from notifier.service import intake
    from notifier.storage.database import Wake
    from notifier.storage.models.inbound import WebhookKind
    from notifier.web.routes import queries, webhooks

    def woken(_waker: Waker, wake: Wake) -> None:
        if wake is Wake.SEND:  # after an intake; a webhook wakes others
            arms.passed("before_wake")

    def stored(_ctx: Any, arrived: Any) -> None:
        if arrived.kind is WebhookKind.INBOUND:
            arms.passed("reply_stored")

    after(intake, "accept_within", _passing(arms, "before_intake_commit"))
    after(queries, "accept", _passing(arms, "after_intake_commit"))
    before(Waker, "wake", woken)
    after(webhooks, "store", stored)


def _worker(arms: Arms) -> None:
    from notifier.carriers.port import Accepted
    from notifier.carriers.twilio import TwilioCarrier
    from notifier.domain.lifecycle import State
    from notifier.service import recording, sending, sweep

    def writing(_ctx: Any, results: Any) -> None:
        if any(isinstance(outcome, Accepted) for _, outcome in results):
            arms.passed("after_201")

    def claimed(_ctx: Any, held: Any) -> None:
        arms.swallow({one.outgoing.to for one in held})
        arms.passed("claimed")

    before(sending, "mark_posting", claimed)
    before(TwilioCarrier, "send", _passing(arms, "in_flight"))
    before(recording, "record_outcomes", writing)
    after(recording, "record_outcomes", _passing(arms, "result_stored"))
    fire = sweep._DUE[State.AWAITING_REPLY]

    def fired(session: Any, ctx: Any, query: Any, at: Any) -> None:
        fire(session, ctx, query, at)
        if query.state is not State.AWAITING_REPLY:  # a reminder leaves it waiting
            arms.passed("in_sweep")

    sweep._DUE[State.AWAITING_REPLY] = fired
    if seconds := os.environ.get(VISIBILITY):
        _impatient(arms, float(seconds))


def _impatient(arms: Arms, seconds: float) -> None:
    """The broker takes back what is not acknowledged within so many seconds, and looks each second. Every hint takes
    longer, so that those which wait for a thread are handed out again.
    """
    from kombu.transport.redis import QoS

    from notifier.runtime import queue
    from notifier.runtime.hands import Hands

    transport = queue._transport
    eager = {
        "visibility_timeout": seconds,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "unacked_mutex_expire": 1,  # one that is killed while it looks must not keep the next from looking
    }
    queue._transport = lambda url: transport(url) | eager
    before(Hands, "send_due", lambda *_args, **_kwargs: time.sleep(seconds + 0.5))
    before(QoS, "restore_by_tag", lambda *_args, **_kwargs: arms.note(HANDED_OUT_AGAIN))


def _import(arms: Arms) -> None:
    from notifier.cli import import_file
    from notifier.service import importing

    chunks: list[None] = []

    def second_chunk(*_args: Any, **_kwargs: Any) -> None:
        chunks.append(None)
        if len(chunks) == 2:
            arms.passed("second_chunk")

    after(importing, "_take", second_chunk)
    import_file.import_rows = partial(importing.import_rows, chunk=CHUNK)


def main() -> None:
    """Wrap, and become the command."""
    part, *rest = sys.argv[1:]
    {"web": _web, "worker": _worker, "import": _import}[part](Arms(Path(os.environ["CHAOS_ARMS"])))
    if part == "worker":
        from celery.__main__ import main as celery

        sys.argv = ["celery", "-A", "workers", "worker", "--loglevel", "INFO"]
        celery()
    else:
        from notifier.cli import app

        sys.argv = ["notifier", part, *rest]
        app()


if __name__ == "__main__":
    main()
