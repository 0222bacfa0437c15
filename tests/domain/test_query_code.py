"""The reference of a query: what it catches, what it is never mistaken for, and how it is found in a reply."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from notifier.domain.query_code import ALPHABET, LENGTH, find_codes, is_code, new_code

codes = st.builds(lambda _: new_code(), st.integers())


def test_the_alphabet_keeps_one_of_each_pair_that_looks_alike() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 23
    for pair in ("0O", "0D", "OQ", "1I", "1L", "IL", "5S", "2Z", "8B", "6G", "UV", "VY", "EF"):
        assert not set(pair) <= set(ALPHABET), pair


def test_new_codes_are_codes_and_differ() -> None:
    made = [new_code() for _ in range(2000)]
    assert len(set(made)) == len(made)
    assert all(map(is_code, made))


def test_every_place_takes_every_character() -> None:
    made = [new_code() for _ in range(3000)]
    for place in range(LENGTH):
        assert {code[place] for code in made} == set(ALPHABET)


@given(codes)
def test_a_code_is_neither_word_nor_number(code: str) -> None:
    assert re.search("[A-Z]", code)
    assert re.search("[0-9]", code)
    assert not re.search("[0-9]{5}", code)
    with pytest.raises(ValueError, match="could not convert"):
        float(code)


@given(codes, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_a_single_wrong_character_is_caught(code: str, place: int, char: str) -> None:
    assume(code[place] != char)
    assert not is_code(code[:place] + char + code[place + 1 :])


@given(codes, st.integers(0, LENGTH - 2))
def test_neighbours_that_changed_places_are_caught(code: str, place: int) -> None:
    assume(code[place] != code[place + 1])
    assert not is_code(code[:place] + code[place + 1] + code[place] + code[place + 2 :])


@pytest.mark.parametrize("text", ["", "K7F29QX", "K7F29QXAA", "k7f29qxa", "K7F29QXA-2", "K7F29QX0", " K7F29QXA", "２"])
def test_only_the_exact_form_is_a_code(text: str) -> None:
    assert is_code("K7F29QXA")
    assert not is_code(text)


@given(
    codes, st.sampled_from(["{}", "Ref {}.", "ref:{}", "查詢編號{}。", "({})", "{} cotton", "{}-2", "cotton, {}-12!"])
)
def test_codes_are_found_in_replies_in_any_case(code: str, around: str) -> None:
    assert find_codes(around.format(code)) == [code]
    assert find_codes(around.format(code.lower())) == [code]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ｋ７Ｆ２９ＱＸＡ", ["K7F29QXA"]),
        ("K7F2\u200b9QXA", ["K7F29QXA"]),
        ("K7F29QXA-2 and k7f29qxa", ["K7F29QXA"]),
        ("K7F29QXA–2", ["K7F29QXA"]),
        ("XK7F29QXA", []),
        ("K7F29QXAX", []),
        ("K7F29QXA-222", ["K7F29QXA"]),
        ("K7F29QXH", []),
        ("RR123456785HK", []),
        ("91234567", []),
        ("", []),
    ],
)
def test_codes_in_free_text(text: str, found: list[str]) -> None:
    assert find_codes(text) == found


def test_no_word_is_taken_for_a_code() -> None:
    # All of these are spelled with letters of the alphabet alone.
    assert find_codes("PAKHAWAX TARTARKA matryxcj rampaway HHHHHHHH 34567892 2222222A") == []


@given(st.text(max_size=80))
def test_any_text_can_be_searched(text: str) -> None:
    assert all(map(is_code, find_codes(text)))
