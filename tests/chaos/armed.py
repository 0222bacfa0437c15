"""A part of the product with kill points in it: `python -m tests.chaos.armed web | worker | import FILE`.

The product knows nothing of them: this entry wraps the functions that stand at the moments of the fault matrix, and
then starts the very command an operator would. `CHAOS_ARMS` names the folder of arms.py.
"""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.chaos.arms import Arms

VISIBILITY = "CHAOS_VISIBILITY_TIMEOUT"  # seconds, for a worker that is to run with a short one
CHUNK = 10  # rows of a file in one transaction
Deed = Callable[..., None]


def before(owner: Any, name: str, deed: Deed) -> None:
    """From now on `deed` sees the arguments first."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        deed(*args, **kwargs)
        return original(*args, **kwargs)

    setattr(owner, name, wrapped)


def after(owner: Any, name: str, deed: Callable[[], None]) -> None:
    """From now on `deed` comes before the result is given back."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        deed()
        return result

    setattr(owner, name, wrapped)


def _passing(arms: Arms, point: str) -> Deed:
    return lambda *_args, **_kwargs: arms.passed(point)


def _web(arms: Arms) -> None:
    from notifier.runtime.waker import Waker
    from notifier.service import intake
    from notifier.web.routes import queries, webhooks

    after(intake, "accept_within", _passing(arms, "before_intake_commit"))
    after(queries, "accept", _passing(arms, "after_intake_commit"))
    before(Waker, "wake", _passing(arms, "before_wake"))
    after(webhooks, "store", _passing(arms, "webhook_stored"))


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

    def fired(*args: Any) -> None:
        fire(*args)
        arms.passed("in_sweep")

    sweep._DUE[State.AWAITING_REPLY] = fired
    if seconds := os.environ.get(VISIBILITY):
        from notifier.runtime import queue

        transport = queue._transport
        queue._transport = lambda url: transport(url) | {"visibility_timeout": float(seconds)}


def _import(arms: Arms) -> None:
    from notifier.cli import import_file
    from notifier.service import importing

    chunks: list[None] = []

    def second_chunk() -> None:
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
