"""Item numbers: UPU S10, two letters, eight digits and a check digit, two letters of the country of posting."""

import re

from notifier.domain.errors import Invalid
from notifier.domain.folding import fold

_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_SHAPE = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
# Labels group the digits, people group them otherwise: one space or dash may stand between any two. After a gap,
# small letters are a word ("RR123456785 is cotton") unless they say Hong Kong.
_IN_TEXT = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}[ -]?(?:[0-9][ -]?){8}[0-9](?:[A-Za-z]{2}|[ -][A-Z]{2}|[ -][Hh][Kk])(?![A-Za-z0-9])"
)
_FIELD = "item_id"
_EXAMPLE = "RR123456785HK"


def read_item(raw: str) -> str:
    """The item number in `raw` as 13 characters, such as RR123456785HK.

    Spaces, dashes, lower case and full-width characters are put right.
    Raises Invalid (field `item_id`) on another shape or a wrong check digit.
    """
    number = _close_up(fold(raw))
    if not number:
        raise Invalid.one(_FIELD, "is missing.", f"Give the item number on the label, such as {_EXAMPLE}.")
    if not _SHAPE.fullmatch(number):
        raise Invalid.one(
            _FIELD,
            "is not an item number.",
            f"Give two letters, nine digits and two letters, such as {_EXAMPLE}; digits are never the letter O or I.",
        )
    if not _check_digit_fits(number):
        raise Invalid.one(
            _FIELD,
            "fails its check digit.",
            "Check the digits against the label: one is wrong, or two changed places.",
        )
    return number


def find_items(text: str) -> list[str]:
    """The item numbers in free text whose check digit is right, normalised, each once, in their order."""
    return list(dict.fromkeys(number for number, _ in place_items(fold(text))))


def place_items(folded: str) -> list[tuple[str, tuple[int, int]]]:
    """As `find_items`, each with its place (start, end) in a text that is folded already."""
    found = ((_close_up(match[0]), match.span()) for match in _IN_TEXT.finditer(folded))
    return [(number, span) for number, span in found if _check_digit_fits(number)]


def _close_up(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def with_check_digit(indicator: str, digits: str, country: str) -> str:
    """The item number of a service indicator (two letters), eight digits and a country of posting (two letters)."""
    return f"{indicator}{digits}{_check_digit(digits)}{country}"


def _check_digit_fits(number: str) -> bool:
    return int(number[10]) == _check_digit(number[2:10])


def _check_digit(digits: str) -> int:
    """UPU S10: 11 minus the weighted sum modulo 11, where 10 becomes 0 and 11 becomes 5."""
    check = 11 - sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11
    return {10: 0, 11: 5}.get(check, check)
