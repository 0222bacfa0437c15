"""An answer leaves at once: no algorithm of the network holds it back for company."""

import time
from pathlib import Path

from tests.drills.processes import Installation

_REQUESTS = 60
# What an answer waits for when the kernel delays it is 40 ms; by itself it takes about one.
_DELAYED = 0.035


def test_a_kept_line_answers_without_delay(tmp_path: Path) -> None:
    with Installation(tmp_path) as notifier:
        notifier.up()
        http = notifier.api().http
        took = []
        for _ in range(_REQUESTS):
            before = time.perf_counter()
            assert http.get("/healthz").status_code == 200
            took.append(time.perf_counter() - before)
    # The first ones of a line are never delayed; of the others, a busy machine may slow down any but not all.
    assert min(took[_REQUESTS // 2 :]) < _DELAYED
