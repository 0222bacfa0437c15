"""Customs' side of a drill: many referrals, handed in until each is answered, and what became of each in the end."""

import csv
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import httpx2

from tests.drills.processes import REFERRAL, Api
from tests.drills.sandbox_carrier import SandboxCarrier
from tests.waiting import eventually

Referral = dict[str, Any]
_PATIENCE = 90  # seconds until handing one in again and again is given up


def referrals(number: int) -> list[Referral]:
    """So many, each for a phone of its own; no number ends in digits the sandbox acts upon."""
    return [
        REFERRAL | {"referral_reference": f"D-{place}", "sender_mobile": f"+852{61230100 + place}"}
        for place in range(number)
    ]


def write_csv(path: Path, rows: Sequence[Referral]) -> Path:
    """The same as a file for `notifier import`."""
    with path.open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.DictWriter(sheet, list(REFERRAL | {"referral_reference": ""}))
        writer.writeheader()
        writer.writerows(row | {"questions": ";".join(q["code"] for q in row["questions"])} for row in rows)
    return path


class Feeder:
    """Hands referrals in, four at a time, and each again until it is answered 2xx, as a client that keeps at it.

    `answered` holds what was answered, by reference. `wait` raises what went wrong.
    """

    def __init__(self, api: Api, rows: Sequence[Referral]) -> None:
        self.answered: dict[str, dict[str, Any]] = {}
        self._api = api
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(4)
        self._jobs = [self._pool.submit(self._hand_in, row) for row in rows]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def wait(self) -> None:
        """Until each is answered."""
        for job in self._jobs:
            job.result(timeout=_PATIENCE)

    def _hand_in(self, row: Referral) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not self._stop.is_set():
            answer = self._answer(row)
            if answer is not None and answer.is_success:
                self.answered[row["referral_reference"]] = answer.json()
                return
            assert answer is None or answer.status_code >= 500, answer.text
            assert time.monotonic() < deadline, f"{row['referral_reference']} was never answered."
            self._stop.wait(0.05)

    def _answer(self, row: Referral) -> httpx2.Response | None:
        headers = {"Idempotency-Key": row["referral_reference"]}
        try:
            return self._api.http.post("/api/v1/queries", json=row, headers=headers)
        except httpx2.TransportError:
            return None


def text_states(api: Api) -> Counter[str]:
    """How many texts are in each state, from the public figures; empty while nobody answers."""
    try:
        figures = api.http.get("/metrics").text
    except httpx2.TransportError:
        return Counter()
    states: Counter[str] = Counter()
    for line in figures.splitlines():
        if line.startswith("notifier_texts{"):
            states[line.partition('state="')[2].partition('"')[0]] += int(float(line.rpartition(" ")[2]))
    return states


def wait_until_handed_over(api: Api, number: int, within: float = 90) -> None:
    """Until every one of so many texts is handed over, and none is in another state."""
    wanted = {"handed_over": number}
    try:
        eventually(lambda: text_states(api) == wanted, within=within, pause=0.2)
    except AssertionError:
        raise AssertionError(f"Within {within:g} s: {dict(text_states(api))} instead of {wanted}.") from None


def all_queries(api: Api) -> list[dict[str, Any]]:
    """Every query, page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.http.get("/api/v1/queries", params={"limit": "200"} | cursor).json()
        found += page["items"]
        if not page["next_cursor"]:
            return found
        cursor = {"cursor": page["next_cursor"]}


def judge(api: Api, carrier: SandboxCarrier, rows: Sequence[Referral], feeder: Feeder | None = None) -> int:
    """Each referral is one query, and its question was texted exactly once: to its phone, with its reference.

    What was texted is the carrier's word; the rows have to agree with it. Returns how many attempts they tell of.
    """
    texts = carrier.texts()
    bodies = {text["to"]: text["body"] for text in texts}
    texted = Counter(text["to"] for text in texts)
    assert texted == {row["sender_mobile"]: 1 for row in rows}, texted.most_common(5)
    queries = {query["referral_reference"]: query for query in all_queries(api)}
    assert queries.keys() == {row["referral_reference"] for row in rows}
    for reference, told in (feeder.answered if feeder else {}).items():
        assert queries[reference]["id"] == told["id"], "An id that was answered 2xx is not the query's."
    return sum(_attempts(api, queries[row["referral_reference"]], bodies[row["sender_mobile"]]) for row in rows)


def _attempts(api: Api, query: dict[str, Any], body: str) -> int:
    """One query against the one body that was texted to its phone."""
    seen = api.see(query["id"])
    (text,) = seen["texts"]
    assert (text["state"], text["body"]) == ("handed_over", body)
    assert query["code"] in body
    assert [row["seq"] for row in seen["history"]] == list(range(1, len(seen["history"]) + 1))
    return len(text["attempts"])
