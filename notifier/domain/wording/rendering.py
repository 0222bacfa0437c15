"""The one function that renders a text. Its slots are typed: nothing anybody typed gets in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.domain.errors import Invalid, TextTooLong
from notifier.domain.item import read_item
from notifier.domain.link_guard import LinkGuard
from notifier.domain.segments import Size, measure
from notifier.domain.types import Language, TextKind
from notifier.domain.wording.catalogue import DEFAULT_COUNTRY, Catalogue, Phrases
from notifier.domain.wording.moments import local_words

SEGMENTS_A_LANGUAGE = 2
SEGMENTS_BILINGUAL = 5
BILINGUAL = "zh-Hant+en"
FULL, SHORT = "full", "short"
BOTH: tuple[Language, ...] = (Language.ZH_HANT, Language.EN)
_ASKING = (TextKind.QUESTION, TextKind.REMINDER, TextKind.PROMPT)


@dataclass(frozen=True)
class Slots:
    """What varies: the item (S10), the asking country (ISO), the question codes, the reference, and the time to reply
    by (aware; None leaves it out).
    """

    item_id: str
    authority: str
    codes: tuple[str, ...]
    ref: str
    reply_by: datetime | None


@dataclass(frozen=True, repr=False)
class Rendered:
    """A text as it will be sent. `language` is a language, or "zh-Hant+en" when both are in it.

    `template` names kind, language and wording: "question.en.full".
    """

    body: str
    language: str
    size: Size
    template: str


def render(catalogue: Catalogue, guard: LinkGuard, kind: TextKind, slots: Slots, language: Language | None) -> Rendered:
    """Render, guard and measure one text; no known language means Chinese first and English after it.

    Where the full wording exceeds its budget, as with several questions, the short one goes out.
    Raises Invalid (no wording for a code), UnsafeText (the guard) or TextTooLong (its budget of segments).
    """
    written = BOTH if language is None else (language,)
    name, most = (BILINGUAL, SEGMENTS_BILINGUAL) if language is None else (str(language), SEGMENTS_A_LANGUAGE)
    for wording in (FULL, SHORT):
        body = "\n".join(_one(catalogue, kind, slots, one, short=_short(wording, one, written)) for one in written)
        guard.check(body)
        size = measure(body)
        if size.segments <= most:
            return Rendered(body, name, size, f"{kind}.{name}.{wording}")
    raise TextTooLong(f"The {kind} in {name} needs {size.segments} segments; {most} are allowed.")


def _short(wording: str, language: Language, written: tuple[Language, ...]) -> bool:
    """The second language of a text is always in short wording: it says again what the first has said."""
    return wording == SHORT or language is not written[0]


def _one(catalogue: Catalogue, kind: TextKind, slots: Slots, language: Language, *, short: bool) -> str:
    phrases = catalogue.phrases[language]
    template = phrases.templates[f"{kind}_short" if short else kind]
    return template.format(
        country=phrases.countries.get(slots.authority, phrases.countries[DEFAULT_COUNTRY]),
        item=read_item(slots.item_id),
        ask=_ask(catalogue, phrases, slots.codes, short=short) if kind in _ASKING else "",
        by=_by(phrases, slots.reply_by, language),
        ref=slots.ref,
        hotline=catalogue.hotline,
    )


def _ask(catalogue: Catalogue, phrases: Phrases, codes: Sequence[str], *, short: bool) -> str:
    """One question in a sentence; several in few words each, numbered. Twins that ask the same are asked once."""
    keys = list(dict.fromkeys(_words_key(catalogue, code) for code in codes))
    if not keys:
        raise Invalid.one("questions", "hold none that a text may ask.", "Ask by phone.")
    if len(keys) == 1:
        return phrases.short_asks[keys[0]] if short else phrases.asks[keys[0]]
    numbered = " ".join(f"{place}) {phrases.short_asks[key]}" for place, key in enumerate(keys, 1))
    return numbered if short else phrases.many.format(asks=numbered)


def _words_key(catalogue: Catalogue, code: str) -> str:
    rule = catalogue.codes.get(code)
    if rule is None or rule.words is None:
        raise Invalid.one("questions", f"no wording for {code or 'a question without a code'}.", "Ask by phone.")
    return rule.words


def _by(phrases: Phrases, reply_by: datetime | None, language: Language) -> str:
    return "" if reply_by is None else phrases.templates["by"].format(when=local_words(reply_by, language))
