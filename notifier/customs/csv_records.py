"""From a file's text to records (RFC 4180), each with the physical line it begins on; a broken one harms no other."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notifier.domain.errors import FieldProblem

ROW = "row"
DELIMITERS = (",", ";", "\t")
_MOST_LINES = 100  # of one record: where a quote is never closed, the rest of the file is not one cell
# Spreadsheets write and read this first line.
_SEPARATOR = re.compile(r'"?sep=([,;\t])"?\s*', re.IGNORECASE)
_DOUBLE_QUOTES = 'Put a cell with quotes in quotes, and double those inside: "a ""b"" c".'
# The reader's complaints, by a word in them: what is wrong, how to mend it.
_COMPLAINTS = {
    "unexpected end": (
        f"opens a quote that is not closed within {_MOST_LINES} lines.",
        "Close the quote at the end of the cell.",
    ),
    "expected after": (
        "has quotes that do not fit: one is not closed, or words stand behind a closing one.",
        _DOUBLE_QUOTES,
    ),
    "field larger": ("has a cell of more than 131072 characters.", "Shorten it."),
}


@dataclass(frozen=True, repr=False)
class Record:
    """Cells as they stand; or none, and what is wrong. `line` counts from 1."""

    line: int
    cells: tuple[str, ...]
    problem: FieldProblem | None = None

    @property
    def blank(self) -> bool:
        """Nothing is said: an empty line, or delimiters alone."""
        return self.problem is None and not any(cell.strip() for cell in self.cells)


def split_lines(text: str) -> list[str]:
    """Physical lines with their ends: LF, CRLF or CR, and no other character, however line-like."""
    return list(io.StringIO(text, newline=""))


def named_separator(lines: Sequence[str]) -> str | None:
    """The delimiter that a first line `sep=;` names."""
    named = _SEPARATOR.fullmatch(lines[0]) if lines else None
    return named[1] if named else None


def read_records(lines: Sequence[str], delimiter: str, start: int = 0) -> Iterator[Record]:
    """Records from index `start` of the lines on, blank ones included."""
    at = start
    while at < len(lines):
        record, used = _read_one(lines, at, delimiter)
        yield record
        at += used


def _read_one(lines: Sequence[str], at: int, delimiter: str) -> tuple[Record, int]:
    """The record that begins at a line, and how many lines it takes.

    Of a broken one only the first line is given up, so that the sound rows behind it are found.
    """
    window = (lines[place] for place in range(at, min(at + _MOST_LINES, len(lines))))
    reader = csv.reader(window, delimiter=delimiter, strict=True)
    try:
        cells = tuple(next(reader))
    except csv.Error as failure:
        return Record(at + 1, (), _complaint(str(failure))), 1
    return Record(at + 1, cells), reader.line_num


def _complaint(said: str) -> FieldProblem:
    known = (sentence for word, sentence in _COMPLAINTS.items() if word in said)
    message, mend = next(known, ("cannot be read as CSV.", _DOUBLE_QUOTES))
    return FieldProblem(ROW, message, mend)
