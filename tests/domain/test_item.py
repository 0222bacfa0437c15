"""Item numbers by UPU S10: what is put right, what is refused and how the refusal helps."""

import contextlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from notifier.domain.errors import Invalid
from notifier.domain.item import find_items, read_item

WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def numbered(serial: str, service: str = "RR", country: str = "HK") -> str:
    """The rule written a second time, from its table: 10 becomes 0 and 11 becomes 5."""
    remainder = sum(w * int(d) for w, d in zip(WEIGHTS, serial, strict=True)) % 11
    return f"{service}{serial}{'50987654321'[remainder]}{country}"


@pytest.mark.parametrize("number", ["RR123456785HK", "CP203011144HK", "UX555000216HK", "EE900112236HK"])
def test_right_numbers_stay_as_they_are(number: str) -> None:
    assert read_item(number) == number


@pytest.mark.parametrize(
    "typed",
    [
        "rr123456785hk",
        " RR 123 456 785 HK ",
        "RR-123456785-HK",
        "RR 1234 5678 5 HK",
        "ＲＲ１２３４５６７８５ＨＫ",
        "RR–123–456–785–HK",
        "RR\u200b123456785\u200bHK",
        "RR\u00a0123456785\u3000HK\n",
        "RR\t123456785\tHK",
        "Rr123456785hK",
    ],
)
def test_spelling_is_put_right(typed: str) -> None:
    assert read_item(typed) == "RR123456785HK"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "is missing"),
        ("  -- ", "is missing"),
        ("RR123456784HK", "check digit"),
        ("RR213456785HK", "check digit"),
        ("RR12345678HK", "not an item number"),
        ("RR1234567855HK", "not an item number"),
        ("R1123456785HK", "not an item number"),
        ("RR123456785H", "not an item number"),
        ("RR12345678OHK", "not an item number"),
        ("123456785", "not an item number"),
        ("RR١٢٣٤٥٦٧٨٥HK", "not an item number"),
        ("RR123.456.785HK", "not an item number"),
        ("RR123456785HK RR123456785HK", "not an item number"),
        ("РР123456785НК", "not an item number"),
    ],
)
def test_refusals_name_the_field_and_the_mend(typed: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_item(typed)
    (problem,) = caught.value.problems
    assert problem.field == "item_id"
    assert message in problem.message
    assert problem.mend.endswith(".")


@pytest.mark.parametrize("check", range(10))
def test_one_check_digit_of_ten_is_right(check: int) -> None:
    number = f"CP20301114{check}HK"
    assert bool(find_items(number)) is (check == 4)


serials = st.from_regex(r"[0-9]{8}", fullmatch=True)


@given(serials)
def test_every_number_by_the_rule_is_read_and_found(serial: str) -> None:
    number = numbered(serial)
    assert read_item(number.lower()) == number
    assert find_items(f"about {number}, please") == [number]


@given(serials, st.integers(0, 8), st.integers(1, 9))
def test_a_single_wrong_digit_is_caught(serial: str, place: int, step: int) -> None:
    number = numbered(serial)
    # By the standard a 5 stands for two remainders, so a wrong digit before it may slip through.
    assume(number[10] != "5" or place == 8)
    wrong = str((int(number[2 + place]) + step) % 10)
    with pytest.raises(Invalid):
        read_item(number[: 2 + place] + wrong + number[3 + place :])


@given(st.text(max_size=60))
def test_any_text_can_be_read_or_refused_and_searched(text: str) -> None:
    assert all(read_item(found) == found for found in find_items(text))
    with contextlib.suppress(Invalid):
        assert len(read_item(text)) == 13


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It is RR123456785HK.", ["RR123456785HK"]),
        ("my item is rr 123 456 785 hk, a toy", ["RR123456785HK"]),
        ("郵件RR123456785HK的內容", ["RR123456785HK"]),
        ("ＲＲ１２３４５６７８５ＨＫ係衫", ["RR123456785HK"]),
        ("(CP-203011144-HK)/EE900112236HK", ["CP203011144HK", "EE900112236HK"]),
        ("RR123456785HK rr123456785hk", ["RR123456785HK"]),
        ("RR123456785\nHK", ["RR123456785HK"]),
        ("RR 123456785 HK cotton", ["RR123456785HK"]),
        ("RR123456784HK", []),
        ("XRR123456785HK", []),
        ("RR123456785HKG", []),
        ("RR123456785 is cotton", []),
        ("rr123456785 hk", ["RR123456785HK"]),
        ("call 2921 2222", []),
        ("", []),
    ],
)
def test_numbers_in_free_text(text: str, found: list[str]) -> None:
    assert find_items(text) == found
