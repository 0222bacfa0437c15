"""The file of stories: a query in each row, what happens to it, and how it must end."""

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from notifier.cli.demo.ends import End, read_end
from notifier.cli.demo.steps import Step, Who, read_steps
from notifier.domain.errors import FieldProblem, Invalid

REFERRAL = (
    "authority",
    "destination",
    "kind",
    "mrn",
    "referral_reference",
    "item_id",
    "sender_mobile",
    "language",
    "questions",
)
MOMENTS = ("at_once", "after_two_days", "after_three_days")
EXPECTED = ("state", "outcome", "texts", "handoffs", "answer")
COLUMNS = (
    "story",
    "comes",
    "door",
    "carrier",
    *REFERRAL,
    "deadline_in_hours",
    *MOMENTS,
    *(f"expected_{name}" for name in EXPECTED),
)
_HOME = "+852"


class Comes(StrEnum):
    """When customs asks: at the beginning, or once the first replies are in."""

    FIRST = "first"
    LATER = "later"


class Door(StrEnum):
    """Which way a query comes in."""

    API = "api"
    FILE = "file"


class Carrier(StrEnum):
    """How the carrier behaves while this query's first text is handed over."""

    WELL = "well"
    DOUBLES = "doubles receipts"
    HANGS_UP = "hangs up"
    TOO_MANY = "says too many"
    BREAKS = "breaks"


@dataclass(frozen=True, repr=False)
class Story:
    """One row. `line` counts from 1 and is where a person finds it."""

    line: int
    story: str
    comes: Comes
    door: Door
    carrier: Carrier
    cells: Mapping[str, str]
    deadline_in_hours: float | None
    moments: Mapping[str, tuple[Step, ...]]
    expected: End

    @property
    def reference(self) -> str:
        """What customs calls it; unique in a file."""
        return self.cells["referral_reference"]

    def referral(self, deadline_at: str | None) -> dict[str, Any]:
        """The query as the API takes it."""
        fields: dict[str, Any] = {name: cell for name, cell in self.cells.items() if cell}
        fields["questions"] = _questions(self.cells["questions"])
        return fields | ({"deadline_at": deadline_at} if deadline_at else {})

    def phones(self) -> list[str]:
        """The phone that is texted in each round."""
        phones = [e164(self.cells["sender_mobile"])]
        for step in (step for moment in MOMENTS for step in self.moments[moment] if step.asks_anew):
            name, value = step.assignment() if step.deed == "correct" else ("", "")
            phones.append(e164(value) if name == "sender_mobile" else phones[-1])
        return phones

    def sayings(self) -> frozenset[str]:
        """The words of its phones that name no query, as they are."""
        said = (step for moment in MOMENTS for step in self.moments[moment])
        return frozenset(step.words for step in said if step.who in (Who.PHONE, Who.PHOTO, Who.OLD_PHONE))


def e164(spelled: str) -> str:
    """The phone behind any spelling of a Hong Kong number: its last eight digits count."""
    return _HOME + "".join(str(int(char)) for char in spelled if char.isdecimal())[-8:]


def read_stories(path: Path) -> list[Story]:
    """Every story of a file. Raises Invalid with everything that is wrong, by line; OSError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            reader = csv.DictReader(file, strict=True)
            rows = [(reader.line_num, row) for row in reader]
        except (csv.Error, UnicodeDecodeError):
            raise Invalid.one(path.name, "is not CSV in UTF-8.", "Save it as 'CSV UTF-8'.") from None
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise Invalid.one(path.name, "has other columns.", f"Make this the first line: {','.join(COLUMNS)}")
    if not rows:
        raise Invalid.one(path.name, "has no story.", "Give a row for each query.")
    stories, problems = _read_rows(rows)
    if problems:
        raise Invalid(*problems)
    return stories


def _read_rows(rows: list[tuple[int, dict[str, Any]]]) -> tuple[list[Story], list[FieldProblem]]:
    stories: list[Story] = []
    problems: list[FieldProblem] = []
    known: set[str] = set()
    for line, row in rows:
        try:
            story = _read_row(line, row)
            if story.reference in known:
                raise ValueError("the referral_reference stands twice in the file.")
            known.add(story.reference)
            stories.append(story)
        except (ValueError, KeyError, TypeError) as wrong:
            problems.append(FieldProblem(f"line {line}", str(wrong), "See the other rows."))
    return stories, problems


def _read_row(line: int, row: dict[str, Any]) -> Story:
    if None in row or None in row.values():
        raise ValueError(f"the row has more or fewer than {len(COLUMNS)} cells.")
    cells = {name: cell.strip() for name, cell in row.items()}
    if not cells["story"] or not cells["referral_reference"]:
        raise ValueError("story and referral_reference must be given.")
    _questions(cells["questions"])
    hours = cells["deadline_in_hours"]
    return Story(
        line=line,
        story=cells["story"],
        comes=Comes(cells["comes"]),
        door=Door(cells["door"]),
        carrier=Carrier(cells["carrier"]),
        cells={name: cells[name] for name in REFERRAL},
        deadline_in_hours=float(hours) if hours else None,
        moments={moment: read_steps(cells[moment]) for moment in MOMENTS},
        expected=read_end(*(cells[f"expected_{name}"] for name in EXPECTED)),
    )


def _questions(cell: str) -> Any:
    """As in an import: codes, or the API's own JSON."""
    if cell.startswith("["):
        return json.loads(cell)
    return [{"code": code} for code in re.split(r"[;,\s]+", cell) if code]
