"""One row's cells as the values of a referral: what spreadsheets do to them is undone where that is certain."""

import json
import re
from collections.abc import Mapping
from typing import Any

from notifier.domain.errors import FieldProblem, Invalid
from notifier.domain.phone import NumberKind, read_number

# How spreadsheets keep a number as text.
_KEPT_AS_TEXT = re.compile(r'="([^"]*)"')
_SHORTENED = re.compile(r"\+?\d+(?:[.,]\d+)?[eE]\+?\d{1,2}")
_LOST_CHARACTER = "\ufffd"
_BETWEEN_CODES = re.compile(r"[;,|\s]+")
_CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9]{2,17}")
_QUESTIONS_MEND = 'Give codes such as F605;F608, or JSON such as [{"code": "F605", "text": "..."}].'


def read_cells(cells: Mapping[str, str]) -> tuple[dict[str, Any], list[FieldProblem]]:
    """Fields as `read_referral` takes them, and what is wrong with cells before it looks at them."""
    fields: dict[str, Any] = {name: _undo_spreadsheet(cell.strip()) for name, cell in cells.items()}
    problems = [problem for name, cell in fields.items() if (problem := _damage(name, cell)) is not None]
    try:
        fields["questions"] = _questions(fields.get("questions", ""))
    except Invalid as refusal:
        problems += refusal.problems
    return fields, problems


def _undo_spreadsheet(cell: str) -> str:
    kept = _KEPT_AS_TEXT.fullmatch(cell)
    return kept[1] if kept else cell


def _damage(name: str, cell: str) -> FieldProblem | None:
    if _LOST_CHARACTER in cell:
        return FieldProblem(
            name, "holds the sign for a lost character.", "Export the file again from its source, as 'CSV UTF-8'."
        )
    # Elsewhere an unreadable number is taken and goes to people; here the number itself is still in the original file.
    if name == "sender_mobile" and _SHORTENED.fullmatch(cell) and read_number(cell).kind is NumberKind.UNREADABLE:
        return FieldProblem(
            name, "was shortened by a spreadsheet, and digits are lost.", "Format the column as text, and export again."
        )
    return None


def _questions(cell: str) -> Any:
    """Codes, or the same JSON as in the API. What the JSON holds is judged with the referral."""
    if cell.startswith(("[", "{")):
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            raise Invalid.one("questions", "is not JSON.", _QUESTIONS_MEND) from None
    codes = [code for code in _BETWEEN_CODES.split(cell) if code]
    if not all(map(_CODE.fullmatch, codes)):
        raise Invalid.one("questions", "is neither codes nor JSON.", _QUESTIONS_MEND)
    return [{"code": code} for code in codes]
