"""What customs refuses in an answer, told before it is sent: each rule says how to mend what it found.

The rules are those of import control systems for goods descriptions: a vague term alone, digits or signs alone, the
name of a file, one character three times in a row, and in Europe anything but English letters, digits and spaces.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from notifier.domain.folding import collapse, fold

DESCRIBING = frozenset({"describe", "translate", "confirm_description", "amend_description"})
CLASSIFYING = frozenset({"confirm_hs", "amend_hs"})

_HS_SPELLED = re.compile(r"(?<![\d.])(\d{4})[. ]?(\d{2})(?![\d.])")
_DECIMAL = re.compile(r"\d[.,]\d")
_THRICE = re.compile(r"([^\W\d_])\1\1", re.IGNORECASE)
_HAS_LETTER = re.compile(r"[^\W\d_]")


class Weight(StrEnum):
    """REFUSED: customs sends it back. DOUBTFUL: some customs do."""

    REFUSED = "refused"
    DOUBTFUL = "doubtful"


class Rule(StrEnum):
    """What an answer can break."""

    BLANK = "blank"
    NOT_PLAIN = "not_plain"
    VAGUE = "vague"
    VAGUE_WITHIN = "vague_within"
    NO_WORDS = "no_words"
    FILE_NAME = "file_name"
    REPEATED = "repeated"
    HS_CODE = "hs_code"


@dataclass(frozen=True)
class Violation:
    """One rule that an answer breaks, and how to mend it. The sentence quotes nothing of the answer."""

    rule: Rule
    weight: Weight
    sentence: str


@dataclass(frozen=True)
class AnswerRules:
    """The data. `plain_english`: customs (ISO) that take letters, digits and spaces only. `vague`: terms as `bare_term`
    makes them. `file_endings`: in lower case, without their dot.
    """

    plain_english: frozenset[str] = frozenset()
    vague: frozenset[str] = frozenset()
    file_endings: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Answered:
    """An answer, folded; the customs that reads it (ISO), and what it answers (keys of the catalogue's words)."""

    text: str
    authority: str
    asks: frozenset[str]

    @property
    def describes(self) -> bool:
        """Whether goods are described, and nothing but digits would be no description."""
        return bool(self.asks & DESCRIBING)


def violations(rules: AnswerRules, text: str, authority: str, asks: frozenset[str]) -> list[Violation]:
    """Every rule that the answer breaks, the refused ones first. Never raises."""
    answer = Answered(fold(text), authority, asks)
    if not answer.text:
        return [Violation(Rule.BLANK, Weight.REFUSED, "The answer is blank: write what customs asks for.")]
    found = [violation for look in _LOOKS for violation in look(rules, answer)]
    return sorted(found, key=lambda violation: violation.weight is Weight.DOUBTFUL)


def bare_term(text: str) -> str:
    """What terms are compared by: lower case, signs as spaces."""
    return collapse(re.sub(r"[^\w\s]", " ", text)).casefold()


def plain_form(text: str) -> str | None:
    """The answer in letters, digits and spaces, or None where that needs a person: other scripts, decimal numbers.

    A sign becomes a space; the dot within an HS code falls away.
    """
    spelled = _HS_SPELLED.sub(r"\1\2", fold(text))
    if not spelled.isascii() or _DECIMAL.search(spelled):
        return None
    return collapse(re.sub(r"[^A-Za-z0-9 ]", " ", spelled.replace("'", ""))) or None


def _not_plain(rules: AnswerRules, answer: Answered) -> Iterator[Violation]:
    if answer.authority not in rules.plain_english or re.fullmatch(r"[A-Za-z0-9 ]+", answer.text):
        return
    if not answer.text.isascii():
        mend = "write it in English letters: customs there reads no other script."
    elif _DECIMAL.search(_HS_SPELLED.sub(r"\1\2", answer.text)):
        mend = "customs there takes no signs, so write a decimal number in a smaller unit, such as 1500 g."
    else:
        mend = "leave out signs: customs there takes letters, digits and spaces."
    yield Violation(Rule.NOT_PLAIN, Weight.REFUSED, f"The answer holds more than letters, digits and spaces: {mend}")


def _vague(rules: AnswerRules, answer: Answered) -> Iterator[Violation]:
    if not answer.describes:
        return
    bare = bare_term(answer.text)
    if bare in rules.vague:
        sentence = "This alone describes no goods: say what it is, of what material, and for what use."
        yield Violation(Rule.VAGUE, Weight.REFUSED, sentence)
    elif any(f" {term} " in f" {bare} " for term in rules.vague):
        sentence = "A term in it is vague, and some customs refuse it: name the goods instead, such as doll for gift."
        yield Violation(Rule.VAGUE_WITHIN, Weight.DOUBTFUL, sentence)


def _no_words(_rules: AnswerRules, answer: Answered) -> Iterator[Violation]:
    if answer.describes and not _HAS_LETTER.search(answer.text):
        yield Violation(Rule.NO_WORDS, Weight.REFUSED, "Digits or signs alone describe no goods: use words.")


def _file_name(rules: AnswerRules, answer: Answered) -> Iterator[Violation]:
    ending = answer.text.casefold().rpartition(".")[2]
    if ending in rules.file_endings and " " not in answer.text:
        yield Violation(Rule.FILE_NAME, Weight.REFUSED, "This is the name of a file: write out what it says.")


def _repeated(_rules: AnswerRules, answer: Answered) -> Iterator[Violation]:
    if _THRICE.search(answer.text):
        sentence = "A letter stands three times in a row, which customs takes for nonsense: spell it otherwise."
        yield Violation(Rule.REPEATED, Weight.REFUSED, sentence)


def _hs_code(_rules: AnswerRules, answer: Answered) -> Iterator[Violation]:
    if answer.asks & CLASSIFYING and not _HS_SPELLED.search(answer.text):
        sentence = "No HS code of six digits is in it, such as 610910: look it up with what the sender wrote."
        yield Violation(Rule.HS_CODE, Weight.DOUBTFUL, sentence)


_LOOKS: tuple[Callable[[AnswerRules, Answered], Iterator[Violation]], ...] = (
    _not_plain,
    _vague,
    _no_words,
    _file_name,
    _repeated,
    _hs_code,
)
