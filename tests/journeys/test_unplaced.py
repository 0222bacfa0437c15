"""Who wrote something that nobody has placed yet is neither reminded nor called as if they had kept silent."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from notifier.domain.lifecycle import Event, State
from notifier.domain.quiet_hours import QuietHours
from notifier.service.moving import move_reply
from tests.journeys.test_asking_back import asked
from tests.journeys.test_moving import reply_id
from tests.journeys.test_outages import stand_still, start
from tests.journeys.test_routing import FIRST, SECOND, answers, states, two
from tests.journeys.world import LIAISON, MOBILE, World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SOON = timedelta(minutes=2)


def test_while_the_sender_is_asked_which_item_no_window_closes(thread: World) -> None:
    first, second = two(thread)
    thread.wind(71 * HOUR + 55 * MINUTE)
    thread.send()
    thread.reply("Two cotton shirts")
    asked(thread)
    thread.wind(10 * MINUTE)
    assert states(thread, first, second) == [State.AWAITING_REPLY] * 2, "the time is over, and they wrote"
    thread.reply("1")
    assert states(thread, first, second) == [State.REPLIED, State.AWAITING_REPLY]
    thread.wind(SOON)
    assert states(thread, first, second) == [State.REPLIED, State.ESCALATED]
    assert thread.open_handoffs(second.id) == [("hotline", "no_reply")], "of the other one nothing was said"


def test_what_nobody_could_place_is_read_before_anybody_calls(thread: World) -> None:
    first, second = two(thread)
    thread.wind(71 * HOUR)
    thread.send()
    thread.reply("Two cotton shirts")
    asked(thread)
    thread.wind(HOUR + MINUTE)
    thread.wind(SOON)
    assert thread.triage() == [("which_query", "Two cotton shirts")]
    assert states(thread, first, second) == [State.ESCALATED] * 2
    for one in (first, second):
        assert thread.open_handoffs(one.id) == [("staff", "which_query")]
    move_reply(thread.ctx, reply_id(thread, "Two cotton shirts"), second.id, LIAISON)
    assert states(thread, second) == [State.REPLIED]
    assert thread.open_handoffs(second.id) == [("staff", "review_reply")]


def test_a_reply_that_was_quicker_than_the_receipt_counts_as_well(thread: World) -> None:
    """It came before the window opened, while only the question's text was known to have left."""
    taken = [thread.refer(item_id=item) for item in (FIRST, SECOND)]
    posted = thread.send()
    thread.reply("Two cotton shirts")
    asked(thread)
    for text in posted:
        thread.receipt(text, "delivered")
    thread.wind(2 * HOUR)
    assert thread.triage() == [("which_query", "Two cotton shirts")]
    thread.wind(72 * HOUR)
    for one in taken:
        assert thread.open_handoffs(one.id) == [("staff", "which_query")]


def test_a_reply_in_triage_keeps_the_reminder_back(thread: World) -> None:
    first, second = two(thread)
    thread.reply("Two cotton shirts")
    asked(thread)
    thread.wind(2 * HOUR)
    assert len(thread.triage()) == 1
    thread.wind(47 * HOUR)
    assert thread.send() == [], "they wrote"
    for one in (first, second):
        (entry,) = [row for row in thread.see(one.id).history if row.event == Event.REMINDER_QUEUED]
        assert entry.detail["because"] == "a reply of this phone waits to be placed"


def test_a_reminder_that_waits_for_the_morning_is_dropped_when_they_write(thread: World) -> None:
    first, _ = two(thread)
    local = (thread.now() + 8 * HOUR).time()
    night = QuietHours(local, six_hours_later(local))
    thread.ctx = replace(thread.ctx, window=replace(thread.ctx.window, quiet_hours=night))
    thread.wind(48 * HOUR + MINUTE)
    assert thread.send() == []
    assert [text.kind for text in thread.see(first.id).texts] == ["question", "reminder"]
    thread.reply("Two cotton shirts")
    asked(thread)
    thread.wind(8 * HOUR)
    assert [posted for posted in thread.send() if "1) " not in posted.outgoing.body] == []


def six_hours_later(local: time) -> time:
    return local.replace(hour=(local.hour + 6) % 24)


@pytest.mark.parametrize("words", ["OK", "who is this?"])
def test_a_thank_you_keeps_nothing_back(thread: World, words: str) -> None:
    first, second = two(thread)
    thread.reply(words)
    thread.wind(73 * HOUR)
    assert states(thread, first, second) == [State.ESCALATED] * 2
    for one in (first, second):
        assert ("hotline", "no_reply") in thread.open_handoffs(one.id)


@pytest.mark.parametrize("wound", [True, False], ids=["wound", "on the wall clock"])
def test_after_three_days_who_wrote_without_naming_an_item_is_asked_which_and_not_called(
    thread: World, wound: bool
) -> None:
    first, second = two(thread)
    thread.sweep()
    stand_still(thread, timedelta(days=3, hours=1), wound=wound)
    thread.carrier.hear("SMheld", MOBILE, "+85264500001", "Two cotton shirts", thread.ctx.clock.wall())
    (which,) = start(thread)
    assert f"1) {FIRST} 2) {SECOND}" in which
    assert states(thread, first, second) == [State.AWAITING_REPLY] * 2
    thread.reply("2")
    assert answers(thread, second) == ["Two cotton shirts"]
    thread.wind(SOON)
    assert thread.open_handoffs(first.id) == [("hotline", "no_reply")]


def test_a_reply_that_is_found_days_later_is_asked_about_by_day_and_has_its_whole_hour(thread: World) -> None:
    two(thread)
    thread.sweep()
    local = (thread.now() + 8 * HOUR).time()
    night = QuietHours(local.replace(minute=0), six_hours_later(local))
    stand_still(thread, timedelta(days=2), wound=False)
    ago = thread.ctx.clock.wall() - timedelta(days=1)
    thread.carrier.hear("SMheld", MOBILE, "+85264500001", "Two cotton shirts", ago)
    thread.ctx = replace(thread.ctx, window=replace(thread.ctx.window, quiet_hours=night))
    assert start(thread) == [], "they are asleep"
    assert thread.triage() == []
    thread.wind(6 * HOUR + MINUTE)
    asked(thread)
    thread.wind(55 * MINUTE)
    assert thread.triage() == []
    thread.reply("1")
    assert thread.triage() == []
