"""One spelling for what people type: full-width, invisible and look-alike characters made plain."""

import re
import unicodedata

_DASH = "-"
# Handsets bend quotes, and quoting an SMS back (tapbacks) puts them around our text.
_QUOTES = str.maketrans(
    dict.fromkeys("“”„‟«»「」『』〝〞", '"') | dict.fromkeys("‘’‚‛′´`", "'"),
)


def fold(text: str) -> str:
    """NFKC, without format characters (category Cf), dashes as `-`, quotes straight, white space collapsed.

    Case is kept. Never raises, whatever the text holds.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_QUOTES))
    return collapse("".join(map(_plain, plain)))


def collapse(text: str) -> str:
    """Every run of white space as one space, none at the ends."""
    return re.sub(r"\s+", " ", text).strip()


def _plain(char: str) -> str:
    if char.isascii():
        return char
    category = unicodedata.category(char)
    if category == "Cf":
        return ""
    # U+2212, the minus sign, is what some keyboards give for a dash.
    return _DASH if category == "Pd" or char == "\u2212" else char
