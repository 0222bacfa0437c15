"""The console's languages. Catalogues are read as they are written (.po), so a fresh clone needs no build."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request

LANGUAGES = {"en": "English", "zh-Hant": "繁體中文"}
_FOLDER = Path(__file__).parent / "locale"
_USUAL = "en"
# Whoever reads Chinese of any kind reads the Chinese we have.
_ALIASES = {"zh": "zh-Hant", "zh-hk": "zh-Hant", "zh-tw": "zh-Hant", "zh-mo": "zh-Hant", "zh-hant": "zh-Hant"}


def catalogues_of(language: str) -> list[Path]:
    """The files of a language: one for each room of the console, and none says a message that another says."""
    return sorted(path for path in (_FOLDER / language).glob("*.po") if path != sentences_of(language))


def sentences_of(language: str) -> Path:
    """The file that holds what services say and store, which are no messages of the console's."""
    return _FOLDER / language / "service.po"


@cache
def translations(language: str) -> NullTranslations:
    """The messages of a language of `LANGUAGES`; English is what stands in the code."""
    if language == _USUAL:
        return NullTranslations()
    catalogue = Catalog(locale=language.replace("-", "_"))
    for path in catalogues_of(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language.replace("-", "_")):
                if message.id:
                    catalogue[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def locale_of(language: str) -> Locale:
    """How dates and spans are written."""
    return Locale.parse("en_GB" if language == _USUAL else language.replace("-", "_"))


def language_of(request: Request) -> str:
    """What the person chose, else what the browser asks for first of what we have."""
    signed_in = getattr(request.state, "signed_in", None)
    if signed_in is not None and signed_in.language in LANGUAGES:
        return str(signed_in.language)
    asked = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept-language", "").split(",")]
    known = [_ALIASES.get(tag) or _ALIASES.get(tag.partition("-")[0]) or tag.partition("-")[0] for tag in asked]
    return negotiate_locale(known, list(LANGUAGES), sep="-") or _USUAL
