"""What an agent says in a call, in the sender's language: the same words for what is asked as the texts use."""

from dataclasses import dataclass
from enum import StrEnum

from notifier.domain.item import read_item
from notifier.domain.types import Language
from notifier.domain.wording.catalogue import Catalogue
from notifier.domain.wording.moments import local_words
from notifier.domain.wording.rendering import Slots


class Part(StrEnum):
    """The sentences of a call, in the order they are said."""

    GREETING = "greeting"
    WHY = "why"
    ASK = "ask"
    ELSE = "else"
    BY = "by"
    PROOF = "proof"
    NEVER = "never"
    END = "end"


@dataclass(frozen=True)
class Line:
    """One sentence of a call."""

    part: Part
    say: str


def call_script(catalogue: Catalogue, slots: Slots, language: Language) -> list[Line]:
    """The sentences of a call about one query, in one language.

    What no text may ask, such as identity, has no words here: the agent is told its codes (`else`). Without a time to
    answer by, nothing is said of one.
    """
    phrases = catalogue.phrases[language]
    texted, other = _asked(catalogue, slots, language)
    filled = {
        "country": phrases.country(slots.authority),
        "item": read_item(slots.item_id),
        "ref": slots.ref,
        "hotline": catalogue.hotline,
        "names": catalogue.voice.names,
        "ask": texted,
        "codes": other,
        "when": local_words(slots.reply_by, language) if slots.reply_by else "",
    }
    missing = {Part.ASK: not texted, Part.ELSE: not other, Part.BY: slots.reply_by is None}
    return [Line(part, phrases.call[part].format(**filled)) for part in Part if not missing.get(part)]


def _asked(catalogue: Catalogue, slots: Slots, language: Language) -> tuple[str, str]:
    """What a text could ask, numbered where it is more than one; and the codes of what none can."""
    words = {code: catalogue.question_words(code, language) for code in slots.codes}
    asks = list(dict.fromkeys(ask for ask in words.values() if ask))
    texted = asks[0] if len(asks) == 1 else " ".join(f"{place}) {ask}" for place, ask in enumerate(asks, 1))
    return texted, ", ".join(code for code, ask in words.items() if not ask)
