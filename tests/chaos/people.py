"""Who answers: senders with their phones, and staff who bring matters to an end.

What somebody does hangs on the seed and the phone alone, not on when it comes to it.
"""

import heapq
import random
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx2

from tests.chaos.load import ITEMS, Memory, watched
from tests.drills.processes import Api
from tests.drills.sandbox_carrier import SandboxCarrier

_LOOK = 0.25  # seconds between two looks at who was texted
_ANSWERS = (
    "Two cotton shirts, a gift",
    "1",
    "兩件棉質襯衫",
    "棉质T恤5件，自用",
    "It is a stainless steel vacuum bottle, 500 ml",
)
_OTHERS = ("OK", "好的", "who is this", "STOP", "wrong number", "?")
_TO_BE_READ = ("late_reply", "webhook_refused", "unreadable_reply")  # reasons of handoffs that ask for no decision
_TELLS = {"ask-again": "asked_again", "accept": "answer_accepted", "close": "closed_by_staff"}  # in the history
_BEFORE_THE_END = 10.0  # seconds within which somebody writes, if they do: some too late


class Senders:
    """Every phone that was texted, but for those a fault keeps for itself."""

    def __init__(self, carrier: SandboxCarrier, file: Path, memory: Memory, seed: int) -> None:
        self._carrier = carrier
        self._file = file
        self._memory = memory
        self._seed = seed
        self._seen: set[str] = set()
        self._plans: list[tuple[float, str, str]] = []
        self._stopping = threading.Event()
        run = watched(memory, "the senders", self._run)
        self._thread = threading.Thread(target=run, daemon=True, name="senders")
        self._thread.start()

    def stop(self) -> None:
        """Nobody writes any more."""
        self._stopping.set()
        self._thread.join(timeout=30)

    def write(self, phone: str, words: str) -> str:
        """One phone writes, now; the carrier's SID of it."""
        answer = self._carrier.http.post("/control/reply", json={"from": phone, "body": words})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["sid"])

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK):
            with suppress(sqlite3.OperationalError):  # the carrier is writing: there is a next look
                self._notice()
            while self._plans and self._plans[0][0] <= time.monotonic():
                _, phone, words = heapq.heappop(self._plans)
                if phone not in self._memory.saved_for_later:
                    with suppress(httpx2.HTTPError):
                        self.write(phone, words)

    def _notice(self) -> None:
        statement = "SELECT DISTINCT recipient FROM messages WHERE direction = 'outbound-api' AND updated > ?"
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=10)) as connection:
            texted = {str(row[0]) for row in connection.execute(statement, (time.time() - 10,))}
        for phone in sorted(texted - self._seen):
            self._seen.add(phone)
            dice = random.Random(f"{self._seed}:{phone}")
            for words in _naming(dice) if phone in self._memory.pairs else _conduct(dice):
                heapq.heappush(self._plans, (time.monotonic() + dice.uniform(0, _BEFORE_THE_END), phone, words))


def _conduct(dice: random.Random) -> list[str]:
    """What somebody writes: an answer, something else, both, several, or nothing."""
    drawn = dice.random()
    if drawn < 0.40:
        return []
    if drawn < 0.80:
        return [dice.choice(_ANSWERS)]
    if drawn < 0.90:
        return [dice.choice(_ANSWERS), dice.choice(_ANSWERS)]
    return [dice.choice(_OTHERS), *([dice.choice(_ANSWERS)] if dice.random() < 0.5 else [])]


def _naming(dice: random.Random) -> list[str]:
    """What somebody with two items writes: nothing, or of one item or both what is in it."""
    items = dice.sample(ITEMS, dice.choice((0, 1, 1, 2)))
    return [f"{item} {dice.choice(_ANSWERS)}" for item in items]


class Staff:
    """Close, accept, and now and then ask again what waits for people, and take to customs what was accepted, so that
    the piles stay small.
    """

    def __init__(self, api: Api, memory: Memory, seed: int) -> None:
        self._http = api.http
        self._memory = memory
        self._seed = seed
        self._asked_again: set[str] = set()
        self._stopping = threading.Event()
        run = watched(memory, "staff", self._run)
        self._thread = threading.Thread(target=run, daemon=True, name="staff")
        self._thread.start()

    def stop(self) -> None:
        """Everybody goes home."""
        self._stopping.set()
        self._thread.join(timeout=60)

    def _run(self) -> None:
        while not self._stopping.wait(1):
            for work in (self._relay, self._read, lambda: self._work_on("replied"), lambda: self._work_on("escalated")):
                with suppress(httpx2.TransportError, KeyError, ValueError):
                    work()

    def _relay(self) -> None:
        """What was accepted reaches customs."""
        for answer in self._waiting("answers"):
            self._do(f"answers/{answer['id']}/sent", {})

    def _read(self) -> None:
        """What is only to be read is read."""
        for handoff in self._waiting("handoffs"):
            if handoff["reason"] in _TO_BE_READ:
                self._do(f"handoffs/{handoff['id']}/done", {"because": "read"})

    def _waiting(self, what: str) -> list[dict[str, Any]]:
        found = self._http.get(f"/api/v1/{what}", params={"limit": "50"})
        return found.json()["items"] if found.is_success and not self._stopping.is_set() else []

    def _do(self, path: str, body: dict[str, Any]) -> bool:
        """Somebody may have been quicker, and a server may be away; anything else is wrong. Whether it was done."""
        answer = self._http.post(f"/api/v1/{path}", json=body)
        if answer.status_code >= 400 and answer.status_code not in (404, 409, 502, 503):
            self._memory.wrong.append(f"{path.rpartition('/')[2]}: {answer.status_code} {answer.text[:200]}")
        return answer.is_success

    def _work_on(self, state: str) -> None:
        found = self._http.get("/api/v1/queries", params={"state": state, "limit": "20"})
        for query in found.json()["items"] if found.is_success else []:
            if self._stopping.is_set():
                return
            deed, body = self._decide(query, state)
            if self._do(f"queries/{query['id']}/{deed}", body):
                self._memory.decide(query["id"], _TELLS[deed])

    def _decide(self, query: dict[str, Any], state: str) -> tuple[str, dict[str, Any]]:
        drawn = random.Random(f"{self._seed}:{query['id'][-4:]}:{state}").random()
        if drawn < 0.15 and query["id"] not in self._asked_again:
            self._asked_again.add(query["id"])
            return "ask-again", {}
        if state == "replied" and drawn < 0.6:
            return "accept", {"code": "R100"}
        return "close", {"outcome": "unanswered"}
