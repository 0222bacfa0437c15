"""A run: faults drawn from the matrix strike the fleet under load, and the invariants are looked at all the while."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import SubprocessError
from uuid import UUID

import psycopg
from httpx2 import HTTPError
from redis import RedisError

from tests.chaos import punctuality
from tests.chaos.facts import (
    Attempt,
    Entry,
    Facts,
    Query,
    Receipt,
    Reply,
    Round,
    Text,
    read_messages,
    read_rows,
)
from tests.chaos.faults.matrix import Fault
from tests.chaos.fleet import WINDOW, Fleet
from tests.chaos.invariants import broken, level
from tests.chaos.journal import Timeline, now
from tests.chaos.load import Client, Load, Memory
from tests.chaos.people import Senders, Staff
from tests.chaos.planted import overlooked
from tests.chaos.scene import EVERYDAY, Scene
from tests.waiting import eventually

_CLIENTS = 2
_LATELY = timedelta(seconds=90)  # how far back the look after each cycle goes
_WHOLE_LOOK = 50  # cycles between two looks at everything
_OVERLAP = 0.25  # share of faults that strike before the one before is mended
_ENOUGH = 20  # cycles after which everything must have happened that is judged
_REST = 120  # seconds within which everything must come to rest at the end
# What a fault that does not go as told ends with; the run goes on, and says so at its end.
_WENT_WRONG = (AssertionError, OSError, HTTPError, psycopg.Error, RedisError, SubprocessError)
_KEPT = 20  # sentences of each invariant that are kept


@dataclass
class Verdict:
    """What a run came to. `broken`: what an invariant says, by its name; `failed`: faults that did not go as told."""

    seed: int
    cycles: int = 0
    seconds: float = 0.0  # of all cycles, without start and rest
    struck: Counter[int] = field(default_factory=Counter)
    slowest: dict[int, float] = field(default_factory=dict)
    broken: dict[str, list[str]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    overlooked: list[str] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, doubled or missed, and every checker is able to see."""
        return not (self.broken or self.failed or self.overlooked)

    def sentences(self) -> list[str]:
        """All that is wrong so far."""
        return [*self.failed, *(f"{name} {line}" for name, lines in self.broken.items() for line in lines)]

    def count(self, *names: str) -> int:
        """How many violations these invariants tell of."""
        return sum(len(self.broken.get(name, ())) for name in names)

    def add(self, told: dict[str, list[str]], cycle: str) -> None:
        """New sentences, each once."""
        for name, sentences in told.items():
            kept = self.broken.setdefault(name, [])
            known = {line.partition(": ")[2] for line in kept}
            kept += [f"{cycle}: {sentence}" for sentence in sentences if sentence not in known][: _KEPT - len(kept)]


def deck(faults: Sequence[Fault], cycles: int, dice: random.Random) -> Iterator[Fault]:
    """Drawn without putting back, so that each comes before any comes again."""
    left: list[Fault] = []
    for _ in range(cycles):
        if not left:
            left = dice.sample(list(faults), len(faults))
        yield left.pop()


