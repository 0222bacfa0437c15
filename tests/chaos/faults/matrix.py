"""The fault matrix: a row a fault, with its moment, the invariants it threatens, and what strikes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.chaos.faults import broker, carrier, clocks, database, processes, strangers, workers
from tests.chaos.scene import Scene


@dataclass(frozen=True)
class Fault:
    """One row."""

    number: int
    what: str
    moment: str
    threatens: str
    strike: Callable[[Scene], None]


MATRIX: Sequence[Fault] = (
    Fault(1, "kill -9 web", "before the intake commit", "I1", processes.web_before_commit),
    Fault(2, "kill -9 web", "after commit, before the response", "I1 I4", processes.web_before_response),
    Fault(3, "kill -9 web", "after commit, before the wake-up", "I1", processes.web_before_wake),
    Fault(4, "kill -9 importer", "in the middle of a file", "I1", processes.importer),
    Fault(5, "Redis kill -9", "10,000 hints queued", "I1 I2", broker.killed_with_hints),
    Fault(6, "FLUSHALL", "tasks claimed", "I1 I2", broker.flushed),
    Fault(7, "Redis frozen", "intake load", "I1", broker.frozen),
    Fault(8, "Redis bounce", "acknowledgement lost", "I2", broker.bounced),
    Fault(9, "visibility timeout 1 s", "under load", "I2", broker.short_visibility),
    Fault(10, "evicting policy", "start-up refuses", "I1", broker.evicting),
    Fault(11, "kill -9 worker", "claimed, not posted", "I2 I7", workers.claimed),
    Fault(12, "kill -9 worker", "POST in flight", "I2 I7", workers.in_flight),
    Fault(13, "kill -9 worker", "after 201, before it is stored", "I2 I4", workers.after_201),
    Fault(14, "kill -9 worker", "result stored, before the ack", "I2", workers.result_stored),
    Fault(15, "one row kills its workers", "until it is quarantined", "I1 I7", workers.poisoned),
    Fault(16, "SIGTERM", "under load", "I1 I2", processes.asked_to_stop),
    Fault(17, "carrier accepts, line drops", "POST", "I2 I7", carrier.drops_lines),
    Fault(18, "carrier 429, 500, reset, slow", "POST", "I2 I4", carrier.fails),
    Fault(19, "PostgreSQL kill -9", "between claim and result", "I1 I7", database.killed),
    Fault(20, "PostgreSQL frozen", "webhook burst", "I5 I6", database.frozen),
    Fault(21, "receipts doubled, reordered", "any", "I5", carrier.doubles_and_reorders),
    Fault(22, "receipt before the 201 is stored", "race", "I4", carrier.overtakes_itself),
    Fault(23, "reply at due time +-1 ms", "escalation tick", "I3 I6", clocks.reply_at_due_time),
    Fault(24, "kill -9 web", "webhook stored, before 2xx", "I6", processes.web_after_webhook),
    Fault(25, "kill -9 sweeper", "in its transaction", "I3", workers.sweeping),
    Fault(26, "two sweepers, two beats", "same tick", "I3", clocks.many_sweeps),
    Fault(27, "everything down for 3 days", "windows expire", "I3", clocks.three_days),
    Fault(28, "clock jumps an hour", "before due", "I3", clocks.an_hour),
    Fault(31, "forged, replayed, fuzzed webhooks", "any", "I4", strangers.knock),
)
ELSEWHERE = {
    29: "tests/storage/test_old_snapshot.py",
    30: "tests/web/test_disk_full.py",
}
