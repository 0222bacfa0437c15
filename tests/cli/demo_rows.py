"""Rows of the shipped stories, to cut and to falsify."""

import csv
from pathlib import Path

from notifier.cli.demo.run import shipped
from notifier.cli.demo.stories import COLUMNS

Row = dict[str, str]


def rows() -> list[Row]:
    """All of them, as they stand in the file."""
    with shipped().open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, chosen: list[Row]) -> Path:
    """A file of stories with these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(chosen)
    return path
