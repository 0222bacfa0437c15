"""The response window: what a sender is told, when we remind and when people take over."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from notifier.domain.quiet_hours import HONG_KONG, QuietHours
from notifier.domain.window import (
    WindowPolicy,
    grace_due,
    not_before_quiet_ends,
    open_window,
    reply_by,
    silence_due,
)

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
POLICY = WindowPolicy(remind_after=48 * HOUR, close_after=72 * HOUR, open_grace=10 * MINUTE, no_receipt_after=12 * HOUR)
NIGHT = QuietHours(time(21), time(9))
NOON = datetime(2026, 11, 23, 12, tzinfo=HONG_KONG)

START = datetime(2024, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=2000)).map(lambda passed: START + passed)
periods = st.timedeltas(timedelta(seconds=1), timedelta(days=10))
policies = st.builds(
    WindowPolicy,
    remind_after=periods,
    close_after=periods,
    open_grace=periods,
    no_receipt_after=periods,
    quiet_hours=st.none() | st.just(NIGHT),
)
# How long after the freezing an explicit deadline comes, if there is one.
deadlines = st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=10))


def policy(**changes: object) -> WindowPolicy:
    return replace(POLICY, **changes)  # type: ignore[arg-type]  # one of its fields


def test_it_reminds_after_two_days_and_closes_after_three() -> None:
    window = open_window(NOON, None, POLICY)
    assert (window.opened_at, window.remind_at, window.close_at) == (NOON, NOON + 48 * HOUR, NOON + 72 * HOUR)


def test_an_explicit_deadline_wins_sooner_or_later() -> None:
    for away in (5 * HOUR, 30 * DAY):
        assert open_window(NOON, NOON + away, POLICY).close_at == NOON + away
        assert reply_by(NOON, NOON + away, POLICY) == NOON + away


@pytest.mark.parametrize(
    ("remind_after", "reminded"),
    [(72 * HOUR - MINUTE, True), (72 * HOUR, False), (73 * HOUR, False)],
)
def test_a_reminder_due_at_the_closing_or_later_is_dropped(remind_after: timedelta, reminded: bool) -> None:
    assert (open_window(NOON, None, policy(remind_after=remind_after)).remind_at is not None) is reminded


def test_a_deadline_drops_the_reminder_too() -> None:
    assert open_window(NOON, NOON + 48 * HOUR, POLICY).remind_at is None
    assert open_window(NOON, NOON + 48 * HOUR + MINUTE, POLICY).remind_at == NOON + 48 * HOUR


def test_quiet_hours_hold_the_reminder_and_never_the_closing() -> None:
    late = NOON.replace(hour=23)
    window = open_window(late, None, policy(quiet_hours=NIGHT))
    assert window.remind_at == datetime(2026, 11, 26, 9, tzinfo=HONG_KONG)
    assert window.close_at == late + 72 * HOUR
    assert NIGHT.contains(window.close_at)


def test_a_reminder_that_quiet_hours_push_to_the_closing_is_dropped() -> None:
    late = NOON.replace(hour=22)
    held = policy(quiet_hours=NIGHT, remind_after=48 * HOUR, close_after=59 * HOUR)  # closes at 09:00, when they end
    assert open_window(late, None, held).remind_at is None
    assert open_window(late, None, replace(held, close_after=59 * HOUR + MINUTE)).remind_at is not None


@pytest.mark.parametrize(
    ("close_after", "told"),
    [
        (72 * HOUR, NOON.replace(day=26)),  # more than a day: to the hour
        (24 * HOUR + MINUTE, NOON.replace(day=24)),
        (24 * HOUR, NOON.replace(day=24, minute=34)),  # a day or less: to the minute
        (2 * HOUR, NOON.replace(hour=14, minute=34)),
        (5 * MINUTE, NOON.replace(minute=39)),
    ],
)
def test_what_the_sender_is_told_is_rounded_down(close_after: timedelta, told: datetime) -> None:
    frozen = NOON.replace(minute=34, second=56, microsecond=789)
    assert reply_by(frozen, None, policy(close_after=close_after)) == told


def test_a_window_of_seconds_is_told_as_it_is_rather_than_in_the_past() -> None:
    frozen = NOON.replace(second=30)
    assert reply_by(frozen, None, policy(close_after=timedelta(seconds=5))) == frozen + timedelta(seconds=5)


@given(instants, periods, deadlines, policies)
def test_nobody_is_told_a_time_after_the_closing(
    frozen: datetime, passed: timedelta, away: timedelta | None, given_policy: WindowPolicy
) -> None:
    """However long the text travels: the window opens when it has arrived."""
    deadline = None if away is None else frozen + away
    assert reply_by(frozen, deadline, given_policy) <= open_window(frozen + passed, deadline, given_policy).close_at


@given(instants, deadlines, policies)
def test_the_time_told_is_ahead_and_loses_less_than_it_is_rounded_by(
    frozen: datetime, away: timedelta | None, given_policy: WindowPolicy
) -> None:
    exact = frozen + (away or given_policy.close_after)
    told = reply_by(frozen, None if away is None else exact, given_policy)
    assert frozen < told <= exact
    assert exact - told < (HOUR if exact - frozen > DAY else MINUTE)
    if exact - frozen > DAY + HOUR:
        local = told.astimezone(HONG_KONG)
        assert (local.minute, local.second, local.microsecond) == (0, 0, 0)


@given(instants, deadlines, policies)
def test_a_reminder_comes_in_waking_hours_before_the_closing_or_not_at_all(
    opened: datetime, away: timedelta | None, given_policy: WindowPolicy
) -> None:
    window = open_window(opened, None if away is None else opened + away, given_policy)
    wanted = not_before_quiet_ends(opened + given_policy.remind_after, given_policy)
    if window.remind_at is None:
        assert wanted >= window.close_at
        return
    assert opened + given_policy.remind_after <= window.remind_at == wanted < window.close_at
    assert given_policy.quiet_hours is None or not given_policy.quiet_hours.contains(window.remind_at)


@given(instants, deadlines, policies)
def test_people_never_wait_for_receipts_longer_than_for_the_sender(
    handed_over: datetime, away: timedelta | None, given_policy: WindowPolicy
) -> None:
    due = silence_due(handed_over, None if away is None else handed_over + away, given_policy)
    latest = handed_over + min(given_policy.no_receipt_after, given_policy.close_after)
    if given_policy.quiet_hours is not None and given_policy.quiet_hours.contains(latest):
        latest = given_policy.quiet_hours.next_end(latest) + given_policy.open_grace
    assert handed_over < due <= latest
    assert away is None or due <= handed_over + away
    grace = grace_due(handed_over, None if away is None else handed_over + away, given_policy)
    assert handed_over < grace <= handed_over + min(given_policy.open_grace, given_policy.close_after)
    assert away is None or grace <= handed_over + away


@given(instants, policies)
def test_without_quiet_hours_nothing_waits(at: datetime, given_policy: WindowPolicy) -> None:
    assume(given_policy.quiet_hours is None or not given_policy.quiet_hours.contains(at))
    assert not_before_quiet_ends(at, given_policy) == at