class Run:
    """One run over a fleet that is up."""

    def __init__(self, fleet: Fleet, seed: int) -> None:
        self.fleet = fleet
        self.memory, self.timeline = Memory(), Timeline()
        self.dice = random.Random(seed)
        self.verdict = Verdict(seed)
        self._reached: dict[UUID, str] = {}
        self._heads: dict[UUID, tuple[int, str]] = {}
        fleet.carrier.behave(**EVERYDAY, seed=seed)
        self.senders = Senders(fleet.carrier, fleet.carrier_file, self.memory, seed)
        self.staff = Staff(fleet.api(), self.memory, seed)
        client = Client(fleet.api(), self.memory)
        self.scene = Scene(fleet, client, self.memory, self.senders, self.timeline, self.dice, self.verdict.notes)
        self.load = Load([fleet.api() for _ in range(_CLIENTS)], self.memory, seed)

    def cycle(self, fault: Fault) -> None:
        """One fault strikes, what died is started again, and what happened lately is looked at."""
        verdict = self.verdict
        verdict.cycles += 1
        began = now()
        try:
            fault.strike(self.scene)
            self.fleet.arms.clear()
            self.fleet.revive()
            if self.dice.random() >= _OVERLAP:
                self.fleet.await_ready()
        except _WENT_WRONG as failure:
            self.fleet.arms.clear()
            verdict.failed.append(f"cycle {verdict.cycles}, row {fault.number}: {type(failure).__name__} {failure}")
        took = (now() - began).total_seconds()
        verdict.struck[fault.number] += 1
        verdict.slowest[fault.number] = max(took, verdict.slowest.get(fault.number, 0.0))
        self.look(None if verdict.cycles % _WHOLE_LOOK == 0 else began - _LATELY)
        verdict.seconds += (now() - began).total_seconds()

    def look(self, since: datetime | None) -> Facts:
        """Judge what began since then, or everything."""
        facts = self.facts(since)
        self.verdict.add(broken(facts), f"cycle {self.verdict.cycles}")
        for text in facts.texts:
            if text.delivery and level(text.delivery) > level(self._reached.get(text.id)):
                self._reached[text.id] = text.delivery
        self._heads.update({query.id: (query.history_seq, query.history_hash) for query in facts.queries})
        return facts

    def facts(self, since: datetime | None = None) -> Facts:
        """What there is to know."""
        # Promises first, the carrier's log last: what a client is told has a row by then, what is sent had one before.
        promised, decided = self.memory.promised(since), self.memory.done()
        imported = [name for name, at in self.memory.imported.items() if since is None or at >= since]
        rows = read_rows(self.fleet.postgres.dsn, since)
        return Facts(
            now=now(),
            timeline=self.timeline,
            queries=rows[Query],
            history=rows[Entry],
            rounds=rows[Round],
            texts=rows[Text],
            attempts=rows[Attempt],
            receipts=rows[Receipt],
            replies=rows[Reply],
            messages=read_messages(self.fleet.carrier_file, since),
            promised=promised,
            imported=imported,
            phones=dict(self.memory.phones),
            poisoned=set(self.memory.poisoned),
            reached=self._reached,
            heads=self._heads,
            decided=decided,
            window=WINDOW,
        )

    def come_to_rest(self) -> None:
        """Nobody asks or replies any more; everything under way ends; then all of it is judged, and the judge."""
        self.load.stop()
        self.fleet.revive()
        self.fleet.await_ready()
        self.staff.stop()
        self._await_rest()
        self.senders.stop()
        self._await_rest()
        facts = replace(self.look(None), at_rest=True)
        self.verdict.add(broken(facts), "at rest")
        self.verdict.overlooked = overlooked(replace(facts, at_rest=False))
        wrong = [*self.memory.wrong, *self.fleet.broke_down, *self.fleet.crashes()]
        if self.verdict.cycles >= _ENOUGH:
            wrong += [*_idle(facts), *punctuality.unpunctual(punctuality.delays(facts))]
        self.verdict.failed += wrong[:_KEPT]
        self.verdict.figures = self._figures(facts)

    def _await_rest(self) -> None:
        """Or until it is clear that there will be none: the verdict tells what is still under way."""
        with suppress(AssertionError):
            eventually(lambda: not _restless(self.facts()), within=_REST, what="Rest", pause=0.5)

    def stop(self) -> None:
        """Nobody does anything any more, however the run ends."""
        for party in (self.load, self.staff, self.senders):
            party.stop()

    def _figures(self, facts: Facts) -> dict[str, str]:
        sent = [message for message in facts.messages if not message.inbound]
        told = {
            "queries": len(facts.queries),
            "of these imported": len(self.memory.imported),
            "texts at the carrier": len(sent),
            "replies": len(facts.replies),
            "attempts": len(facts.attempts),
            "of these unknown at first": sum(one.asked > 0 or one.outcome == "unknown" for one in facts.attempts),
            "history rows": len(facts.history),
            "processes killed": self.fleet.kills,
        }
        figures = {name: f"{number:,}" for name, number in told.items()}
        return figures | punctuality.figures(facts)


def _idle(facts: Facts) -> Iterator[str]:
    """What a whole run must have seen, if it is to prove anything."""
    sent = {message.sid for message in facts.messages if not message.inbound}
    seen = {
        "reminder reached a phone": any(text.kind == "reminder" and text.sid in sent for text in facts.texts),
        "window closed": any(entry.event == "window_closed" for entry in facts.history),
        "reply was an answer": any(entry.event == "reply_answered" for entry in facts.history),
        "decision of staff was told": bool(facts.decided),
    }
    yield from (f"No {what} in all this time." for what, happened in seen.items() if not happened)


def _restless(facts: Facts) -> bool:
    """Whether something is not at rest yet: what rest alone is expected to show does not hold."""
    return broken(replace(facts, at_rest=True)) != broken(facts)


@contextmanager
def running(folder: Path, seed: int) -> Iterator[Run]:
    """A fleet that is up, and its load."""
    with ExitStack() as stack:
        run = Run(stack.enter_context(Fleet(folder)), seed)
        stack.callback(run.stop)
        yield run


def play(
    folder: Path, faults: Sequence[Fault], cycles: int, seed: int, seen: Callable[[Verdict, Fault], None]
) -> Verdict:
    """A whole run; `seen` is told of each cycle when it is over."""
    with running(folder, seed) as run:
        for fault in deck(faults, cycles, random.Random(f"deck {seed}")):
            run.cycle(fault)
            seen(run.verdict, fault)
        run.come_to_rest()
        return run.verdict
