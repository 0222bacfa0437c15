"""Whether a phone is worth a text, rule by rule: failures in a row, deliveries, time, and the fatigue cap."""

from datetime import UTC, datetime, timedelta

import pytest

from notifier.domain.number_health import Load, NumberPolicy, Settled, Verdict, judge, streak
from notifier.domain.types import Trouble

NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = NumberPolicy()
CALM = Load()
U, S, L, B, N = (
    Trouble.UNREACHABLE,
    Trouble.UNKNOWN_SUBSCRIBER,
    Trouble.LANDLINE,
    Trouble.BLOCKED,
    Trouble.NOT_A_MOBILE,
)
OK = None


def news(*troubles: Trouble | None, latest: timedelta = HOUR) -> list[Settled]:
    """What became of texts, newest first, a day apart; the newest `latest` ago."""
    return [Settled(NOW - latest - place * DAY, trouble) for place, trouble in enumerate(troubles)]


ROWS: dict[str, tuple[list[Settled], Verdict]] = {
    "nothing is known": (news(), Verdict.HEALTHY),
    "one arrived": (news(OK), Verdict.HEALTHY),
    "one did not": (news(U), Verdict.HEALTHY),
    "two in a row did not": (news(U, U), Verdict.FAILING),
    "two in a row, for different reasons": (news(S, L), Verdict.FAILING),
    "twice blocked": (news(B, B), Verdict.FAILING),
    "one arrived between": (news(U, OK, U), Verdict.HEALTHY),
    "one arrived since": (news(OK, U, U, U), Verdict.HEALTHY),
    "one failed since it arrived": (news(U, OK), Verdict.HEALTHY),
    "two failed since it arrived": (news(U, U, OK), Verdict.FAILING),
    "the carrier does not even try": (news(N), Verdict.FAILING),
    "it did not try, and then it arrived": (news(OK, N), Verdict.HEALTHY),
    "it did not try, before a failure": (news(U, N), Verdict.FAILING),
    "two in a row, just within the period": (news(U, U, latest=30 * DAY - HOUR), Verdict.FAILING),
    "two in a row, too long ago": (news(U, U, latest=30 * DAY), Verdict.HEALTHY),
}


@pytest.mark.parametrize(("told", "verdict"), ROWS.values(), ids=ROWS)
def test_what_became_of_the_texts_decides(told: list[Settled], verdict: Verdict) -> None:
    assert judge(told, CALM, POLICY, NOW) is verdict


@pytest.mark.parametrize(
    ("day", "week", "verdict"),
    [
        (9, 9, Verdict.HEALTHY),
        (10, 10, Verdict.FULL),
        (0, 29, Verdict.HEALTHY),
        (0, 30, Verdict.FULL),
        (11, 31, Verdict.FULL),
    ],
)
def test_the_cap_counts_a_day_and_a_week(day: int, week: int, verdict: Verdict) -> None:
    assert judge(news(OK), Load(day, week), POLICY, NOW) is verdict


def test_a_phone_that_fails_is_called_failing_however_full_it_is() -> None:
    assert judge(news(U, U), Load(10, 30), POLICY, NOW) is Verdict.FAILING


def test_the_operator_decides_how_many_failures_count() -> None:
    assert judge(news(U), CALM, NumberPolicy(failures_most=1), NOW) is Verdict.FAILING
    assert judge(news(U, U), CALM, NumberPolicy(failures_most=3), NOW) is Verdict.HEALTHY


def test_a_streak_ends_at_the_first_delivery() -> None:
    assert [settled.trouble for settled in streak(news(U, S, OK, L))] == [U, S]


@pytest.mark.parametrize(
    ("load", "free"),
    [
        (Load(10, 10, NOW - 2 * HOUR, NOW - 2 * HOUR), NOW + 22 * HOUR),
        (Load(3, 30, NOW - HOUR, NOW - 6 * DAY), NOW + DAY),
        (Load(10, 30, NOW - HOUR, NOW - HOUR), NOW - HOUR + 7 * DAY),
        (Load(10, 10, None, None), None),
    ],
)
def test_it_is_told_when_one_more_may_go(load: Load, free: datetime | None) -> None:
    assert load.free_at(POLICY) == free
