"""A CSV file of referrals: the columns are the fields of a referral, and every row is read by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from notifier.customs.cells import read_cells
from notifier.customs.csv_records import DELIMITERS, ROW, Record, named_separator, read_records, split_lines
from notifier.customs.decoding import FILE, Encoding, decode
from notifier.domain.errors import FieldProblem, Invalid
from notifier.domain.referral import FIELDS, Referral, read_referral

# Without these columns hardly a row could be taken: better to refuse the file than every row of it.
_REQUIRED = ("authority", "destination", "kind", "referral_reference", "item_id", "sender_mobile", "questions")


@dataclass(frozen=True, repr=False)
class Row:
    """One row: the physical line it begins on, and its referral, or what is wrong with it."""

    line: int
    reference: str
    referral: Referral | None
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, repr=False)
class ReferralFile:
    """A file whose header is sound. `fingerprint` (SHA-256) is the same for the same bytes read the same way."""

    fingerprint: str
    lines: Sequence[str]
    delimiter: str
    columns: tuple[str, ...]
    header_end: int  # index of the first line behind the header

    def rows(self) -> Iterator[Row]:
        """Every row that says anything, in order; each time anew."""
        for record in read_records(self.lines, self.delimiter, self.header_end):
            if not record.blank:
                yield _read_row(record, self.columns)


def open_referrals(raw: bytes, encoding: Encoding | None = None) -> ReferralFile:
    """Read a file as far as its header. Raises Invalid (field `file` or a column's name) when it cannot be used."""
    lines = split_lines(decode(raw, encoding))
    named = named_separator(lines)
    start = 0 if named is None else 1
    start += sum(1 for _ in _blank_lines(lines[start:]))
    if start >= len(lines):
        raise Invalid.one(FILE, "is empty.", f"Give a header line ({', '.join(FIELDS)}) and a row for each referral.")
    delimiter = named or max(DELIMITERS, key=lambda candidate: _known_names(lines, start, candidate))
    header = next(read_records(lines, delimiter, start))
    columns = tuple(map(_column, header.cells))
    _check_columns(columns)
    end = next((record.line for record in _behind(lines, delimiter, start)), len(lines) + 1) - 1
    fingerprint = sha256(f"{encoding or ''}\0".encode() + raw).hexdigest()
    source = ReferralFile(fingerprint, lines, delimiter, columns, end)
    if next(source.rows(), None) is None:
        raise Invalid.one(FILE, "has a header and no row.", "Give a row for each referral.")
    return source


def _blank_lines(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if line.strip():
            return
        yield line


def _behind(lines: Sequence[str], delimiter: str, start: int) -> Iterator[Record]:
    records = read_records(lines, delimiter, start)
    next(records)
    return records


def _known_names(lines: Sequence[str], start: int, delimiter: str) -> int:
    header = next(read_records(lines, delimiter, start))
    return sum(_column(cell) in FIELDS for cell in header.cells)


def _column(cell: str) -> str:
    """A column's name: case, spaces and dashes do not matter."""
    return cell.strip().strip("\ufeff").lower().replace(" ", "_").replace("-", "_")


def _check_columns(columns: tuple[str, ...]) -> None:
    named = [column for column in columns if column]
    if not any(column in FIELDS for column in named):
        raise Invalid.one(
            FILE, "does not begin with the names of its columns.", f"Make this the first line: {', '.join(FIELDS)}."
        )
    problems = [
        FieldProblem(name[:40], "is not a column of a referral.", f"Remove or rename it; known: {', '.join(FIELDS)}.")
        for name in dict.fromkeys(named)
        if name not in FIELDS
    ]
    problems += [
        FieldProblem(name, "stands twice in the header.", "Keep one of the columns.")
        for name in FIELDS
        if named.count(name) > 1
    ]
    problems += [
        FieldProblem(
            name, "is missing in the header.", "Add the column; its cells may be blank where nothing is known."
        )
        for name in _REQUIRED
        if name not in named
    ]
    if problems:
        raise Invalid(*problems)


def _read_row(record: Record, columns: tuple[str, ...]) -> Row:
    problem = record.problem or _ragged(record.cells, columns)
    if problem is not None:
        return Row(record.line, "", None, (problem,))
    cells = {name: cell for name, cell in zip(columns, record.cells, strict=False) if name}
    fields, problems = read_cells(cells)
    try:
        referral = read_referral(fields)
    except Invalid as refusal:
        spoiled = {found.field for found in problems}
        problems += [found for found in refusal.problems if found.field not in spoiled]
        return _refused(record, fields, problems)
    return _refused(record, fields, problems) if problems else Row(record.line, referral.referral_reference, referral)


def _refused(record: Record, fields: dict[str, Any], problems: list[FieldProblem]) -> Row:
    return Row(record.line, str(fields.get("referral_reference", ""))[:64], None, tuple(problems))


def _ragged(cells: tuple[str, ...], columns: tuple[str, ...]) -> FieldProblem | None:
    """Cells without a name that say something, or names without a cell: then all of them may have slipped."""
    nameless = [cell for cell in cells[len(columns) :] if cell.strip()]
    nameless += [cell for cell, name in zip(cells, columns, strict=False) if not name and cell.strip()]
    if len(cells) >= len(columns) and not nameless:
        return None
    return FieldProblem(
        ROW,
        f"has {len(cells)} cells where the header names {len(columns)}.",
        "Put a cell that holds the delimiter in quotes, and keep blank cells.",
    )
