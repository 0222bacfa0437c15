"""What may stand in a text at all, and the folding that makes look-alikes plain.

Handsets find links through invisible characters and in letters that only look Latin, so invisible characters are
refused and everything else is folded before any other rule reads it.
"""

import re
import unicodedata
from functools import lru_cache

_NOT_PLAIN = re.compile(r"[^\n\x20-\x7e]")

# Format, control, private, unassigned, lone surrogates, line and paragraph separators.
_UNSEEN_CATEGORIES = frozenset({"Cf", "Cc", "Co", "Cn", "Cs", "Zl", "Zp"})
# Letters and symbols that are drawn as nothing: Hangul fillers and the empty Braille pattern.
_UNSEEN_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_MARKS = frozenset({"Mn", "Mc", "Me"})

_DOTS = "。．｡․﹒‧·•∙⋅・･●◦⸱⸳۔܁܂܃꓿ꞏ᛫‣٠۰ᐧ⸰⬝▪﹡∘"
_DASHES = "‐‑‒–—―−﹘﹣－˗⁃"
_SLASHES = "⁄∕╱⧸⟋"
_FOLDING = str.maketrans(
    {char: plain for chars, plain in ((_DOTS, "."), (_DASHES, "-"), (_SLASHES, "/"), ("∶꞉", ":")) for char in chars}
)

_WORD = re.compile(r"\w+(?:[.\-']\w+)*")
# Scripts that Hong Kong writers mix within a word as a matter of course: "T恤", "USB線".
_TOGETHER = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO"})
# Greek letters that are units of measure after folding: µm, kΩ.
_UNITS = re.compile(r"(?:μ[mglasf]|[kmgn]?ω)", re.IGNORECASE)


def unseen(body: str) -> str | None:
    """Why `body` holds a character that nobody sees, or None."""
    if body.isascii():
        return _CONTROL if _NOT_PLAIN.search(body) else None
    for char in set(body):
        reason = _unseen_char(char)
        if reason is not None:
            return reason
    return None


def fold(body: str) -> str:
    """`body` in compatibility form (NFKC), with dots, dashes, slashes and colons made plain."""
    if body.isascii():
        return body
    # Dots are mapped first as well: NFKC would turn some of them into other characters.
    return unicodedata.normalize("NFKC", body.translate(_FOLDING)).translate(_FOLDING)


def mixed_scripts(folded: str) -> str | None:
    """Why a word mixes alphabets that look alike, or None."""
    if folded.isascii():
        return None
    for word in _WORD.findall(folded):
        if not word.isascii() and _mixes(word):
            return "A word mixes letters of different alphabets; write it in one."
    return None


_CONTROL = "An invisible or control character stands in the text; remove it."


@lru_cache(maxsize=8192)
def _unseen_char(char: str) -> str | None:
    if char == "\n":
        return None
    category = unicodedata.category(char)
    if category in _UNSEEN_CATEGORIES or char in _UNSEEN_LETTERS:
        return _CONTROL
    if category in _MARKS:
        return "A combining mark stands in the text; remove it or use the composed letter."
    return None


def _mixes(word: str) -> bool:
    if _UNITS.fullmatch(word):
        return False
    scripts = {_script(char) for char in set(word) if char.isalpha()}
    return len(scripts) > 1 and not scripts <= _TOGETHER


@lru_cache(maxsize=8192)
def _script(char: str) -> str:
    """The first word of a letter's Unicode name, which is its script for every alphabet that has look-alikes."""
    return unicodedata.name(char, "UNKNOWN").partition(" ")[0].partition("-")[0]
