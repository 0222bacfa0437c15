"""The proof that every text fits: each template in each language, with the longest values it can ever hold."""

from datetime import UTC, datetime

from notifier.domain.errors import SettingsWrong, TextTooLong, UnsafeText
from notifier.domain.link_guard import LinkGuard
from notifier.domain.types import Language, TextKind
from notifier.domain.wording.catalogue import Catalogue
from notifier.domain.wording.rendering import BOTH, MOST_OPTIONS, SHORT, Rendered, Slots, render

# Wide in every language: two digits in day, month, hour and minute; Wednesday and September are no longer than others.
_LONGEST_TIME = datetime(2026, 11, 25, 15, 58, tzinfo=UTC)
_LONGEST_REF = "W7M9QXMW-99"
_ITEM = "RR123456785HK"
_MOST_ITEMS = 99_999  # customs names no more in one message (ICS2)


def prove_budgets(catalogue: Catalogue, guard: LinkGuard) -> list[Rendered]:
    """Every text at its longest: each question alone in full wording, and the longest two together.

    Raises SettingsWrong naming the first that is too long or that the guard refuses.
    """
    proved = []
    for language in (*Language, None):
        written = (language,) if language else BOTH
        asked = [(code,) for code in catalogue.sms_codes()] + [_longest_pair(catalogue, one) for one in written]
        for country in [_longest_country(catalogue, one) for one in written]:
            for codes in asked:
                choice = (_ITEM,) * MOST_OPTIONS
                slots = Slots(_ITEM, country, codes, _LONGEST_REF, _LONGEST_TIME, options=choice, count=_MOST_ITEMS)
                proved += [_prove(catalogue, guard, kind, slots, language) for kind in TextKind]
    return proved


def _longest_country(catalogue: Catalogue, language: Language) -> str:
    names = catalogue.phrases[language].countries
    return max(names, key=lambda code: len(names[code]))


def _longest_pair(catalogue: Catalogue, language: Language) -> tuple[str, ...]:
    """The two codes whose numbered questions are the longest, of those that ask different things."""
    by_words = {catalogue.codes[code].words: code for code in catalogue.sms_codes()}
    lengths = catalogue.phrases[language].short_asks
    return tuple(by_words[words] for words in sorted(by_words, key=lambda words: len(lengths[str(words)]))[-2:])


def _prove(catalogue: Catalogue, guard: LinkGuard, kind: TextKind, slots: Slots, language: Language | None) -> Rendered:
    name = f"{kind} in {language or 'both languages'} for {' and '.join(slots.codes)}"
    try:
        rendered = render(catalogue, guard, kind, slots, language)
    except (TextTooLong, UnsafeText, KeyError) as refusal:
        raise SettingsWrong(f"config/wording: the {name} cannot be sent: {refusal}") from None
    if len(slots.codes) == 1 and rendered.template.endswith(SHORT):
        raise SettingsWrong(f"config/wording: the {name} only fits in its short wording: shorten the full one.")
    return rendered
