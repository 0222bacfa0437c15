"""Choosing from a list in words, while "Which item?" waits for its answer; at any other time they are plain words."""

import tomllib

import pytest

from notifier.domain.reading import read_reply
from notifier.domain.types import ReadingKind
from notifier.settings.paths import config_dir
from notifier.settings.reply_files import load_lexicon

LEXICON = load_lexicon(config_dir())
ROWS = tomllib.loads((config_dir() / "replies.toml").read_text(encoding="utf-8"))["choices"]
SHIPPED = [(word, place) for place, words in ROWS.items() for word in words]


def chosen(body: str, options: int) -> int | None:
    return read_reply(body, LEXICON, options=options).option


def test_every_place_has_words_in_every_language() -> None:
    assert set(ROWS) == {"1", "2", "3", "4", "last"}
    assert all(len(words) >= 15 for words in ROWS.values())


@pytest.mark.parametrize(("word", "place"), SHIPPED)
def test_each_word_is_its_place_while_something_is_offered(word: str, place: str) -> None:
    expected = 4 if place == "last" else int(place)
    assert chosen(word, options=4) == expected
    assert chosen(f"{word.upper()}!", options=4) == expected
    assert chosen(word, options=0) is None
    if place not in ("last", "1"):
        assert chosen(word, options=int(place) - 1) is None, "that many were not offered"


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("The second one, please", 2),
        ("2 please", 2),
        ("唔該，第二個", 2),
        ("第一个，谢谢", 1),
        ("#2", 2),
        ("No. 1", 1),
        ("It's the first one, thanks", 1),
        ("第１個", 1),
        ("係第二個呀，唔該晒", 2),
        ("last one", 2),
        ("最後嗰個", 2),
        ("2️⃣", 2),
    ],
)
def test_as_senders_write_it(body: str, number: int) -> None:
    reading = read_reply(body, LEXICON, options=2)
    assert (reading.kind, reading.option) == (ReadingKind.OPTION, number)


@pytest.mark.parametrize(
    "body",
    [
        "two shirts",
        "兩件",
        "first class cotton",
        "second hand books",
        "第二件是書",
        "一個皮袋",
        "one of them",
        "the first and the second",
        "第三方",
        "lastly, a toy",
        "21",
        "0",
    ],
)
def test_words_that_say_more_choose_nothing(body: str) -> None:
    assert chosen(body, options=4) is None
