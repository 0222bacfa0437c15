"""What a fault has in its hands: the fleet, a client of its own, the senders' phones, the clock and the dice."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.chaos.fleet import Fleet
from tests.chaos.journal import Timeline, now
from tests.chaos.load import Client, Memory
from tests.chaos.people import Senders
from tests.drills.moments import Moment
from tests.waiting import eventually

# What the carrier does wrong all the time. Delays in seconds.
EVERYDAY = {
    "lose": 0.1,
    "double": 0.2,
    "reorder": 0.2,
    "delay": 0.05,
    "drop_after_accept": 0.1,
    "error_429": 0.0,
    "error_500": 0.0,
    "slow": 0.02,
}
_RECOVERY = 60  # seconds within which everything has to work again
_WIND = (
    "INSERT INTO business_clock (id, offset_seconds) VALUES (1, %s)"
    " ON CONFLICT (id) DO UPDATE SET offset_seconds = business_clock.offset_seconds + excluded.offset_seconds"
)
_WAITING = (
    "SELECT q.referral_reference, r.close_at FROM queries q JOIN rounds r ON r.query_id = q.id"
    " AND r.number = q.round_number WHERE q.state = 'awaiting_reply' AND q.referral_reference = ANY(%s)"
)


@dataclass
class Scene:
    """One run's. `notes`: what a fault measured, for the summary."""

    fleet: Fleet
    client: Client
    memory: Memory
    senders: Senders
    timeline: Timeline
    dice: random.Random
    notes: dict[str, str]
    counted: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @contextmanager
    def carrier_does(self, **mischief: float) -> Iterator[None]:
        """It does so until the block ends."""
        self.fleet.carrier.behave(**(EVERYDAY | mischief))
        try:
            yield
        finally:
            self.fleet.carrier.behave(**EVERYDAY)

    def count(self, row: str, what: str, more: int = 1) -> None:
        """So many more of it, in all cycles of a row together."""
        self.counted[row][what] += more
        self.notes[row] = ", ".join(f"{number} {name}" for name, number in sorted(self.counted[row].items()))

    def until_texted(self, more: int = 2) -> None:
        """So many texts more have reached the carrier."""
        self.fleet.carrier.await_moment(Moment(more, 0))

    @contextmanager
    def some_attempt_ends(self, outcome: str) -> Iterator[None]:
        """And does so before the block ends: a fault that nobody met would prove nothing."""
        began = now()
        yield
        eventually(lambda: self._ended(outcome, began), within=_RECOVERY, what=f"A POST that is {outcome}", pause=0.2)

    def _ended(self, outcome: str, since: datetime) -> bool:
        statement = "SELECT 1 FROM attempts WHERE posting_at >= %s AND outcome = %s LIMIT 1"
        with self.fleet.database() as rows:
            return rows.execute(statement, (since, outcome)).fetchone() is not None

    @contextmanager
    def everything_stands(self) -> Iterator[None]:
        """An outage, from here until the product works again: a sweep has come by since the block ended."""
        with self.timeline.outage():
            yield
            mended = now()
            eventually(lambda: self._swept_since(mended), within=_RECOVERY, what="Sweeping again", pause=0.1)

    def _swept_since(self, moment: datetime) -> bool:
        with self.fleet.database() as rows:
            found: Any = rows.execute("SELECT at FROM heartbeats WHERE name = 'sweep'").fetchone()
            return found is not None and found[0] > moment

    def wind(self, by: timedelta) -> None:
        """Business time jumps ahead, by a statement of the judge's own."""
        with self.fleet.database() as rows:
            rows.execute(_WIND, (by.total_seconds(),))
            self.timeline.wound(by, now())

    def give_time(self, query_id: str) -> None:
        """People take a query over whose question does not leave within a window, and a window is short here."""
        with self.fleet.database() as rows:
            rows.execute(
                "UPDATE queries SET next_due_at = next_due_at + interval '5 minutes' WHERE id = %s", (query_id,)
            )

    def waiting_phones(self, number: int) -> list[tuple[str, str, datetime]]:
        """New queries whose window is open and whose phones do only what they are told: reference, phone, closing."""
        told = []
        for _ in range(number):
            one = self._ask_reserved()
            told.append(one)
        phones = {one["reference"]: one["phone"] for one in told}
        found = eventually(lambda: self._open(phones), within=_RECOVERY, what="Opening of windows", pause=0.1)
        return [(reference, phones[reference], close_at) for reference, close_at in found]

    def _ask_reserved(self) -> dict[str, str]:
        mobile = self.memory.new_referral()["sender_mobile"]
        self.memory.saved_for_later.add(mobile)
        return self.client.ask(sender_mobile=mobile) | {"phone": mobile}

    def _open(self, phones: dict[str, str]) -> list[tuple[str, datetime]]:
        """Once each window was opened; those that are still open, which need not be all."""
        with self.fleet.database() as rows:
            found: list[Any] = rows.execute(_WAITING, (list(phones),)).fetchall()
        return found if len(found) >= max(1, len(phones) - 1) else []

    def events_of(self, reference: str) -> list[str]:
        """What happened to a query, in order."""
        with self.fleet.database() as rows:
            found: list[Any] = rows.execute(
                "SELECT event FROM history h JOIN queries q ON q.id = query_id"
                " WHERE referral_reference = %s ORDER BY seq",
                (reference,),
            ).fetchall()
        return [str(event) for (event,) in found]


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern stands in a text."""
    return re.search(pattern, text) is not None
