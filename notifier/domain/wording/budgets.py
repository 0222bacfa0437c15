"""The proof that every text fits: each template in each language, with the longest values it can ever hold."""

from datetime import UTC, datetime

from notifier.domain.errors import SettingsWrong, TextTooLong, UnsafeText
from notifier.domain.link_guard import LinkGuard
from notifier.domain.types import Language, TextKind
from notifier.domain.wording.catalogue import Catalogue
from notifier.domain.wording.rendering import Rendered, Slots, render

# Wide in every language: two digits in day, month, hour and minute; Wednesday and September are no longer than others.
_LONGEST_TIME = datetime(2026, 11, 25, 15, 58, tzinfo=UTC)
_LONGEST_REF = "W7M9QXMW-99"
_ITEM = "RR123456785HK"


def prove_budgets(catalogue: Catalogue, guard: LinkGuard) -> list[Rendered]:
    """Every text at its longest. Raises SettingsWrong naming the first that is too long or that the guard refuses."""
    proved = []
    for language in (*Language, None):
        for country in _longest_countries(catalogue, language):
            for codes in [(code,) for code in catalogue.sms_codes()]:
                slots = Slots(_ITEM, country, codes, _LONGEST_REF, _LONGEST_TIME)
                proved += [_prove(catalogue, guard, kind, slots, language) for kind in TextKind]
    return proved


def _longest_countries(catalogue: Catalogue, language: Language | None) -> list[str]:
    """Per language the country with the longest name; in a bilingual text each language has its own."""
    written = [language] if language else [Language.ZH_HANT, Language.EN]
    countries = (catalogue.phrases[one].countries for one in written)
    return [max(names, key=lambda code, names=names: len(names[code])) for names in countries]  # type: ignore[misc]


def _prove(catalogue: Catalogue, guard: LinkGuard, kind: TextKind, slots: Slots, language: Language | None) -> Rendered:
    try:
        return render(catalogue, guard, kind, slots, language)
    except (TextTooLong, UnsafeText, KeyError) as refusal:
        name = f"{kind} in {language or 'both languages'} for {slots.codes[0]}"
        raise SettingsWrong(f"config/wording: the {name} cannot be sent: {refusal}") from None
