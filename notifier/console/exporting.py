"""A list as a file, CSV or XLSX: every row as it is filtered, written while it is read, in its reader's language."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import StringIO
from operator import attrgetter
from tempfile import TemporaryFile
from typing import Any, Generic, Literal, TypeVar

from fastapi import Request
from openpyxl import Workbook
from starlette.responses import StreamingResponse

from notifier.console.drawing import HONG_KONG
from notifier.console.languages import language_of, locale_of, translations
from notifier.console.sentences import said
from notifier.console.words import word

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
    """What the file's first line calls it, as a message, and what stands in it: words, a number, an instant, or None.

    say: puts what is no member of a closed set into a language.
    """

    title: str
    cell: Callable[[_Row], Any]
    say: Callable[[str, str], str] | None = None


def in_language(sentence: str, language: str) -> str:
    """A sentence of the service's, as far as it is translated."""
    return " ".join(piece.text for piece in said(sentence, language))


def _country(code: str, language: str) -> str:
    return str(locale_of(language).territories.get(code, code))


# By the attribute of a row.
_SAYS = {"authority": _country, "reason": in_language, "next_step": in_language}


def columns_of(**titles: str) -> tuple[Column[Any], ...]:
    """Columns that hold the row's own attributes, each with its title."""
    return tuple(Column(title, attrgetter(name), _SAYS.get(name)) for name, title in titles.items())


def export(
    request: Request, name: str, kind: FileKind, columns: Sequence[Column[_Row]], rows: Iterable[_Row]
) -> StreamingResponse:
    """The answer that holds the file `name`. Instants are Hong Kong's, and no cell is a formula."""
    language = language_of(request)
    table = ([_cell(column, row, language) for column in columns] for row in rows)
    titles = [translations(language).gettext(column.title) for column in columns]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    written = _csv(titles, table) if kind == "csv" else _xlsx(titles, table)
    return StreamingResponse(written, media_type=_TYPES[kind], headers=headers)


def _cell(column: Column[_Row], row: _Row, language: str) -> Any:
    """What a spreadsheet would reckon with is made words by an apostrophe."""
    value = column.cell(row)
    if isinstance(value, datetime):
        return value.astimezone(HONG_KONG).isoformat(timespec="seconds")
    if isinstance(value, bool):
        return translations(language).gettext("Yes") if value else None
    if value is None or isinstance(value, int | float):
        return value
    words = _in_words(column, value, language)
    return f"'{words}" if words.startswith(_FORMULA) else words


def _in_words(column: Column[_Row], value: Any, language: str) -> str:
    if isinstance(value, StrEnum):
        return translations(language).gettext(word(value))
    return column.say(value, language) if column.say else str(value)


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
