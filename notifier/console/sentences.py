"""The service's own sentences in the person's language.

Services say and store plain English: what a decision leads to, what people have to do, what is wrong with a field. The
catalogue service.po names each sentence as it stands in the code, with `{named}` slots where values stand. A sentence
that it does not know stays as it is, marked as English: nothing is lost.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from babel.messages.pofile import read_po

from notifier.console.languages import sentences_of

_SLOT = re.compile(r"\{(\w+)\}")
# As services write them: "Wed 25 Nov 14:30", "25 Nov 2026".
_MOMENT = re.compile(
    r"(?:[A-Z][a-z]{2} )?(?P<day>\d\d) (?P<month>[A-Z][a-z]{2})(?: (?P<year>\d{4}))?(?: (?P<time>\d\d:\d\d))?"
)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_END = re.compile(r"(?<=[.?!])\s+")


@dataclass(frozen=True)
class Said:
    """A piece of what is shown, and the language it is in."""

    text: str
    language: str


@dataclass(frozen=True)
class _Sentences:
    """whole: sentences without slots. patterns: those with, the one with the most words of its own first."""

    whole: dict[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]


@cache
def said(sentence: str, language: str) -> tuple[Said, ...]:
    """The sentence in this language, in pieces where some of it is not known; usually one piece."""
    if language == "en":
        return (Said(sentence, "en"),)
    known = _translated(sentence, language)
    if known is not None:
        return (Said(known, language),)
    return tuple(_joined(_pieces(sentence, language)))


def _pieces(text: str, language: str) -> Iterator[Said]:
    """Sentence by sentence; the longest run that the catalogue knows comes first."""
    parts = _END.split(text)
    while parts:
        for length in range(len(parts), 0, -1):
            known = _translated(" ".join(parts[:length]), language)
            if known is not None:
                yield Said(known, language)
                break
        else:
            length = 1
            yield Said(parts[0], "en")
        parts = parts[length:]


def _joined(pieces: Iterator[Said]) -> list[Said]:
    """Neighbours of one language as one piece: Chinese stands without blanks between its sentences."""
    joined: list[Said] = []
    for piece in pieces:
        if joined and joined[-1].language == piece.language:
            blank = " " if piece.language == "en" else ""
            joined[-1] = Said(joined[-1].text + blank + piece.text, piece.language)
        else:
            joined.append(piece)
    return joined


def _translated(text: str, language: str) -> str | None:
    sentences = _read(language)
    whole = sentences.whole.get(text)
    if whole is not None:
        return whole
    if text.endswith(".") and text[:-1] in sentences.whole:
        return sentences.whole[text[:-1]] + "。"
    for pattern, translation in sentences.patterns:
        found = pattern.fullmatch(text)
        values = {slot: _value(value, language) for slot, value in found.groupdict().items()} if found else {"": None}
        if None not in values.values():
            return _SLOT.sub(lambda slot, values=values: str(values[slot[1]]), translation)  # type: ignore[misc]  # a default of its own
    return None


def _value(value: str, language: str) -> str | None:
    """What stands in a slot: sentences or words of ours, a moment, or a value as it is; None: an unknown sentence."""
    known = tuple(_pieces(value, language))
    if all(piece.language == language for piece in known):
        return "".join(piece.text for piece in known)
    if value.endswith("."):
        return None
    return "、".join(_translated(word, language) or _moment(word) for word in value.split(", "))


def _moment(word: str) -> str:
    """A moment as services write it, in Chinese figures; anything else as it is."""
    found = _MOMENT.fullmatch(word)
    if not found:
        return word
    parts = found.groupdict()
    month = _MONTHS.index(parts["month"]) // 3 + 1
    year, time = (f"{parts['year']}年" if parts["year"] else ""), (f" {parts['time']}" if parts["time"] else "")
    return f"{year}{month}月{int(parts['day'])}日{time}"


@cache
def _read(language: str) -> _Sentences:
    with sentences_of(language).open("rb") as file:
        messages = {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string}
    slotted = sorted((text for text in messages if _SLOT.search(text)), key=lambda text: -len(_SLOT.sub("", text)))
    return _Sentences(
        {text: translation for text, translation in messages.items() if not _SLOT.search(text)},
        tuple((_pattern(text), messages[text]) for text in slotted),
    )


def _pattern(template: str) -> re.Pattern[str]:
    parts = _SLOT.split(template)  # words, slot, words, slot, ... words
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)), re.DOTALL
    )
