"""Replies as senders write them (replies.toml), each with the reading it must get."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notifier.domain.reading import read_reply
from notifier.domain.types import ReadingKind
from notifier.settings.paths import config_dir
from notifier.settings.reply_files import load_lexicon

LEXICON = load_lexicon(config_dir())
REPLIES = tomllib.loads((Path(__file__).parent / "replies.toml").read_text(encoding="utf-8"))
NUMBERED: list[dict[str, Any]] = REPLIES.pop("numbered")


def cases() -> Iterator[Any]:
    for kind, bodies in REPLIES.items():
        for body in bodies:
            yield pytest.param(ReadingKind(kind), body, id=f"{kind}-{body[:30]}")


def test_there_are_enough_of_them_and_none_stands_twice() -> None:
    bodies = [body for bodies in REPLIES.values() for body in bodies]
    assert len(bodies) + len(NUMBERED) >= 250
    assert len(set(bodies)) == len(bodies)
    assert set(REPLIES) == set(ReadingKind) - {ReadingKind.OPTION}, "an option needs something to choose from"


@pytest.mark.parametrize(("kind", "body"), list(cases()))
def test_each_is_read_as_a_person_would_read_it(kind: ReadingKind, body: str) -> None:
    assert read_reply(body, LEXICON).kind is kind


@pytest.mark.parametrize("case", NUMBERED, ids=lambda case: case["reply"])
def test_answers_by_number_find_their_questions(case: dict[str, Any]) -> None:
    reading = read_reply(case["reply"], LEXICON, questions=case["questions"])
    assert reading.kind is ReadingKind.ANSWER
    assert [words for _, words in reading.parts] == case["parts"]
