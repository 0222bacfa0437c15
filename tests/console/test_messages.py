"""Every message is translated, no translation is stale, and every word of a closed set has its words."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from notifier.console import labels, words
from notifier.console.languages import LANGUAGES, catalogues_of, translations
from notifier.console.words import WORDS, word
from notifier.sandbox import HABITS

_ROOM = words.__file__.rpartition("/")[0]
_HOW = [("**.py", "python"), ("**.jinja", "jinja2.ext:babel_extract")]
_OPTIONS = {"**.jinja": {"newstyle_gettext": "true", "silent": "false"}}


def _messages() -> set[str]:
    found = extract_from_dir(_ROOM, _HOW, _OPTIONS, keywords={"_": None, "gettext": None, "marked": None})
    return {str(message) for _, _, message, _, _ in found}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_message_is_translated_and_none_is_stale(language: str) -> None:
    messages = [message for path in catalogues_of(language) for message in _read(path) if message.id]
    said = {str(message.id): str(message.string) for message in messages}
    assert len(said) == len(messages), "Two catalogues say the same message."
    assert len(_messages()) > 200
    assert set(said) == _messages()
    assert [message for message, text in said.items() if not text] == []
    assert [message for message, text in said.items() if _holes(message) != _holes(text)] == []


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def _holes(message: str) -> list[str]:
    return sorted(part.partition(")")[0] for part in message.split("%(")[1:])


def test_every_member_has_words_in_every_language() -> None:
    for kind, table in WORDS.items():
        assert set(table) == set(kind), kind
        for member in kind:
            chinese = translations("zh-Hant").gettext(word(member))
            assert chinese != word(member), member
            assert "_" not in word(member)


def test_the_sandboxs_special_numbers_have_words() -> None:
    assert {fate for _, fate in HABITS} == set(labels.HABITS)
