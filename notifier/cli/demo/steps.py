"""What people, phones and customs do in a story: steps in a cell, one after the other, with a bar between them.

    phone: 打錯 | staff: correct sender_mobile=6123 4567 | phone: {code} a wooden chess set

phone: WORDS                the sender's phone writes; {code} and {item} stand for the query's own
photo: WORDS                the same with a picture; the words may be missing
old phone: WORDS            the phone that was texted before a correction writes
staff: accept CODE WORDS    accept the reply, or WORDS, as customs' answer under an answer code
staff: withdraw | close OUTCOME | ask again | escalate TEAM | reopen REASON | correct FIELD=VALUE
hotline: WORDS              what the sender said on the telephone is written down
relay: sent | refused REASON
customs: same again | otherwise FIELD=VALUE | do not load
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_BETWEEN = "|"


class Who(StrEnum):
    """Who does something."""

    PHONE = "phone"
    PHOTO = "photo"
    OLD_PHONE = "old phone"
    STAFF = "staff"
    HOTLINE = "hotline"
    RELAY = "relay"
    CUSTOMS = "customs"


# What each may do, by its first words; where there is no choice, all words are what is said.
_DEEDS: Mapping[Who, tuple[str, ...]] = {
    Who.STAFF: ("accept", "withdraw", "close", "ask again", "escalate", "reopen", "correct"),
    Who.RELAY: ("sent", "refused"),
    Who.CUSTOMS: ("same again", "otherwise", "do not load"),
}
_ASSIGNING = ("correct", "otherwise")
_NEW_ROUND = ("ask again", "correct")


@dataclass(frozen=True)
class Step:
    """One thing somebody does. `deed` is "" where `words` say it all."""

    who: Who
    deed: str
    words: str

    @property
    def asks_anew(self) -> bool:
        """Whether a new round begins with it."""
        return self.deed in _NEW_ROUND

    def assignment(self) -> tuple[str, str]:
        """FIELD and VALUE of a correction."""
        name, _, value = self.words.partition("=")
        return name.strip(), value.strip()


def read_steps(cell: str) -> tuple[Step, ...]:
    """The steps of a cell, none for a blank one. Raises ValueError with a sentence."""
    return tuple(_read(part.strip()) for part in cell.split(_BETWEEN)) if cell.strip() else ()


def _read(part: str) -> Step:
    name, colon, rest = part.partition(":")
    if not colon or name.strip() not in list(Who):
        raise ValueError(f"a step begins with one of {', '.join(Who)} and a colon.")
    who, words = Who(name.strip()), rest.strip()
    if who not in _DEEDS:
        if not words and who is not Who.PHOTO:
            raise ValueError(f"{who}: says nothing.")
        return Step(who, "", words)
    deed = next((deed for deed in _DEEDS[who] if words == deed or words.startswith(f"{deed} ")), None)
    if deed is None:
        raise ValueError(f"{who}: does one of {', '.join(_DEEDS[who])}.")
    step = Step(who, deed, words.removeprefix(deed).strip())
    if deed in _ASSIGNING and not all(step.assignment()):
        raise ValueError(f"{who}: {deed} needs FIELD=VALUE.")
    return step
