"""Telephone numbers: only those of an allow-list may stand in a text.

Handsets make any run of seven or more digits tappable, also with spaces, dashes, dots or brackets in it. Item
numbers (UPU S10) and dates are no telephone numbers; they are set aside first.
"""

import re
from collections.abc import Iterable, Iterator

_HONG_KONG = "852"
# Stands for an allowed number that was found; a control character, so no body can hold it.
_KNOWN = "\x00"
_REASON = "A number that handsets would offer to call stands in the text; only our own published numbers may."

_ITEM = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{9}[A-Z]{2}(?![A-Za-z0-9])")
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"(?<![\w+\-/.])(?:{_YEAR}([-/.]){_MONTH}\1{_DAY}|{_DAY}([-/.]){_MONTH}\2{_YEAR}|{_MONTH}([-/.]){_DAY}\3{_YEAR})"
    r"(?![A-Za-z0-9]|[-/.]\d)"
)
_CALLABLE = re.compile(
    r"(?<![A-Za-z0-9])(?:[ \-.()/_~]{0,3}\d){7,}(?![A-Za-z0-9])"  # seven digits, however grouped
    r"|\d{8,}"  # also between letters
    r"|\+[ (]{0,2}\d(?:[ \-.()]{0,2}\d){2,}"  # anything international
    rf"|\+\s?\(?\d{{1,3}}\)?[ \-]{{0,2}}{_KNOWN}|{_KNOWN}[ \-]?\d{{3,}}"  # our number as part of another
    r"|\*\d{1,3}[#*]|\*#\d"  # service codes
    r"|(?<![A-Za-z0-9])(?:1[- ])?8\d\d-[A-Z]{5,}"  # numbers spelled as words
)


class NumberRules:
    """Which numbers may stand in a text. `allowed` are the published ones, in any spelling."""

    def __init__(self, allowed: Iterable[str]) -> None:
        choices = sorted(filter(None, map(_pattern, allowed)), key=len, reverse=True)
        self._allowed = re.compile(rf"(?<![\d+])(?:{'|'.join(choices)})(?!\d)") if choices else None

    def reason(self, folded: str) -> str | None:
        """Why `folded` holds a number to call, or None."""
        rest = folded if self._allowed is None else self._allowed.sub(_KNOWN, folded)
        if _CALLABLE.search(rest) is None:
            return None
        rest = _DATE.sub("", _ITEM.sub("", rest))
        return _REASON if _CALLABLE.search(rest) else None

    def spans(self, text: str) -> Iterator[tuple[int, int, bool]]:
        """Where numbers to call stand, and whether each is one of ours."""
        rest = text
        for found in self._allowed.finditer(text) if self._allowed else ():
            yield found.start(), found.end(), True
            rest = rest[: found.start()] + " x" * (len(found[0]) // 2) + " " * (len(found[0]) % 2) + rest[found.end() :]
        for set_aside in (_ITEM, _DATE):
            rest = set_aside.sub(lambda found: "x" * len(found[0]), rest)
        for found in _CALLABLE.finditer(rest):
            yield found.start() + len(found[0]) - len(found[0].lstrip()), found.end(), False


def _pattern(number: str) -> str:
    """The spellings of one allowed number: with or without spaces and dashes, with or without +852."""
    digits = re.sub(r"\D", "", number)
    local = digits.removeprefix(_HONG_KONG) if len(digits) == 11 else digits
    if not local:
        return ""
    spelled = "[ -]?".join(local)
    return rf"(?:\+?{_HONG_KONG}[ -]?)?{spelled}" if len(local) == 8 else rf"\+?{spelled}"
