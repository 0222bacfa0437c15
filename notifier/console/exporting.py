"""A list as a file, CSV or XLSX: every row as it is filtered, written while it is read."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from tempfile import TemporaryFile
from typing import Any, Generic, Literal, TypeVar

from openpyxl import Workbook
from starlette.responses import StreamingResponse

from notifier.console.drawing import HONG_KONG

FileKind = Literal["csv", "xlsx"]
_Row = TypeVar("_Row")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Column(Generic[_Row]):
    """A column's name in the file's first line, and what stands in it: words, a number, an instant, or None."""

    name: str
    cell: Callable[[_Row], Any]


def plain_columns(*names: str) -> tuple[Column[Any], ...]:
    """Columns that are called as the row's own attributes are."""

    def column(name: str) -> Column[Any]:
        return Column(name, lambda row: getattr(row, name))

    return tuple(map(column, names))


def export(name: str, kind: FileKind, columns: Sequence[Column[_Row]], rows: Iterable[_Row]) -> StreamingResponse:
    """The answer that holds the file `name`. Instants are Hong Kong's, and no cell is a formula."""
    table = ([_cell(column.cell(row)) for column in columns] for row in rows)
    titles = [column.name for column in columns]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    written = _csv(titles, table) if kind == "csv" else _xlsx(titles, table)
    return StreamingResponse(written, media_type=_TYPES[kind], headers=headers)


def _cell(value: Any) -> Any:
    """What a spreadsheet would reckon with is made words by an apostrophe."""
    if isinstance(value, datetime):
        return value.astimezone(HONG_KONG).isoformat(timespec="seconds")
    if value is None or isinstance(value, int | float):
        return value
    words = str(value)
    return f"'{words}" if words.startswith(_FORMULA) else words


def _csv(titles: list[str], table: Iterable[list[Any]]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _line(titles)  # the mark by which spreadsheets know UTF-8
    for cells in table:
        yield _line(cells)


def _line(cells: list[Any]) -> bytes:
    written = StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue().encode()


def _xlsx(titles: list[str], table: Iterable[list[Any]]) -> Iterator[bytes]:
    """The format is a zip with its index at the end: it is gathered on disk, not in memory."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Notifier")
    sheet.append(titles)
    for cells in table:
        sheet.append(cells)
    with TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
