"""The wording as data: which question code is asked by what way, and the words for it in each language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from notifier.domain.types import Channel, Language, SenderMode

DEFAULT_COUNTRY = "default"


@dataclass(frozen=True)
class CodeRule:
    """How a question code is asked. `words`: the key of its words; None where no text asks it.

    `officer_first`: when customs added free text, an officer looks before a text goes out.
    """

    channel: Channel
    words: str | None = None
    officer_first: bool = False


@dataclass(frozen=True)
class Phrases:
    """One language. `asks` and `short_asks` by words' key, `countries` by ISO code, `templates` by their name,
    `call`: the sentences of a call, by part. `verify`: what somebody who calls is asked before they are believed;
    `checked`: what they are told of a text they read out, by what was found.
    """

    templates: Mapping[str, str]
    asks: Mapping[str, str]
    short_asks: Mapping[str, str]
    countries: Mapping[str, str]
    many: str  # a sentence of several numbered questions; its slot is {asks}
    call: Mapping[str, str]
    verify: tuple[str, ...] = ()
    checked: Mapping[str, str] = field(default_factory=dict)

    def country(self, code: str) -> str:
        """Its name, or words for one that is not named (ISO 3166-1, two letters)."""
        return self.countries.get(code, self.countries[DEFAULT_COUNTRY])


@dataclass(frozen=True)
class Voice:
    """How this deployment is heard, as texts say it.

    reply_number: in notice mode, the number to write to. names: the sender names the public is told of.
    """

    mode: SenderMode = SenderMode.TWO_WAY
    reply_number: str = ""
    names: str = ""


@dataclass(frozen=True)
class Catalogue:
    """Everything a text may say, and whom a code is put to.

    meanings: what customs' codes of questions and answers mean, by language, as staff read it.
    """

    codes: Mapping[str, CodeRule]
    phrases: Mapping[Language, Phrases]
    hotline: str
    voice: Voice = field(default_factory=Voice)
    meanings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def knows(self, code: str) -> bool:
        """Whether the catalogue names this code."""
        return code in self.codes

    def channel(self, code: str) -> Channel:
        """Who is asked; a code nobody wrote down goes to staff."""
        rule = self.codes.get(code)
        return rule.channel if rule else Channel.STAFF

    def officer_first(self, code: str) -> bool:
        """Whether an officer reads customs' free text before a text goes out."""
        rule = self.codes.get(code)
        return rule is not None and rule.officer_first

    def question_words(self, code: str, language: Language) -> str | None:
        """What a text asks for this code, or None when no text asks it."""
        rule = self.codes.get(code)
        return self.phrases[language].asks[rule.words] if rule and rule.words else None

    def meaning(self, code: str, language: str) -> str | None:
        """What a question or answer code of customs' means, for staff; None for a code nobody wrote down."""
        return self.meanings.get(code, {}).get(language)

    def asks(self, codes: Sequence[str]) -> tuple[str, ...]:
        """The keys of what texts ask for these codes, in the order they are numbered; twins that ask the same once.

        A code that no text asks stands as "".
        """
        rules = (self.codes.get(code) for code in codes)
        return tuple(dict.fromkeys((rule.words or "") if rule else "" for rule in rules))

    def sms_codes(self) -> list[str]:
        """Codes that texts ask."""
        return sorted(code for code, rule in self.codes.items() if rule.channel is Channel.SMS)
