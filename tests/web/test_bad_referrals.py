"""Referrals that cannot be taken: every wrong field is named with what is wrong and how to mend it."""

from typing import Any

import pytest

from tests.web.refusals import Refusals
from tests.web.site import Json, fields_of

# What is wrong: the field's value, and the field the problem names.
_ITEMS = {
    "a wrong check digit": "RR123456784HK",
    "two digits swapped": "RR123465785HK",
    "a digit short": "RR12345678HK",
    "a digit more": "RR1234567855HK",
    "the letter O for a zero": "CP2O3011144HK",
    "digits alone": "1234567890123",
    "no country": "CP203011144",
    "something else": "lost property",
    "blank": "   ",
    "nothing": "",
    "missing": None,
    "a number": 123456785,
    "a list": ["RR123456785HK"],
    "far too long": "RR123456785HK" * 9,
    "a bell in it": "RR123456785HK\u0007",
}
_COUNTRIES = {
    "no such country": "XX",
    "three letters": "DEU",
    "one letter": "D",
    "a name": "Germany",
    "a number": 49,
    "a small sharp s, capital SS": "ß",
    "a dotless i, capital IT": "ıt",
    "full-width letters of no country": "ＸＸ",
    "blank": " ",
    "missing": None,
}
_KINDS = {
    "unknown": "RFX",
    "do-not-load is none": "DNL",
    "a list": ["RFI"],
    "a number": 1,
    "true": True,
    "nothing": "",
    "missing": None,
}
_REFERENCES = {
    "missing": None,
    "nothing": "",
    "blank": "   ",
    "too long": "R" * 65,
    "a number": 12345678,
    "an object": {"id": "REF-1"},
    "an escape in it": "REF\u001b[31m",
    "turned round": "REF\u202e1",
}
_DEADLINES = {
    "no zone": "2031-11-26T18:00",
    "a date alone": "2031-11-26",
    "words": "next Thursday",
    "the thirteenth month": "2031-13-26T18:00+08:00",
    "the hour 25": "2031-11-26T25:00+08:00",
    "seconds since 1970": 1953540000,
    "after the calendar's end, here": "9999-12-31T23:59:59Z",
    "before the calendar's beginning": "0001-01-01T00:00:00+14:00",
    "too long": "2031-11-26T18:00+08:00" + " " * 60,
}
_LANGUAGES = {"unknown": "klingon", "a bare zh": "zh", "a list": ["en"], "a number": 852}
_MOBILES = {
    "a list": ["9123 4567"],
    "an object": {"number": "9123 4567"},
    "true": True,
    "a fraction": 91234567.5,
    "far too long": "9" * 201,
    "a bell in it": "9123\u00074567",
}
_MRNS = {"too long": "M" * 65, "a number": 26, "blank": "  ", "a list": []}
_CASES = [
    (f"{field}: {name}", field, value)
    for field, values in (
        ("item_id", _ITEMS),
        ("authority", _COUNTRIES),
        ("destination", _COUNTRIES),
        ("kind", _KINDS),
        ("referral_reference", _REFERENCES),
        ("deadline_at", _DEADLINES),
        ("language", _LANGUAGES),
        ("sender_mobile", _MOBILES),
        ("mrn", _MRNS),
    )
    for name, value in values.items()
]
_WITHOUT_QUESTIONS: dict[str, Json] = {
    "an RFI asks nothing": {"questions": []},
    "an RFI leaves them out": {"questions": None},
    "an AMD asks nothing": {"kind": "AMD", "questions": []},
    "a text": {"questions": "F605"},
    "an object": {"questions": {"code": "F605"}},
    "a hundred": {"questions": [{"code": "F605"}] * 100},
}
_QUESTIONS: dict[str, tuple[Any, str]] = {
    "a code alone": ("F605", "questions[1]"),
    "nothing": (None, "questions[1]"),
    "neither code nor text": ({}, "questions[1]"),
    "both blank": ({"code": " ", "text": "  "}, "questions[1]"),
    "more than code and text": ({"code": "F605", "colour": "red"}, "questions[1]"),
    "a code too long": ({"code": "F" * 18}, "questions[1].code"),
    "a code that grows in capitals": ({"code": "ß" * 17}, "questions[1].code"),
    "a code that is a number": ({"code": 605}, "questions[1].code"),
    "a code that is zero": ({"code": 0, "text": "material?"}, "questions[1].code"),
    "a code that is a list": ({"code": ["F605"]}, "questions[1].code"),
    "text too long": ({"code": "F605", "text": "x" * 513}, "questions[1].text"),
    "text that is false": ({"code": "F605", "text": False}, "questions[1].text"),
    "text with an escape": ({"code": "F605", "text": "\u001b[2J"}, "questions[1].text"),
}
_UNKNOWN: dict[str, tuple[str, str]] = {
    "misspelt": ("sender_mobil", "sender_mobil"),
    "in another case": ("Kind", "Kind"),
    "a number for a name": ("+85269875310", "(a field)"),
    "a number inside a name": ("tel_6987_5310", "tel_…_…"),
    "a name far too long": ("x" * 5000, "x" * 40),
    "words": ("what is in it?", "(a field)"),
}


def _refused(refusals: Refusals, referral: Json, *given: object) -> Json:
    problem = refusals.expect(422, "POST", "/api/v1/queries", *given, json=referral)
    assert "errors" in problem["mend"]
    return problem


@pytest.mark.parametrize(("field", "value"), [case[1:] for case in _CASES], ids=[case[0] for case in _CASES])
def test_a_field_that_cannot_be_read(refusals: Refusals, field: str, value: Any) -> None:
    problem = _refused(refusals, refusals.referral(**{field: value}), value)
    assert fields_of(problem) == [field]
    assert problem["detail"] == "One field is wrong."


@pytest.mark.parametrize("changes", _WITHOUT_QUESTIONS.values(), ids=_WITHOUT_QUESTIONS)
def test_questions_that_are_no_list_of_questions(refusals: Refusals, changes: Json) -> None:
    assert fields_of(_refused(refusals, refusals.referral(**changes))) == ["questions"]


@pytest.mark.parametrize(("question", "field"), _QUESTIONS.values(), ids=_QUESTIONS)
def test_a_question_that_is_none(refusals: Refusals, question: Any, field: str) -> None:
    referral = refusals.referral()
    referral["questions"].append(question)
    assert fields_of(_refused(refusals, referral)) == [field]


@pytest.mark.parametrize(("name", "told"), _UNKNOWN.values(), ids=_UNKNOWN)
def test_a_field_nobody_knows(refusals: Refusals, name: str, told: str) -> None:
    problem = _refused(refusals, refusals.referral() | {name: "x"})
    assert fields_of(problem) == [told]
    assert "sender_mobile" in problem["errors"][0]["mend"], "the mend names the fields there are"


def test_every_wrong_field_is_told_at_once(refusals: Refusals) -> None:
    referral = refusals.referral(authority="XX", item_id="RR123456784HK", kind="RFX", deadline_at="soon")
    problem = _refused(refusals, referral | {"colour": "red"})
    assert sorted(fields_of(problem)) == ["authority", "colour", "deadline_at", "item_id", "kind"]
    assert problem["detail"] == "5 fields are wrong."


def test_an_empty_request_names_everything_it_needs(refusals: Refusals) -> None:
    needed = ["authority", "destination", "item_id", "kind", "referral_reference"]
    for nothing in ({"json": {}}, {"content": b""}):
        problem = refusals.expect(422, "POST", "/api/v1/queries", **nothing)
        assert sorted(fields_of(problem)) == needed
