"""From what was typed or exported to a plus sign and digits: certain repairs are made, the rest is refused."""

import re

from notifier.domain.folding import fold

_MOST_DIGITS = 15  # ITU-T E.164, without the zeros of an international prefix
_LABEL = re.compile(r"^(?:tel|phone|mobile|mob|電話|电话|手機|手机|手提)\s*[.:]?\s*", re.IGNORECASE)
# Spreadsheets keep numbers as text with an apostrophe in front, or as ="...".
_QUOTED = re.compile(r"""^=?["'](.*?)["']?$""")
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?e\+?(\d{1,2})", re.IGNORECASE)
_DECIMAL = re.compile(r"(\+?\d{7,})[.,]0+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3}){2,}")
_BETWEEN_NUMBERS = re.compile(r"[/,;|&、\\]| or |或|和|及")
_TRUNK_ZERO = "(0)"  # never dialled from abroad, and Hong Kong has none
_PUNCTUATION = " ()-."
_SPELLED = re.compile(r"\+?\d{3,}")


class Illegible(Exception):
    """The text is no single telephone number; `reason` is a sentence for staff, without digits."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def spell(raw: str) -> str:
    """`raw` as an optional plus sign and ASCII digits. Raises Illegible."""
    text = _LABEL.sub("", _unquote(fold(raw)))
    if not text:
        raise Illegible("No number was given.")
    text = _undo_spreadsheet(text).strip(",;/、")
    if _holds_several(text):
        raise Illegible("It holds more than one number: split them and give one.")
    closed = text.replace(_TRUNK_ZERO, "").translate(dict.fromkeys(map(ord, _PUNCTUATION)))
    if not (closed.isascii() and _SPELLED.fullmatch(closed)):
        raise Illegible("It holds something other than a telephone number: give the digits alone.")
    if len(closed.lstrip("+0")) > _MOST_DIGITS:
        raise Illegible("It has too many digits for one number: give one number.")
    return closed


def _unquote(text: str) -> str:
    match = _QUOTED.fullmatch(text)
    return match[1].strip() if match else text


def _undo_spreadsheet(text: str) -> str:
    """Numbers a spreadsheet took for amounts, when no digit was lost."""
    if match := _SCIENTIFIC.fullmatch(text):
        return _expand(match[1], match[2] or "", int(match[3]))
    if match := _DECIMAL.fullmatch(text):
        return match[1]
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def _expand(lead: str, decimals: str, exponent: int) -> str:
    # With fewer decimals than the exponent the last digits were rounded away, and nobody can tell them.
    if len(decimals) < exponent or decimals[exponent:].strip("0"):
        raise Illegible("A spreadsheet shortened it and digits are lost: take the number from the original.")
    return lead + decimals[:exponent]


def _holds_several(text: str) -> bool:
    pieces = [piece for piece in _BETWEEN_NUMBERS.split(text) if re.search(r"\d", piece)]
    if len(pieces) > 1:
        return True
    # Two numbers with nothing but a space between them.
    words = [re.sub(r"\D", "", word) for word in text.split(" ")]
    return len(words) == 2 and all(len(word) >= 7 for word in words)
