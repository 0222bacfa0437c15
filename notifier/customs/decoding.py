"""From a file's bytes to its text: what the bytes say for certain is believed, and nothing is guessed.

Big5 and GB18030 cannot be told apart by their bytes, and a wrong guess is text that looks right to nobody. So they are
read only when somebody names them.
"""

import codecs
from enum import StrEnum

from notifier.domain.errors import Invalid

MOST_BYTES = 64 * 1024 * 1024
FILE = "file"


class Encoding(StrEnum):
    """An encoding somebody may name; a byte order mark in the file speaks louder."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    BIG5 = "big5"
    GB18030 = "gb18030"


# Hong Kong's own characters stand in Big5 only with its supplementary set.
_CODECS = {
    Encoding.UTF_8: "utf-8",
    Encoding.UTF_16: "utf-16",
    Encoding.BIG5: "big5hkscs",
    Encoding.GB18030: "gb18030",
}
# UTF-32's little-endian mark begins with UTF-16's, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # of spreadsheets, new and old
_SAVE_AS = "Save it as 'CSV UTF-8'"


def decode(raw: bytes, encoding: Encoding | None = None) -> str:
    """The text of a CSV file, without a byte order mark. Raises Invalid (field `file`)."""
    if len(raw) > MOST_BYTES:
        raise Invalid.one(FILE, f"is larger than {MOST_BYTES // 1024**2} MB.", "Split it; each part with the header.")
    if raw.startswith(_WORKBOOKS):
        raise Invalid.one(FILE, "is a spreadsheet's own format, not CSV.", f"{_SAVE_AS} in the spreadsheet.")
    marked = next((codec for mark, codec in _MARKS if raw.startswith(mark)), None)
    if marked is None and encoding is not Encoding.UTF_16 and _looks_like_utf16(raw):
        raise Invalid.one(
            FILE, "looks like UTF-16 without its byte order mark.", f"{_SAVE_AS}, or name it: --encoding utf-16."
        )
    try:
        return raw.decode(marked or _CODECS[encoding or Encoding.UTF_8])
    except UnicodeDecodeError as failure:
        raise _unreadable(raw, failure, encoding) from None


def _looks_like_utf16(raw: bytes) -> bool:
    """Every other byte of plain text is zero there; a stray NUL in a cell is another matter."""
    return raw.count(0) * 4 > len(raw) > 0


def _unreadable(raw: bytes, failure: UnicodeDecodeError, encoding: Encoding | None) -> Invalid:
    line = raw.count(b"\n", 0, failure.start) + 1
    if encoding is not None:
        return Invalid.one(FILE, f"is not {encoding}: line {line} cannot be read.", f"{_SAVE_AS}.")
    return Invalid.one(
        FILE,
        f"is not UTF-8: line {line} holds bytes of another encoding, perhaps Big5 or GB18030.",
        f"{_SAVE_AS}, or name the encoding: --encoding big5, or gb18030.",
    )
