"""Delivery news in any order."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.receipts import advance

# Written a second time, from the carrier's documentation.
RANK = {"scheduled": 1, "accepted": 1, "queued": 2, "sending": 3, "sent": 4}
FINAL = ("delivered", "undelivered", "failed", "canceled")
KNOWN = (*RANK, *FINAL)


def rank(status: str | None) -> int:
    return 0 if status is None else RANK.get(status, 5)


def told(*news: str) -> str | None:
    status: str | None = None
    for each in news:
        status = advance(status, each)
    return status


@pytest.mark.parametrize(
    ("news", "status"),
    [
        (("queued", "sent", "delivered"), "delivered"),
        (("delivered", "sent", "queued"), "delivered"),
        (("sent", "sent"), "sent"),
        (("sent", "failed", "sent"), "failed"),
        (("failed", "delivered"), "delivered"),
        (("undelivered", "delivered"), "delivered"),
        (("delivered", "failed"), "delivered"),
        (("delivered", "undelivered"), "delivered"),
        (("failed", "undelivered"), "failed"),
        (("undelivered", "failed"), "undelivered"),
        (("canceled", "delivered"), "canceled"),
        (("delivered", "canceled"), "delivered"),
        (("accepted", "scheduled"), "accepted"),
        (("scheduled", "queued"), "queued"),
        (("sent", "read"), "delivered"),
        (("read", "sent"), "delivered"),
        (("undelivered", "read"), "delivered"),
        (("queued", "partially_delivered"), "queued"),
        (("DELIVERED",), None),
        (("",), None),
        (("received", "sent"), "sent"),
    ],
)
def test_news_in_order(news: tuple[str, ...], status: str | None) -> None:
    assert told(*news) == status


@given(st.sampled_from((None, *KNOWN, "unheard-of")), st.sampled_from((*KNOWN, "read")) | st.text(max_size=12))
def test_every_pair_is_decided_and_none_goes_down(current: str | None, incoming: str) -> None:
    after = advance(current, incoming)
    if current in RANK or current in FINAL or current is None:
        assert rank(after) >= rank(current)
    assert advance(after, incoming) == after


@given(st.lists(st.sampled_from(KNOWN), max_size=5))
def test_the_order_of_news_decides_only_between_finals(news: list[str]) -> None:
    ends = {told(*order) for order in itertools.permutations(news)}
    assert all(rank(end) == max(map(rank, news), default=0) for end in ends)
    if "delivered" in news and "canceled" not in news:
        assert ends == {"delivered"}
    finals = set(news) & set(FINAL)
    if finals:
        assert ends <= finals
