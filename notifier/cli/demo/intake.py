"""Queries coming in by both doors, while the carrier behaves as the stories want it."""

import csv
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from notifier.cli.demo.acting import QUERIES
from notifier.cli.demo.desk import Desk
from notifier.cli.demo.house import House
from notifier.cli.demo.parts import Part
from notifier.cli.demo.stories import REFERRAL, Carrier
from notifier.cli.demo.trouble import Trouble

MISCHIEF = "/sandbox/control/mischief"
_PATIENCE = 30  # seconds
_LOOK = 0.1
# Shares as the sandbox takes them: 1 means always.
_MOODS: dict[Carrier, dict[str, float]] = {
    Carrier.WELL: {},
    Carrier.DOUBLES: {"double": 1, "reorder": 0.5},
    Carrier.HANGS_UP: {"drop_after_accept": 1},
    Carrier.TOO_MANY: {"error_429": 1},
    Carrier.BREAKS: {"error_500": 1},
}
_FIRST_TRY_FAILS = (Carrier.HANGS_UP, Carrier.TOO_MANY, Carrier.BREAKS)


def set_mood(desk: Desk, mood: Carrier) -> None:
    """From now on the carrier behaves like this."""
    well = {name: 0 for shares in _MOODS.values() for name in shares}
    desk.post(MISCHIEF, well | _MOODS[mood])


def by_api(desk: Desk, part: Part) -> None:
    """One query, handed in by HTTP."""
    taken = desk.post(QUERIES, part.story.referral(part.deadline_at), 201)
    part.id, part.code = taken["id"], taken["code"]


def by_file(house: House, parts: Sequence[Part]) -> None:
    """Many queries, handed in as a file that `notifier import` takes; what it refuses is not found afterwards."""
    if parts:
        path = house.folder / f"referrals-{parts[0].story.line}.csv"
        _write(path, parts)
        house.command("import", str(path), fine=(0, 1))


def _write(path: Path, parts: Iterable[Part]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, (*REFERRAL, "deadline_at"))
        writer.writeheader()
        for part in parts:
            writer.writerow({**part.story.cells, "deadline_at": part.deadline_at or ""})


def find(desk: Desk, part: Part) -> None:
    """A query that came by file, in the API."""
    found = desk.get(QUERIES, referral_reference=part.story.reference, authority=part.story.cells["authority"])["items"]
    if len(found) != 1:
        raise Trouble(f"The row was imported, and the API shows {len(found)} queries of it.")
    part.id, part.code = found[0]["id"], found[0]["code"]


def await_first_tries(desk: Desk, mood: Carrier, parts: Iterable[Part]) -> None:
    """Where the carrier fails, each text must have met that before it behaves again. Raises Trouble."""
    if mood not in _FIRST_TRY_FAILS:
        return
    deadline = time.monotonic() + _PATIENCE
    for part in parts:
        while part.taken and not first_try_failed(desk.get(f"{QUERIES}/{part.id}")):
            if time.monotonic() > deadline:
                raise Trouble(f"{part.story.reference}: the carrier {mood}, and no attempt tells of it.")
            time.sleep(_LOOK)


def first_try_failed(query: dict[str, Any]) -> bool:
    """Whether the first attempt to hand the question over is known to have failed, or not known to have worked."""
    attempts = [attempt for text in query["texts"][:1] for attempt in text["attempts"]]
    return bool(attempts) and attempts[0]["outcome"] in ("not_sent", "unknown")
