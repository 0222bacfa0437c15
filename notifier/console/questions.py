"""Customs' question codes for people: what each asks in plain words, and by what way."""

from collections.abc import Iterable
from dataclasses import dataclass

from notifier.domain.types import Channel, Language
from notifier.domain.wording import Catalogue


@dataclass(frozen=True)
class AskedInWords:
    """A code of list CL752 ("" when customs gave none), what a text asks for it, and who is asked."""

    code: str
    words: str | None
    channel: Channel


def in_words(catalogue: Catalogue, codes: Iterable[str], language: str) -> list[AskedInWords]:
    """Each code, in the console's language."""
    said = Language.ZH_HANT if language == "zh-Hant" else Language.EN
    return [AskedInWords(code, catalogue.question_words(code, said), catalogue.channel(code)) for code in codes]


def textable(catalogue: Catalogue, language: str) -> list[AskedInWords]:
    """Every code that a text asks, the newer list before the older."""
    codes = sorted(catalogue.sms_codes(), key=lambda code: (len(code) < 4, code[1:], code))
    return in_words(catalogue, codes, language)
