"""Replies in three languages: what each is read as. The words are those that ship in config/."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.lexicon import Lexicon
from notifier.domain.reading import Reading, read_reply
from notifier.domain.types import ReadingKind
from notifier.settings.reply_files import load_lexicon
from tests.domain.replies_said import SAID, TEXT_EN

LEXICON: Lexicon = load_lexicon(Path(__file__).resolve().parents[2] / "config")
CASES = [(kind, body) for kind, bodies in SAID.items() for body in bodies]


def read(body: str, **more: int) -> Reading:
    return read_reply(body, LEXICON, **more)


@pytest.mark.parametrize(("kind", "body"), CASES)
def test_what_replies_say(kind: ReadingKind, body: str) -> None:
    assert read(body).kind is kind


@pytest.mark.parametrize("body", ["1", "１", "①", "1.", "1)", "(1)", "（１）", "⑴", "⒈", "1️⃣", " 1 ", "１。", "1、"])
def test_an_option_is_a_whole_message(body: str) -> None:
    assert read(body, options=3) == Reading(ReadingKind.OPTION, option=1)
    assert read(body).kind is ReadingKind.ANSWER


@pytest.mark.parametrize("body", ["0", "4", "13", "1 cotton", "1kg", "1.5", "12:30", "一件", "option"])
def test_other_numbers_are_no_option(body: str) -> None:
    assert read(body, options=3) == Reading(ReadingKind.ANSWER)


def test_an_option_may_come_with_its_reference() -> None:
    assert read("2 K7F29QXA", options=2) == Reading(ReadingKind.OPTION, option=2, codes=("K7F29QXA",))


@pytest.mark.parametrize(
    ("body", "questions", "parts"),
    [
        ("1.棉 2.五件", 2, {1: "棉", 2: "五件"}),
        ("1.棉2.五件", 2, {1: "棉", 2: "五件"}),
        ("１．棉　２．五件", 2, {1: "棉", 2: "五件"}),
        ("①棉②五件", 2, {1: "棉", 2: "五件"}),
        ("1、棉；2、五件", 2, {1: "棉", 2: "五件"}),
        ("1) cotton\n2) five pieces", 2, {1: "cotton", 2: "five pieces"}),
        ("(1) cotton, (2) five", 2, {1: "cotton", 2: "five"}),
        ("Q1: cotton Q2: five", 2, {1: "cotton", 2: "five"}),
        ("1. cotton shirt 2. 2.5 kg 3. 6109.10", 3, {1: "cotton shirt", 2: "2.5 kg", 3: "6109.10"}),
        ("1: OK 2: no", 2, {1: "OK", 2: "no"}),
        ("2. five", 2, {2: "five"}),
        ("1. cotton", 1, {1: "cotton"}),
        ("K7F29QXA 1.棉 2.五件", 2, {1: "棉", 2: "五件"}),
        ("1. shirt 2. toy 3. book", 2, {}),
        ("2. five 1. cotton", 2, {}),
        ("1. cotton 1. five", 2, {}),
        ("1. 2. five", 2, {}),
        ("0. cotton", 2, {}),
        ("cotton 1. five", 2, {}),
        ("1.5 kg", 2, {}),
        ("2.5kg and 1.2kg", 2, {}),
        ("3、4件", 4, {}),
        ("cotton, five", 2, {}),
    ],
)
def test_answers_by_question_number(body: str, questions: int, parts: dict[int, str]) -> None:
    reading = read(body, questions=questions)
    assert reading.kind is ReadingKind.ANSWER
    assert dict(reading.parts) == parts


@pytest.mark.parametrize("media", [1, 3])
def test_a_picture_alone_says_nothing_and_its_words_are_read(media: int) -> None:
    for silent in ("", "  ", "📷", "👍", "K7F29QXA"):
        assert read(silent, num_media=media).kind is ReadingKind.UNREADABLE
    assert read("cotton shirt", num_media=media).kind is ReadingKind.ANSWER
    assert read("STOP", num_media=media).kind is ReadingKind.STOP


@pytest.mark.parametrize("body", ["cotton", "", "who is this", "START", "Ref K7F29QXA"])
def test_the_carrier_has_the_last_word_on_opting_out(body: str) -> None:
    assert read_reply(body, LEXICON, opt_out_type="STOP").kind is ReadingKind.STOP
    assert read_reply(body, LEXICON, opt_out_type="START").kind is ReadingKind.START
    assert read_reply(body, LEXICON, opt_out_type="HELP") == read(body)


@pytest.mark.parametrize("body", ["yes", "Yes, thanks", "YES."])
def test_the_carrier_starts_at_a_yes_and_it_is_an_answer_all_the_same(body: str) -> None:
    assert read_reply(body, LEXICON, opt_out_type="START").kind is ReadingKind.ANSWER
    assert read_reply(body, LEXICON, opt_out_type="STOP").kind is ReadingKind.STOP


@pytest.mark.parametrize("body", ["cancel", "Cancel.", "取消"])
def test_the_carrier_stops_at_a_cancel_and_people_still_ask_what_it_meant(body: str) -> None:
    assert read_reply(body, LEXICON, opt_out_type="STOP").kind is ReadingKind.CANCEL
    assert read_reply(f"please {body} the parcel", LEXICON, opt_out_type="STOP").kind is ReadingKind.STOP


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("K7F29QXA cotton, for rr 123 456 785 hk", ReadingKind.ANSWER),
        ("郵件RR123456785HK（K7F29QXA-2）", ReadingKind.UNREADABLE),
        (f"Liked “{TEXT_EN}”", ReadingKind.ACKNOWLEDGEMENT),
        ("stop K7F29QXA RR123456785HK", ReadingKind.STOP),
    ],
)
def test_references_are_told_whatever_the_kind(body: str, kind: ReadingKind) -> None:
    assert read(body) == Reading(kind, item_ids=("RR123456785HK",), codes=("K7F29QXA",))


WORDS = [body for bodies in SAID.values() for body in bodies] + [
    "1.",
    "２、",
    "①",
    "cotton",
    "五件",
    "“",
    "」",
    "\u200d",
]
SOUP = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


@given(st.text(max_size=300) | SOUP, st.integers(1, 9), st.integers(0, 9), st.integers(0, 2))
def test_any_text_is_read(body: str, questions: int, options: int, media: int) -> None:
    reading = read(body, questions=questions, options=options, num_media=media)
    assert (reading.option is not None) is (reading.kind is ReadingKind.OPTION)
    assert all(1 <= number <= questions and answer for number, answer in reading.parts)
    assert not reading.parts or reading.kind is ReadingKind.ANSWER


@given(SOUP)
def test_case_width_and_invisible_characters_change_nothing(body: str) -> None:
    plain = read(body)
    # Full-width capitals of the small letters only: other characters have no such twin.
    wide = "".join(chr(ord(c) - ord("a") + ord("ａ")) if "a" <= c <= "z" else c for c in body)
    assert read(wide).kind is plain.kind
    assert read("\u200b" + "\u2060".join(body)).kind is plain.kind


@pytest.mark.parametrize(
    "piece", ["thank you ", "好的", "who is this ", '對"', "1. ", "RR123456785 ", 'Removed a like from "']
)
def test_hostile_repetition_takes_no_time(piece: str) -> None:
    body = (piece * 1600)[:1600]
    started = time.perf_counter()
    read(body, questions=9, options=9)
    assert time.perf_counter() - started < 1
