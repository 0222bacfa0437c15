"""R1: queries end to end a second over bare Celery no-ops a second.

Product: queries whose intake is committed wait; a real `celery -A workers worker` gets one hint, claims in batches,
posts each text through the real SDK to the carrier beside it, and records each result, with its history, on its own.
Floor: as many no-op tasks wait in the same Redis; a Celery worker with the same pool runs them, and Celery's own
result backend records each, since a result that is dropped would be less than the product promises.
"""

import os
import tempfile
from pathlib import Path

from redis import Redis

from tests.bench.floors import app, noop
from tests.bench.ratios import Ratio
from tests.bench.sending import queries_per_second
from tests.bench.stand import Stand, rate
from tests.drills.processes import Running

_WORKER = ("celery", "-A", "tests.bench.floors", "-b", "{broker}", "--result-backend", "{results}", "worker")


def noops_per_second(stand: Stand, count: int) -> float:
    """How many no-ops a second Celery runs and records, all of them published beforehand."""
    stand.flush()
    broker, results = f"{stand.broker}/1", f"{stand.broker}/2"
    app.conf.broker_url = broker
    for _ in range(count):
        noop.delay()
    command = tuple(part.format(broker=broker, results=results) for part in _WORKER)
    log = Path(tempfile.mkdtemp(dir=stand.folder)) / "floor.log"
    worker = Running(command, os.environ, log)
    try:
        with Redis.from_url(results) as recorded:
            return rate(lambda: int(recorded.dbsize()), count)
    finally:
        worker.kill()


RATIO = Ratio(
    name="R1",
    product_is="queries, end to end",
    floor_is="Celery no-ops, recorded",
    product=queries_per_second,
    floor=noops_per_second,
    goal=1.5,
    sketch=0.94,
    count=3000,
    quick_count=60,
)
