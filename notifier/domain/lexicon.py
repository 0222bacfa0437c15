"""The words a reply is read by. Which words they are is data (config/replies.toml); this is how they are matched."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from notifier.domain.folding import collapse, fold

# Variation selectors and the keycap frame say how to draw a character, not which it is.
_DRAWING = re.compile("[\ufe00-\ufe0f\u20e3]")
_LATIN_OR_DIGIT = re.compile(r"[a-z0-9]")


def bare(text: str) -> str:
    """`text` reduced to what words are compared by: folded, lower case, letters, digits and pictures only.

    Apostrophes close up ("don't" is "dont"), all other punctuation is one space.
    """
    closed = _DRAWING.sub("", fold(text)).casefold().replace("'", "")
    return collapse("".join(char if _says_something(char) else " " for char in closed))


def letters(text: str) -> int:
    """How many letters and digits of any script stand in `text`."""
    return sum(1 for char in text if unicodedata.category(char)[0] in "LN")


def _says_something(char: str) -> bool:
    # So: pictures, of which a thumb is a word.
    return char.isalnum() or unicodedata.category(char) in ("So", "Mn", "Mc")


@dataclass(frozen=True)
class Phrases:
    """Words and phrases found anywhere in a bare text, the longest first; Latin ones only as whole words."""

    pattern: re.Pattern[str]

    @classmethod
    def of(cls, phrases: Iterable[str]) -> "Phrases":
        """Compiled once. Without phrases nothing is ever found."""
        known = sorted({bare(phrase) for phrase in phrases} - {""}, key=lambda phrase: (-len(phrase), phrase))
        return cls(re.compile("|".join(map(_as_whole_word, known)) or r"(?!)"))

    def strike(self, text: str) -> tuple[str, int]:
        """`text` without the phrases, and how many of its letters and digits went with them. One linear pass."""
        left = collapse(self.pattern.sub(" ", text))
        return left, letters(text) - letters(left)

    def begin(self, text: str) -> bool:
        """Whether `text` begins with one of them."""
        return self.pattern.match(text) is not None

    def occur_in(self, text: str) -> bool:
        """Whether any of them stands in `text`."""
        return self.pattern.search(text) is not None


def _as_whole_word(phrase: str) -> str:
    before = r"(?<![a-z0-9])" if _LATIN_OR_DIGIT.match(phrase[0]) else ""
    after = r"(?![a-z0-9])" if _LATIN_OR_DIGIT.match(phrase[-1]) else ""
    return before + re.escape(phrase) + after


LAST = -1  # a choice: the last of what was offered
# The word lists a lexicon is made of, besides the choices.
LISTS = (
    "check",
    "no_check",
    "stop",
    "start",
    "cancel",
    "wrong_number",
    "doubts_alone",
    "acknowledgements",
    "courtesies",
    "doubts",
    "fillers",
    "labels",
    "tapbacks",
)


@dataclass(frozen=True)
class Lexicon:
    """The word lists of all languages, ready to match.

    check, no_check: the first words of a message; the second take back what the first found.
    stop, start, cancel, wrong_number: the whole message. courtesies: may stand beside those. acknowledgements
    (courtesies among them): a message of nothing else. doubts: most of a message. doubts_alone: nothing but fillers
    beside them. fillers (acknowledgements among them): words that weigh nothing beside a doubt. labels: what stands
    before a reference. tapbacks: patterns of whole messages in which handsets quote our text. choices: words that are
    a whole choice, each with its place from 1 on, or LAST.
    """

    check: Phrases
    no_check: Phrases
    stop: frozenset[str]
    start: frozenset[str]
    cancel: frozenset[str]
    wrong_number: frozenset[str]
    doubts_alone: Phrases
    acknowledgements: Phrases
    courtesies: Phrases
    doubts: Phrases
    fillers: Phrases
    labels: Phrases
    tapbacks: tuple[re.Pattern[str], ...]
    choices: Mapping[str, int]


def make_lexicon(words: Mapping[str, Iterable[str]], choices: Mapping[int, Iterable[str]]) -> Lexicon:
    """The lexicon of `words`, which holds every name of LISTS, and of the words for each place to choose.

    In a tapback `*` stands for anything.
    """

    def whole(name: str) -> frozenset[str]:
        return frozenset(map(bare, words[name]))

    # One pattern, so that the longest word wins across lists: 你好 is a greeting, not 你 and "good".
    seen = (*words["acknowledgements"], *words["courtesies"])
    return Lexicon(
        check=Phrases.of(words["check"]),
        no_check=Phrases.of(words["no_check"]),
        stop=whole("stop"),
        start=whole("start"),
        cancel=whole("cancel"),
        wrong_number=whole("wrong_number"),
        doubts_alone=Phrases.of(words["doubts_alone"]),
        acknowledgements=Phrases.of(seen),
        courtesies=Phrases.of(words["courtesies"]),
        doubts=Phrases.of(words["doubts"]),
        fillers=Phrases.of((*words["fillers"], *seen)),
        labels=Phrases.of(words["labels"]),
        tapbacks=tuple(map(_tapback, words["tapbacks"])),
        choices={bare(word): place for place, known in choices.items() for word in known},
    )


def _tapback(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, fold(pattern).split("*"))), re.IGNORECASE | re.DOTALL)
