"""The reference a sender quotes: eight characters, seven of them random, the last a check character.

The alphabet has 23 characters. 23 is prime, so a weighted sum modulo 23 with weights that differ from neighbour to
neighbour catches every single wrong character and every two neighbours that changed places. Of each pair that looks
alike on a handset or in handwriting at most one is in it: 2 but no Z, 5 no S, 6 no G, 8 no B, Y no U or V; and
neither 0 O D nor 1 I L. With A the only vowel, and a digit in every code, none spells a word.

There are 23 ** 7 (3.4 billion) codes, less some 5% that could be taken for something else. A code tells queries
apart; it is no secret and unlocks nothing.
"""

import re
import secrets

from notifier.domain.folding import fold

LENGTH = 8
ALPHABET = "23456789ACFHJKMNPQRTWXY"
_VALUES = {char: value for value, char in enumerate(ALPHABET)}
_WEIGHTS = (4, 5, 6, 7, 8, 9, 10, 11)  # none a multiple of 23, no two neighbours equal
# 23 weights modulo 23 have inverses: this one turns the sum of seven characters into the eighth.
_LAST_INVERSE = pow(_WEIGHTS[-1], -1, len(ALPHABET))
_DIGIT = re.compile(r"[2-9]")
_LETTER = re.compile(r"[A-Z]")
# Five digits in a row begin to look like a number; handsets offer to call seven. WWW looks like a web address.
_MISTAKABLE = re.compile(r"[2-9]{5}|WWW")
# A later round's "-2" may follow. Glued to other Latin letters or digits it is part of something else.
_IN_TEXT = re.compile(rf"(?<![A-Za-z0-9])([{ALPHABET}{ALPHABET.lower()}]{{{LENGTH}}})(?:-[0-9]{{1,2}})?(?![A-Za-z0-9])")


def new_code() -> str:
    """A fresh code from the system's secure randomness. Codes may repeat, if rarely: the database decides."""
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
        code = body + _check_character(body)
        if _unmistakable(code):
            return code


def new_reference() -> str:
    """A referral reference for what comes by a form: customs' own system gave none. It begins with `M-`."""
    return f"M-{new_code()}"


def is_code(text: str) -> bool:
    """Whether `text` is a code exactly as `new_code` writes it: upper case, no suffix, check character right."""
    return (
        len(text) == LENGTH
        and all(char in _VALUES for char in text)
        and text[-1] == _check_character(text[:-1])
        and _unmistakable(text)
    )


def find_codes(text: str) -> list[str]:
    """The codes in free text, upper case, without a round's suffix, each once, in their order.

    Any case and full-width characters will do. A word is never taken for a code, as a code holds a digit; of other
    strings of eight such characters one in 23 passes the check character.
    """
    return list(dict.fromkeys(code for code, _ in place_codes(fold(text))))


def place_codes(folded: str) -> list[tuple[str, tuple[int, int]]]:
    """As `find_codes`, each with its place (start, end, suffix included) in a text that is folded already."""
    found = ((match[1].upper(), match.span()) for match in _IN_TEXT.finditer(folded))
    return [(code, span) for code, span in found if is_code(code)]


def _check_character(body: str) -> str:
    total = sum(weight * _VALUES[char] for weight, char in zip(_WEIGHTS, body, strict=False))
    return ALPHABET[-total * _LAST_INVERSE % len(ALPHABET)]


def _unmistakable(code: str) -> bool:
    """Neither a word (it has a digit), nor a number (it has a letter, no long run of digits), nor a web address."""
    return bool(_DIGIT.search(code) and _LETTER.search(code)) and not _MISTAKABLE.search(code)
