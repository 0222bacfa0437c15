"""What differs by authority and kind; and how customs' deadline makes a call urgent."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from notifier.domain.policies import DeadlineUrgency, Policies
from notifier.domain.types import Kind
from notifier.domain.window import WindowPolicy, closing_by, open_window

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 25, 4, tzinfo=UTC)
USUAL = WindowPolicy(remind_after=48 * HOUR, close_after=72 * HOUR, open_grace=HOUR, no_receipt_after=12 * HOUR)
POLICIES = Policies(
    {
        (None, Kind.AMD): {"close_after": 60 * HOUR, "remind_after": 20 * HOUR},
        ("CH", None): {"close_after": 50 * HOUR},
        ("CH", Kind.AMD): {"deadline_margin": 6 * HOUR},
        ("NO", None): {"remind_after": None, "review_within": HOUR},
    }
)


@pytest.mark.parametrize(
    ("authority", "kind", "periods"),
    [
        ("DE", Kind.RFI, (48, 72, 0)),
        ("DE", Kind.AMD, (20, 60, 0)),
        ("CH", Kind.RFI, (48, 50, 0)),
        ("CH", Kind.AMD, (20, 50, 6)),
        ("NO", Kind.RFI, (None, 72, 0)),
    ],
)
def test_the_most_specific_wins_name_by_name(authority: str, kind: Kind, periods: tuple) -> None:
    policy = POLICIES.applied(USUAL, authority, kind)
    remind = None if policy.remind_after is None else policy.remind_after / HOUR
    assert (remind, policy.close_after / HOUR, policy.deadline_margin / HOUR) == periods
    assert policy.open_grace == HOUR, "what no policy names stays"


def test_each_kind_of_period_takes_only_its_own() -> None:
    @dataclass(frozen=True)
    class Reviewing:
        review_within: timedelta = 4 * HOUR

    assert POLICIES.applied(Reviewing(), "NO", Kind.RFI).review_within == HOUR
    assert POLICIES.applied(Reviewing(), "CH", Kind.RFI).review_within == 4 * HOUR


def test_people_keep_the_margin_before_a_deadline() -> None:
    policy = POLICIES.applied(USUAL, "CH", Kind.AMD)
    deadline = NOON + 30 * HOUR
    assert open_window(NOON, deadline, policy).close_at == deadline - 6 * HOUR
    assert open_window(NOON, deadline, USUAL).close_at == deadline
    assert closing_by(deadline - 5 * HOUR, deadline, policy) == deadline, "it began within the margin"
    assert closing_by(NOON, None, policy) is None


def test_no_reminder_is_none_however_long_the_window() -> None:
    window = open_window(NOON, None, POLICIES.applied(USUAL, "NO", Kind.RFI))
    assert (window.remind_at, window.close_at) == (None, NOON + 72 * HOUR)


@pytest.mark.parametrize(("hours", "priority"), [(-1, 1), (4, 1), (4.1, 2), (24, 2), (24.1, 3), (None, 3)])
def test_the_nearer_the_deadline_the_more_urgent_the_call(hours: float | None, priority: int) -> None:
    deadline = None if hours is None else NOON + hours * HOUR
    assert DeadlineUrgency().priority(NOON, deadline) == priority
