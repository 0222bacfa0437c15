"""The one function that renders a text. Its slots are typed: nothing anybody typed gets in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.domain.errors import Invalid, TextTooLong
from notifier.domain.item import read_item
from notifier.domain.link_guard import LinkGuard
from notifier.domain.segments import Size, measure
from notifier.domain.types import Language, TextKind
from notifier.domain.wording.catalogue import Catalogue, Phrases
from notifier.domain.wording.moments import local_words

SEGMENTS_A_LANGUAGE = 2
SEGMENTS_BILINGUAL = 5
MOST_OPTIONS = 4  # items a text can offer to choose from in every language; more are a matter for people
BILINGUAL = "zh-Hant+en"
FULL, SHORT = "full", "short"
BOTH: tuple[Language, ...] = (Language.ZH_HANT, Language.EN)
_ASKING = (TextKind.QUESTION, TextKind.REMINDER, TextKind.PROMPT)


@dataclass(frozen=True)
class Slots:
    """What varies: the item (S10), the asking country (ISO), the question codes, the reference, and the time to reply
    by (aware; None leaves it out).

    missing: places of the questions still to be asked, counted from 1; none given means all of them.
    options: the items (S10) to choose from, where a text asks which item is meant.
    count: of items, where a text sums up.
    """

    item_id: str
    authority: str
    codes: tuple[str, ...]
    ref: str
    reply_by: datetime | None
    missing: tuple[int, ...] = ()
    options: tuple[str, ...] = ()
    count: int = 0


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
        country=phrases.country(slots.authority),
        item=read_item(slots.item_id),
        ask=_ask(catalogue, phrases, slots, short=short) if kind in _ASKING else "",
        options=_options(slots.options) if kind is TextKind.WHICH_ITEM else "",
        count=slots.count,
        by=_by(phrases, slots.reply_by, language),
        ref=slots.ref,
        hotline=catalogue.hotline,
        reply_number=catalogue.voice.reply_number,
        names=catalogue.voice.names,
    )


def _ask(catalogue: Catalogue, phrases: Phrases, slots: Slots, *, short: bool) -> str:
    """One question in a sentence; several in few words each, numbered. What is missing keeps its first number."""
    for code in slots.codes:
        _check_wording(catalogue, code)
    asked = dict(enumerate(catalogue.asks(slots.codes), 1))
    keys = {place: key for place, key in asked.items() if place in (slots.missing or asked)}
    if not keys:
        raise Invalid.one("questions", "hold none that a text may ask.", "Ask by phone.")
    if len(keys) == 1:
        (key,) = keys.values()
        return phrases.short_asks[key] if short else phrases.asks[key]
    numbered = " ".join(f"{place}) {phrases.short_asks[key]}" for place, key in keys.items())
    return numbered if short else phrases.many.format(asks=numbered)


def _check_wording(catalogue: Catalogue, code: str) -> None:
    rule = catalogue.codes.get(code)
    if rule is None or rule.words is None:
        raise Invalid.one("questions", f"no wording for {code or 'a question without a code'}.", "Ask by phone.")


def _options(items: Sequence[str]) -> str:
    """The items to choose from, numbered. They are typed as the item itself is."""
    if not 1 < len(items) <= MOST_OPTIONS:
        raise Invalid.one("options", f"are not two to {MOST_OPTIONS}.", "Ask by phone.")
    return " ".join(f"{place}) {read_item(item)}" for place, item in enumerate(items, 1))


def _by(phrases: Phrases, reply_by: datetime | None, language: Language) -> str:
    return "" if reply_by is None else phrases.templates["by"].format(when=local_words(reply_by, language))
