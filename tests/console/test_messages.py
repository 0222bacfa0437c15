"""Every message is translated, no translation is stale, and every word of a closed set has its words."""

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from notifier.console import languages, words
from notifier.console.languages import LANGUAGES, translations
from notifier.console.words import WORDS, word

_ROOM = words.__file__.rpartition("/")[0]
_HOW = [("**.py", "python"), ("**.jinja", "jinja2.ext:babel_extract")]
_OPTIONS = {"**.jinja": {"newstyle_gettext": "true", "silent": "false"}}


def _messages() -> set[str]:
    found = extract_from_dir(_ROOM, _HOW, _OPTIONS, keywords={"_": None, "gettext": None, "marked": None})
    return {str(message) for _, _, message, _, _ in found}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_message_is_translated_and_none_is_stale(language: str) -> None:
    with (languages._FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file)
    said = {str(message.id): str(message.string) for message in catalogue if message.id}
    assert len(_messages()) > 200
    assert set(said) == _messages()
    assert [message for message, text in said.items() if not text] == []
    assert [message for message, text in said.items() if _holes(message) != _holes(text)] == []


def _holes(message: str) -> list[str]:
    return sorted(part.partition(")")[0] for part in message.split("%(")[1:])


def test_every_member_has_words_in_every_language() -> None:
    for kind, table in WORDS.items():
        assert set(table) == set(kind), kind
        for member in kind:
            chinese = translations("zh-Hant").gettext(word(member))
            assert chinese != word(member), member
            assert "_" not in word(member)
