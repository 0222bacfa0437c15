"""When an alarm is news, and what it says: the next safe action, how many people, and whether to wake somebody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifier.domain.alarms import (
    WORDS,
    Alarm,
    AlarmKind,
    News,
    Standing,
    TellingPolicy,
    Urgency,
    is_news,
    is_over,
    line,
    title,
)
from notifier.domain.quiet_hours import QuietHours

OFFICE = TellingPolicy(off_hours=QuietHours.parse("18:00-09:00"))
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # in Hong Kong
NIGHT = NOON + timedelta(hours=12)
NINE = NOON - timedelta(hours=3)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def alarm(urgency: Urgency = Urgency.WAKE, weight: int = 4, kind: AlarmKind = AlarmKind.AUDIT_LAG) -> Alarm:
    return Alarm(kind, 3, weight, NOON - HOUR, urgency, "window: 4 overdue by 60 min")


def told(at: datetime, weight: int = 4, urgency: Urgency = Urgency.WAKE) -> Standing:
    return Standing(at, at, weight, urgency)


def test_what_nobody_heard_of_is_new_day_and_night() -> None:
    unheard = Standing(NIGHT, None, 0, None)
    for known in (None, unheard):
        assert is_news(alarm(), known, NOON, OFFICE) is News.NEW
        assert is_news(alarm(), known, NIGHT, OFFICE) is News.NEW


def test_what_can_wait_waits_until_nine_and_not_a_minute_longer() -> None:
    waits = alarm(Urgency.CAN_WAIT)
    assert is_news(waits, None, NIGHT, OFFICE) is None
    assert is_news(waits, None, NINE - MINUTE, OFFICE) is None
    assert is_news(waits, None, NINE, OFFICE) is News.NEW
    assert is_news(waits, None, NIGHT, replace(OFFICE, off_hours=None)) is News.NEW


def test_what_was_told_is_told_again_when_it_doubled_or_after_hours_and_not_before() -> None:
    known = told(NOON)
    assert is_news(alarm(weight=7), known, NOON + MINUTE, OFFICE) is None
    assert is_news(alarm(weight=8), known, NOON + MINUTE, OFFICE) is News.WORSE
    assert is_news(alarm(), known, NOON + 4 * HOUR - MINUTE, OFFICE) is None
    assert is_news(alarm(), known, NOON + 4 * HOUR, OFFICE) is News.STILL


def test_what_could_wait_and_now_must_wake_somebody_is_worse() -> None:
    assert is_news(alarm(), told(NOON, urgency=Urgency.CAN_WAIT), NOON + MINUTE, OFFICE) is News.WORSE


def test_new_handoffs_are_gathered_but_for_those_that_wake_somebody() -> None:
    def new(urgency: Urgency, after: timedelta) -> News | None:
        known = told(NOON, urgency=Urgency.CAN_WAIT)
        return is_news(alarm(urgency, 100, AlarmKind.NEW_HANDOFFS), known, NOON + after, OFFICE)

    assert new(Urgency.CAN_WAIT, 14 * MINUTE) is None
    assert new(Urgency.CAN_WAIT, 15 * MINUTE) is News.NEW
    assert new(Urgency.WAKE, MINUTE) is News.NEW


def test_it_is_over_when_it_is_gone_for_a_while() -> None:
    """One that comes and goes each minute is one alarm, not sixty in an hour."""
    known = told(NOON)
    assert not is_over(AlarmKind.AUDIT_LAG, known, NOON + 4 * MINUTE, OFFICE)
    assert is_over(AlarmKind.AUDIT_LAG, known, NOON + 5 * MINUTE, OFFICE)
    assert not is_over(AlarmKind.NEW_HANDOFFS, known, NOON + 14 * MINUTE, OFFICE)


def test_nobody_is_woken_to_hear_that_something_is_over_which_could_wait() -> None:
    assert not is_over(AlarmKind.QUARANTINE, told(NOON, urgency=Urgency.CAN_WAIT), NIGHT, OFFICE)
    assert is_over(AlarmKind.QUARANTINE, told(NOON), NIGHT, OFFICE), "who was woken hears that they may sleep"


@pytest.mark.parametrize("kind", AlarmKind)
@pytest.mark.parametrize("urgency", Urgency)
def test_every_line_says_how_many_since_when_what_to_do_and_how_urgent(kind: AlarmKind, urgency: Urgency) -> None:
    said = line(alarm(urgency, kind=kind), News.NEW, OFFICE)
    assert said.startswith(f"[new] {WORDS[kind].means} (window: 4 overdue by 60 min), since Wed 25 Nov 11:00.")
    assert " 3 people are affected. " in said
    assert f" Next: {WORDS[kind].step} " in said
    assert said.endswith({Urgency.WAKE: "Wake someone.", Urgency.CAN_WAIT: "Can wait until 09:00."}[urgency])


def test_one_person_is_one_person_and_what_is_over_asks_for_nothing() -> None:
    assert " 1 person is affected. " in line(replace(alarm(), people=1), News.STILL, OFFICE)
    over = line(alarm(), News.OVER, OFFICE)
    assert over.endswith("nothing is left to do.")
    assert "Next:" not in over


def test_the_title_tells_the_most_urgent_of_what_stands() -> None:
    wakes, waits = (alarm(), News.NEW), (alarm(Urgency.CAN_WAIT), News.NEW)
    assert title([waits, wakes], OFFICE) == "Notifier: wake someone"
    assert title([waits, (alarm(), News.OVER)], OFFICE) == "Notifier: can wait until 09:00"
    assert title([(alarm(), News.OVER)], OFFICE) == "Notifier: over"
    early = replace(OFFICE, off_hours=QuietHours.parse("20:00-07:30"))
    assert title([waits], early) == "Notifier: can wait until 07:30"
