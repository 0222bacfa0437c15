"""How many SMS segments a body takes, counted as handsets and carriers count (3GPP TS 23.038 and 23.040).

A body whose every character stands in the GSM 7-bit alphabet goes out in it: 160 units alone, 153 in each part of
a joined text. One character outside turns the whole body into UCS-2: 70 units alone, 67 a part.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM = _BASIC | _EXTENSION
_SINGLE: dict[Encoding, int] = {"GSM-7": 160, "UCS-2": 70}
_PART: dict[Encoding, int] = {"GSM-7": 153, "UCS-2": 67}
_LAST_SINGLE_UNIT = "\uffff"


@dataclass(frozen=True)
class Size:
    """What a body costs: its encoding, its units (septets or UTF-16 units) and the segments billed."""

    encoding: Encoding
    units: int
    segments: int


def measure(body: str) -> Size:
    """The size of `body`. An empty body counts as one segment of no units."""
    encoding: Encoding = "GSM-7" if _GSM.issuperset(body) else "UCS-2"
    doubles = _doubles(body, encoding)
    units = len(body) + doubles
    if units <= _SINGLE[encoding]:
        return Size(encoding, units, 1)
    if not doubles:
        return Size(encoding, units, math.ceil(units / _PART[encoding]))
    return Size(encoding, units, _parts(_widths(body, encoding), _PART[encoding]))


def not_gsm(body: str) -> frozenset[str]:
    """The characters of `body` that would force it into UCS-2."""
    return frozenset(body) - _GSM


def _doubles(body: str, encoding: Encoding) -> int:
    """How many characters take two units: GSM-7 escapes, or UTF-16 surrogate pairs."""
    if encoding == "GSM-7":
        return sum(map(body.count, _EXTENSION))
    return 0 if max(body) <= _LAST_SINGLE_UNIT else sum(char > _LAST_SINGLE_UNIT for char in body)


def _widths(body: str, encoding: Encoding) -> Iterator[int]:
    if encoding == "GSM-7":
        return (2 if char in _EXTENSION else 1 for char in body)
    return (2 if char > _LAST_SINGLE_UNIT else 1 for char in body)


def _parts(widths: Iterable[int], room: int) -> int:
    """Parts needed when a character of two units never straddles two parts."""
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
