"""Telephone numbers as forms, people and spreadsheets give them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.domain.phone import Number, NumberKind, last4, mask, read_number

MOBILE = "+85291234567"


@pytest.mark.parametrize(
    "typed",
    [
        "91234567",
        "9123 4567",
        "9123-4567",
        "+852 9123 4567",
        "+85291234567",
        "85291234567",
        "852 9123 4567",
        "(852) 9123-4567",
        "+852 (0) 9123 4567",
        "00852 9123 4567",
        "0085291234567",
        "+0085291234567",
        "001 852 9123 4567",
        "９１２３４５６７",
        "＋８５２　９１２３　４５６７",
        "9123–4567",
        "9123\u00a04567",
        "\u200e91234567\u200b",
        "91234567.0",
        "85291234567.00",
        "9.1234567E+07",
        "8.5291234567e+10",
        "91,234,567",
        "'91234567",
        '="91234567"',
        "Tel: 9123 4567",
        "電話：91234567",
        "91234567,",
        "\t91234567\n",
    ],
)
def test_one_mobile_in_many_spellings(typed: str) -> None:
    number = read_number(typed)
    assert (number.e164, number.kind) == (MOBILE, NumberKind.SENDABLE)


@pytest.mark.parametrize("local", ["44612345", "46012345", "51234567", "61234567", "98765432", "70123456", "84123456"])
def test_mobile_ranges_of_the_plan(local: str) -> None:
    assert read_number(local).kind is NumberKind.SENDABLE


@pytest.mark.parametrize(
    ("typed", "kind", "e164"),
    [
        ("2921 2222", NumberKind.LANDLINE, "+85229212222"),
        ("+852 3123 4567", NumberKind.LANDLINE, "+85231234567"),
        ("81234567", NumberKind.NOT_MOBILE, "+85281234567"),
        ("71234567", NumberKind.NOT_MOBILE, "+85271234567"),
        ("99123456", NumberKind.NOT_MOBILE, "+85299123456"),
        ("0085299123456", NumberKind.NOT_MOBILE, "+85299123456"),
        ("800 123 456", NumberKind.NOT_MOBILE, "+852800123456"),
        ("+853 6612 3456", NumberKind.FOREIGN, "+85366123456"),
        ("85366123456", NumberKind.FOREIGN, "+85366123456"),
        ("+86 138 0013 8000", NumberKind.FOREIGN, "+8613800138000"),
        ("8613800138000", NumberKind.FOREIGN, "+8613800138000"),
        ("0086 138 0013 8000", NumberKind.FOREIGN, "+8613800138000"),
        ("+44 7400 123456", NumberKind.FOREIGN, "+447400123456"),
    ],
)
def test_numbers_that_get_no_texts(typed: str, kind: NumberKind, e164: str) -> None:
    number = read_number(typed)
    assert (number.kind, number.e164) == (kind, e164)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "No number was given"),
        ("  \u3000", "No number was given"),
        ("91234567/61234567", "split"),
        ("91234567 / 61234567", "split"),
        ("91234567, 61234567", "split"),
        ("91234567;61234567", "split"),
        ("91234567、61234567", "split"),
        ("91234567 or 61234567", "split"),
        ("91234567或61234567", "split"),
        ("91234567 61234567", "split"),
        ("91234567\n61234567", "split"),
        ("9123 4567/68", "split"),
        ("9123 4567 6123 4567", "too many digits"),
        ("9.12E+07", "digits are lost"),
        ("9.12345E+07", "digits are lost"),
        ("8.52912E+10", "digits are lost"),
        ("9E7", "digits are lost"),
        ("abc", "something other"),
        ("nan", "something other"),
        ("-", "something other"),
        ("#REF!", "something other"),
        ("9123456A", "something other"),
        ("٩١٢٣٤٥٦٧", "something other"),
        ("9123 4567 ext 3", "something other"),
        ("９" * 400, "too many digits"),
        ("9123456", "not a complete"),
        ("912345678", "not a complete"),
        ("12345678", "not a complete"),
        ("00000000", "not a complete"),
        ("+91234567", "not a complete"),
        ("+852", "not a complete"),
        ("999", "not a complete"),
        ("91234567.5", "not a complete"),
    ],
)
def test_what_cannot_be_repaired_for_certain_is_refused(typed: str, told: str) -> None:
    number = read_number(typed)
    assert (number.kind, number.e164) == (NumberKind.UNREADABLE, None)
    assert told in number.reason
    assert number.raw_given is bool(typed.strip())


def test_the_prefix_of_hong_kong_never_becomes_mexico() -> None:
    for typed in ("00852 9123 4567", "00852 2921 2222", "00852 99123456", "00852 55 1234 5678", "00852"):
        assert not (read_number(typed).e164 or "+852").startswith("+52")


def test_regions_are_a_choice() -> None:
    both = frozenset({"HK", "MO"})
    assert read_number("+85366123456", both).kind is NumberKind.SENDABLE
    assert read_number("91234567", both).kind is NumberKind.SENDABLE
    assert read_number("91234567", frozenset({"MO"})).kind is NumberKind.FOREIGN


@given(st.text(max_size=40) | st.text("0123456789+ -()/.,;eE０９'=\"", max_size=25))
@example("+")
@example("00852")
@example("\ud800")
@example("1,1,1")
@example("0E99")
def test_never_raises_and_never_tells_the_digits(typed: str) -> None:
    number = read_number(typed)
    assert (number.e164 is None) is (number.kind is NumberKind.UNREADABLE)
    assert not re.search(r"\d", number.reason)
    assert number.reason.endswith(".")


@pytest.mark.parametrize(
    ("e164", "masked"),
    [
        (MOBILE, "+852 •••• 4567"),
        ("+8613800138000", "+86 •••• 8000"),
        ("+99912345678", "•••• 5678"),
        ("HKPost", "••••"),
        ("1234", "••••"),
        ("", "••••"),
        ("91234567", "•••• 4567"),
    ],
)
def test_masks(e164: str, masked: str) -> None:
    assert mask(e164) == masked


def test_the_middle_never_shows() -> None:
    number = Number(raw_given=True, e164=MOBILE, kind=NumberKind.SENDABLE, reason="It is a mobile.")
    assert "9123" not in repr(number)
    assert last4(MOBILE) == "4567"
