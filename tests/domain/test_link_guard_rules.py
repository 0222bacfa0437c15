"""The link guard beyond its tables: the allow-list, properties over made-up bodies, no network, speed."""

import re
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linkify_it import LinkifyIt

from notifier.domain.link_guard import LinkGuard
from notifier.domain.link_guard.characters import fold

GUARD = LinkGuard(["2921 2222"])
ENGLISH = (
    "Hongkong Post: customs in Germany asks about item RR123456785HK. What is in it? Please name the goods, their "
    "material and use. Please reply to this SMS by Thu 26 Nov, 6pm. Ref K7F29QXA. This SMS has no links. "
    "Enquiries: 2921 2222"
)
CHINESE = (
    "香港郵政：德國海關查詢郵件RR123456785HK：請列明物品名稱、物料及用途。請於11月26日（四）下午6時前回覆本短訊。"
    "參考編號K7F29QXA。本短訊不含連結，查詢請電2921 2222。"
)


@pytest.mark.parametrize("number", ["2921 2222", "+852 29212222", "29212222", "2921-2222"])
def test_a_number_is_allowed_however_the_settings_spell_it(number: str) -> None:
    guard = LinkGuard([number])
    assert guard.reasons("Enquiries: 2921 2222") == []
    assert guard.reasons("Enquiries: 2921 2223")


def test_without_an_allow_list_no_number_passes() -> None:
    assert LinkGuard().reasons("Enquiries: 2921 2222")


def test_several_numbers_may_be_allowed() -> None:
    guard = LinkGuard(["2921 2222", "+852 6123 4567"])
    assert guard.reasons("Text 6123 4567 or call 2921 2222") == []
    assert guard.reasons("Text 6123 4568 or call 2921 2222")


def test_building_a_guard_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the guard must work offline")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert LinkGuard().reasons("parcel.top")


NAMES = st.from_regex(r"[a-z][a-z0-9]{1,12}", fullmatch=True)


@given(
    NAMES, st.sampled_from(["com", "hk", "top", "xyz", "com.hk", "shop", "info", "香港"]), st.sampled_from(".。．｡․·")
)
def test_any_name_before_any_ending_is_refused(name: str, ending: str, dot: str) -> None:
    assert GUARD.reasons(f"{name}{dot}{ending}")


@given(st.integers(10**6, 10**15), st.sampled_from([" ", "-", ""]), st.integers(1, 7))
def test_no_other_number_passes(number: int, separator: str, every: int) -> None:
    digits = str(number)
    spelled = separator.join(digits[at : at + every] for at in range(0, len(digits), every))
    assert ("29212222" in digits) or GUARD.reasons(f"call {spelled} now") or re.fullmatch(DATED, spelled)


DATED = r"\d{4}-\d{1,2}-\d{1,2}"


@given(st.text(max_size=300))
def test_the_guard_answers_for_any_text(body: str) -> None:
    assert all(reason.endswith(".") for reason in GUARD.reasons(body))


@given(
    st.lists(
        st.sampled_from(["a", "b.com", ".", " ", "/", "//c.hk", "@", "\n", "1.1.1.1", ":", "http:", "棉", "("]),
        max_size=9,
    )
)
def test_reading_word_by_word_misses_nothing_the_other_finder_sees(parts: list[str]) -> None:
    body = "".join(parts)
    if LinkifyIt(options={"fuzzy_ip": True}).test(fold(body)):
        assert GUARD.reasons(body)


def test_a_check_is_fast_enough_for_500_texts_a_second() -> None:
    """A generous ceiling for a busy machine; the figure aimed at is 0.4 ms."""
    GUARD.check(ENGLISH)
    began = time.process_time()
    for _ in range(200):
        GUARD.check(ENGLISH)
        GUARD.check(CHINESE)
    assert (time.process_time() - began) / 400 < 0.0015
