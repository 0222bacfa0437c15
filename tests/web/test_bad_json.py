"""Bodies that are not the JSON they claim to be: refused as a whole, before any field is read."""

import gzip
import json

import pytest

from tests.web.refusals import MOBILE, WORDS, Refusals
from tests.web.site import Site, fields_of

_WHOLE = json.dumps({"sender_mobile": MOBILE, "questions": [{"text": WORDS}]})

_UNREADABLE: dict[str, bytes] = {
    "not JSON at all": f"{WORDS} {MOBILE}".encode(),
    "a form": f"sender_mobile={MOBILE}".encode(),
    "cut off": _WHOLE[:-3].encode(),
    "something after it": f"{_WHOLE} {_WHOLE}".encode(),
    "a list": f"[{_WHOLE}]".encode(),
    "a text": f'"{WORDS}"'.encode(),
    "a number": b"69875310",
    "null": b"null",
    "true": b"true",
    "only spaces": b"   ",
    "NaN": b'{"authority": NaN}',
    "Infinity": b'{"authority": Infinity}',
    "minus Infinity": b'{"authority": -Infinity}',
    "a number beyond all bounds": b'{"authority": 1e999}',
    "a number of five thousand digits": b'{"sender_mobile": ' + b"6" * 5000 + b"}",
    "ten thousand lists in each other": b'{"questions": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "two thousand objects in each other": b'{"a":' * 2000 + b"1" + b"}" * 2000,
    "a field twice": b'{"kind": "RFI", "kind": "AMD"}',
    "a field twice, inside": b'{"questions": [{"code": "F605", "code": "F100"}]}',
    "a field twice, once by an escape": b'{"kind": "RFI", "k\\u0069nd": "AMD"}',
    "a long name twice": b'{"' + b"x" * 5000 + b'": 1, "' + b"x" * 5000 + b'": 2}',
    "half of a surrogate pair": b'{"referral_reference": "\\ud83d"}',
    "the halves turned round": b'{"referral_reference": "\\ude00\\ud83d"}',
    "half of a pair in a name": b'{"\\ud83d": 1}',
    "a NUL": b'{"referral_reference": "a\\u0000b"}',
    "a NUL in a name": b'{"a\\u0000": 1}',
    "a NUL deep inside": b'{"questions": [{"text": "\\u0000"}]}',
    "a raw NUL": b'{"referral_reference": "a\x00b"}',
    "a raw line end": b'{"referral_reference": "a\nb"}',
    "not UTF-8": b'{"referral_reference": "\xff\xfe"}',
    "surrogates in UTF-8": b'{"referral_reference": "\xed\xa0\xbd"}',
    "an overlong slash": b'{"referral_reference": "\xc0\xaf"}',
    "UTF-16": _WHOLE.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + _WHOLE.encode(),
    "single quotes": b"{'kind': 'RFI'}",
    "a comment": b'{"kind": "RFI" /* for now */}',
    "a comma too many": b'{"kind": "RFI",}',
}
_MEDIA: dict[str, dict[str, str]] = {
    "none": {"Content-Type": ""},
    "text": {"Content-Type": "text/plain"},
    "a form": {"Content-Type": "application/x-www-form-urlencoded"},
    "a file": {"Content-Type": "multipart/form-data; boundary=x"},
    "nearly JSON": {"Content-Type": "application/jsonx"},
    "a relative of JSON": {"Content-Type": "application/problem+json"},
    "another charset": {"Content-Type": "application/json; charset=latin-1"},
    "another charset, quoted": {"Content-Type": 'application/json; v=1; charset="UTF-16"'},
    "compressed": {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    "compressed otherwise": {"Content-Type": "application/json", "Content-Encoding": "br"},
}
_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("raw", _UNREADABLE.values(), ids=_UNREADABLE)
def test_a_body_that_cannot_be_read(refusals: Refusals, raw: bytes) -> None:
    problem = refusals.expect(400, "POST", "/api/v1/queries", content=raw, headers=_JSON)
    assert len(fields_of(problem)) == 1
    assert len(str(problem)) < 600, "a long body makes no long answer"


@pytest.mark.parametrize("headers", _MEDIA.values(), ids=_MEDIA)
def test_a_body_of_another_kind(refusals: Refusals, headers: dict[str, str]) -> None:
    raw = _WHOLE.encode()
    raw = gzip.compress(raw) if headers.get("Content-Encoding") == "gzip" else raw
    problem = refusals.expect(415, "POST", "/api/v1/queries", content=raw, headers=headers)
    assert "application/json" in problem["mend"]


def test_nesting_just_within_or_beyond_what_can_be_read_breaks_nothing(shared: Site) -> None:
    seen = set()
    for depth in range(850, 1010, 2):
        raw = b'{"a":' + b"[" * depth + b'"\\u0041"' + b"]" * depth + b"}"
        seen.add(shared.ask("POST", "/api/v1/queries", content=raw, headers=_JSON).status_code)
    assert seen == {400, 422}, "the two sides of the limit"


def test_a_syntax_error_is_told_by_its_place(refusals: Refusals) -> None:
    raw = b'{"kind": "RFI",\n "authority": DE}'
    problem = refusals.expect(400, "POST", "/api/v1/queries", content=raw, headers=_JSON)
    assert problem["errors"][0]["message"] == "is not JSON: see line 2, column 15."


def test_a_field_given_twice_is_named(refusals: Refusals) -> None:
    raw = b'{"kind": "RFI", "authority": "DE", "kind": "RFI"}'
    problem = refusals.expect(400, "POST", "/api/v1/queries", content=raw, headers=_JSON)
    assert problem["errors"] == [{"field": "kind", "message": "is given twice.", "mend": "Give each field once."}]


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON", 'application/json; charset="UTF-8"'])
def test_json_may_be_declared_in_any_spelling(refusals: Refusals, media_type: str) -> None:
    problem = refusals.expect(
        422, "POST", "/api/v1/queries", content=b'{"kind": "RFX"}', headers={"Content-Type": media_type}
    )
    assert "kind" in fields_of(problem)
