"""Customs' side of the load: clients that ask, each again and again until told, and what they were told."""

import csv
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx2

from tests.chaos.journal import Answers, now
from tests.drills.processes import REFERRAL, Api

_FIRST_MOBILE = 61230100
_MAGIC = range(1, 10)  # last four digits that the sandbox acts upon
_PATIENCE = 120  # seconds until asking again and again is given up
ITEMS = ("RR123456785HK", "CP203011144HK")  # of a phone with two queries
_PAIRS = 0.1  # share of phones with two
_THINK = (0.5, 1.5)  # seconds between two referrals of a client: two cores must have room for the faults


@dataclass
class Memory:
    """What customs was told: ids by reference, and when it was first asked for; and what went wrong that may not.

    `phones`: whom it named, by reference. `decided`: what staff were told was done, by query. `saved_for_later`: phones
    whose owners do nothing but what a fault has them do. `pairs`: phones with two queries. `poisoned`: references of
    which a text kills its workers.
    """

    told: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    imported: dict[str, datetime] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    answers: Answers = field(default_factory=Answers)
    phones: dict[str, str] = field(default_factory=dict)
    decided: dict[str, list[str]] = field(default_factory=dict)
    poisoned: set[str] = field(default_factory=set)
    saved_for_later: set[str] = field(default_factory=set)
    pairs: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _number: int = 0

    def new_referral(self, **changes: Any) -> dict[str, Any]:
        """The next one; each is for a phone of its own."""
        with self.lock:
            self._number += 1
            while (_FIRST_MOBILE + self._number) % 10_000 in _MAGIC:
                self._number += 1
            number = self._number
        mobile = f"+852{_FIRST_MOBILE + number}"
        referral = REFERRAL | {"referral_reference": f"CHAOS-{number}", "sender_mobile": mobile} | changes
        with self.lock:
            self.phones[referral["referral_reference"]] = referral["sender_mobile"]
        return referral

    def keep(self, reference: str, query_id: str, asked: datetime) -> None:
        """A promise to who began to ask then."""
        with self.lock:
            before = self.told.get(reference)
            if before is not None and before[0] != query_id:
                self.wrong.append(f"{reference} was answered with two ids")
            self.told.setdefault(reference, (query_id, asked))

    def remember_import(self, references: list[str], begun: datetime) -> None:
        """A file was taken to its end."""
        with self.lock:
            self.imported.update(dict.fromkeys(references, begun))

    def promised(self, since: datetime | None = None) -> dict[str, str]:
        """The id that was told, by reference; of referrals that were first handed in since then."""
        with self.lock:
            return {name: told for name, (told, at) in self.told.items() if since is None or at >= since}

    def decide(self, query_id: str, event: str) -> None:
        """Staff were told that it was done."""
        with self.lock:
            self.decided.setdefault(query_id, []).append(event)

    def done(self) -> dict[str, list[str]]:
        """What staff were told was done until now."""
        with self.lock:
            return {query_id: list(events) for query_id, events in self.decided.items()}

    @property
    def asked(self) -> int:
        """How many referrals there were."""
        return self._number


class Client:
    """One client of the API, in whatever thread uses it."""

    def __init__(self, api: Api, memory: Memory) -> None:
        self._http = api.http
        self._memory = memory

    def ask(self, **changes: Any) -> dict[str, str]:
        """Hand a new referral in until it is answered 2xx; its reference, id, code and phone."""
        referral = self._memory.new_referral(**changes)
        reference = referral["referral_reference"]
        began, deadline = now(), time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            told = self._try(referral)
            if told is not None:
                self._memory.keep(reference, told["id"], began)
                return {"reference": reference, "phone": referral["sender_mobile"]} | told
            time.sleep(0.05)
        raise AssertionError(f"{reference} was never answered.")

    def _try(self, referral: dict[str, Any]) -> dict[str, str] | None:
        headers = {"Idempotency-Key": referral["referral_reference"]}
        asked, began = now(), time.monotonic()
        try:
            answer = self._http.post("/api/v1/queries", json=referral, headers=headers)
        except httpx2.TransportError:
            return None
        if answer.is_success:
            self._memory.answers.add(asked, time.monotonic() - began)
            return dict(answer.json())
        if answer.status_code <= 500:  # a crash; what is away is told 502 or 503
            self._memory.wrong.append(f"{referral['referral_reference']}: {answer.status_code} {answer.text[:200]}")
        return None


def watched(memory: Memory, name: str, run: Callable[[], None]) -> Callable[[], None]:
    """Whoever ends before they were told to is missed: nobody would ask, write or decide from then on."""

    def watching() -> None:
        try:
            run()
        except Exception as failure:
            memory.wrong.append(f"{name} ended: {type(failure).__name__} {failure}")

    return watching


class Load:
    """So many clients, each in a thread, until `stop`."""

    def __init__(self, apis: list[Api], memory: Memory, seed: int) -> None:
        self._stopping = threading.Event()
        self._memory = memory
        self._threads = [
            threading.Thread(
                target=watched(
                    memory, "a client", partial(self._run, Client(api, memory), random.Random(f"{seed}:{place}"))
                ),
                daemon=True,
            )
            for place, api in enumerate(apis)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """No new referrals; what is being asked is asked to its end."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=_PATIENCE)
            if thread.is_alive():
                self._memory.wrong.append("a client was never answered")

    def _run(self, client: Client, dice: random.Random) -> None:
        while not self._stopping.wait(dice.uniform(*_THINK)):
            language = dice.choice(["en", "zh-Hant", "zh-Hans"])
            try:
                if dice.random() < _PAIRS:
                    self._ask_twice(client, language)
                else:
                    client.ask(language=language)
            except AssertionError as failure:
                self._memory.wrong.append(str(failure))

    def _ask_twice(self, client: Client, language: str) -> None:
        """Two items of one sender."""
        phone = self._memory.new_referral()["sender_mobile"]
        self._memory.pairs.add(phone)
        for item in ITEMS:
            client.ask(sender_mobile=phone, item_id=item, language=language)


def write_file(path: Path, memory: Memory, rows: int) -> list[str]:
    """A file of new referrals for `notifier import`; their references."""
    referrals = [memory.new_referral(questions="F605") for _ in range(rows)]
    with path.open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.DictWriter(sheet, list(referrals[0]))
        writer.writeheader()
        writer.writerows(referrals)
    return [referral["referral_reference"] for referral in referrals]
