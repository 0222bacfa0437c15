"""Our segment counter against figures worked by hand and against an independent counter."""

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.segments import Size, measure, not_gsm

GSM = "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà^{}\\[~]|€\f\r"


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ("", Size("GSM-7", 0, 1)),
        ("a" * 160, Size("GSM-7", 160, 1)),
        ("a" * 161, Size("GSM-7", 161, 2)),
        ("a" * 306, Size("GSM-7", 306, 2)),
        ("a" * 307, Size("GSM-7", 307, 3)),
        ("€" * 80, Size("GSM-7", 160, 1)),
        ("€" * 81, Size("GSM-7", 162, 2)),
        ("a" * 152 + "€" + "a" * 152, Size("GSM-7", 306, 3)),
        ("郵" * 70, Size("UCS-2", 70, 1)),
        ("郵" * 71, Size("UCS-2", 71, 2)),
        ("郵" * 134, Size("UCS-2", 134, 2)),
        ("郵" * 135, Size("UCS-2", 135, 3)),
        ("𠮷" * 35, Size("UCS-2", 70, 1)),
        ("郵" * 66 + "𠮷" + "郵" * 66, Size("UCS-2", 134, 3)),
        ("€" * 70 + "郵", Size("UCS-2", 71, 2)),
    ],
)
def test_sizes_worked_by_hand(body: str, size: Size) -> None:
    assert measure(body) == size


@pytest.mark.parametrize("trap", ["’", "“", "–", "…", "\u00a0", "\t", "`", "ç", "郵", "\x1b"])
def test_characters_that_force_ucs2(trap: str) -> None:
    assert measure(f"Hongkong Post{trap}").encoding == "UCS-2"
    assert not_gsm(f"Hongkong Post{trap}") == {trap}


def oracle(body: str) -> Size:
    split = smsutil.split(body)
    if split.encoding == "gsm0338":
        return Size("GSM-7", split.total_bytes, len(split.parts))
    return Size("UCS-2", split.total_bytes // 2, len(split.parts))


@given(st.text(alphabet=GSM, min_size=1, max_size=700))
def test_gsm_bodies_agree_with_the_other_counter(body: str) -> None:
    assert measure(body) == oracle(body)


@given(st.text(alphabet=st.characters(exclude_characters="\x1b", exclude_categories=["Cs"]), min_size=1, max_size=400))
def test_any_body_agrees_with_the_other_counter(body: str) -> None:
    """The escape itself is left out: the other counter takes it for a letter of the alphabet."""
    assert measure(body) == oracle(body)


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from("郵€𠮷"))
def test_a_wide_character_anywhere_agrees(before: int, after: int, wide: str) -> None:
    body = "a" * before + wide + "a" * after
    assert measure(body) == oracle(body)
