"""Thirty open queries on one phone: at most four texts, and one call, in both ways to be heard."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from notifier.domain.lifecycle import Event, State
from notifier.domain.number_health import NumberPolicy
from notifier.domain.quiet_hours import HONG_KONG, QuietHours
from notifier.service.call_outcomes import wrong_number
from notifier.service.concluding import conclude
from notifier.service.figures import count
from notifier.service.new_rounds import Correction, ask_again, correct
from notifier.service.rejecting import reject_answer
from notifier.service.resolution import accept_answer, record_answer, withdraw
from notifier.service.silencing import finish_call
from notifier.service.taking_on import claim, finish
from notifier.storage.models import Handoff
from notifier.storage.models.people import ClockState, SuppressionReason
from tests.contexts import HOTLINE
from tests.journeys.crowd import MANY, calls, item, kinds, refer_many, the_call, waiting
from tests.journeys.machine_inside import HOTLINE as AGENT
from tests.journeys.machine_inside import STAFF
from tests.journeys.world import MOBILE, World


@pytest.fixture(autouse=True)
def _as_delivered(request: pytest.FixtureRequest) -> None:
    """Three queries of a phone are put to it by text."""
    for name in ("thread", "world"):
        if name in request.fixturenames:
            told = request.getfixturevalue(name)
            told.ctx = replace(told.ctx, numbers=NumberPolicy())


HOUR = timedelta(hours=1)
OTHER = "+85261234567"


def deliver(world: World) -> list[str]:
    """What is due is sent and arrives; the words of it."""
    posted = world.send()
    for one in posted:
        world.receipt(one, "delivered")
    return [one.outgoing.body for one in posted]


def test_thirty_queries_are_four_texts_and_one_call_until_the_end(thread: World) -> None:
    taken = refer_many(thread)
    bodies = deliver(thread)
    assert kinds(thread, *taken) == ["question"] * 3 + ["summary"]
    assert f"{MANY - 3} more of your items" in bodies[3]
    assert HOTLINE in bodies[3]
    assert "no links" in bodies[3]
    for hours in (49, 25, 200):  # reminders and closings come due
        thread.wind(hours * HOUR)
        assert deliver(thread) == []
    assert [thread.see(one.id).query.state for one in taken] == [State.ESCALATED] * MANY
    assert the_call(thread)
    assert [waiting(thread, one.id) for one in taken[:4]] == [["no_reply"]] * 3 + [["many_queries"]]


def test_the_summary_names_no_item_and_nobody(thread: World) -> None:
    taken = refer_many(thread, 5)
    summary = deliver(thread)[3]
    assert taken[3].code in summary, "by its reference it is told apart, and found again"
    assert not any(item(place) in summary for place in range(5))


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans", None])
def test_the_summary_speaks_the_sender_s_language(thread: World, language: str | None) -> None:
    for place in range(4):
        thread.refer(item_id=item(place), language=language)
    summary = deliver(thread)[3]
    assert ("件邮件" if language == "zh-Hans" else "件郵件") in summary
    assert ("your items" in summary) == (language is None)


def test_a_reminder_of_what_the_call_is_about_anyway_is_skipped(thread: World) -> None:
    first, *_ = refer_many(thread, 4)
    deliver(thread)
    thread.wind(49 * HOUR)
    assert deliver(thread) == []
    skipped = [row for row in thread.see(first.id).history if row.event is Event.REMINDER_SKIPPED]
    assert [row.detail["because"] for row in skipped] == ["The sender is called about all items."]


def test_three_are_asked_one_by_one_and_reminded(thread: World) -> None:
    refer_many(thread, 3)
    assert len(deliver(thread)) == 3
    thread.wind(49 * HOUR)
    assert len(deliver(thread)) == 3
    assert calls(thread) == []


def test_what_comes_while_the_call_is_open_joins_it_without_a_text(thread: World) -> None:
    taken = refer_many(thread, 4)
    deliver(thread)
    for one in taken[:3]:
        thread.do(one.id, withdraw)
    late = thread.refer(item_id=item(40))
    assert deliver(thread) == []
    assert waiting(thread, late.id) == ["many_queries"]
    assert the_call(thread)


def test_after_the_call_the_next_is_asked_by_text_again(thread: World) -> None:
    taken = refer_many(thread, 5)
    deliver(thread)
    for one in taken:
        thread.do(one.id, accept_answer("TOYS", None))
    assert calls(thread) == []
    thread.refer(item_id=item(50))
    assert len(deliver(thread)) == 1


def test_a_night_holds_the_summary(world: World) -> None:
    now = world.now().astimezone(HONG_KONG)
    night = QuietHours((now - HOUR).time(), (now + HOUR).time())
    world.ctx = replace(world.ctx, window=replace(world.ctx.window, quiet_hours=night))
    fourth = refer_many(world, 4)[3]
    summary = world.see(fourth.id).texts[0]
    assert summary.send_after > world.now()
    assert world.send() == []
    world.wind(2 * HOUR)
    assert len(world.send()) == 4


def test_the_hotline_s_work_of_before_becomes_part_of_the_call(thread: World) -> None:
    """And whoever is on the phone already has the whole call."""
    first = thread.texted(item_id=item(0))
    thread.wind(73 * HOUR)
    (alone,) = calls(thread)
    claim(thread.ctx, alone.id, AGENT)
    for place in range(1, 4):
        thread.refer(item_id=item(place))
    call = the_call(thread)
    assert (call.claimed_by, waiting(thread, first.id)) == ("hotline", ["no_reply"])


def test_the_call_is_claimed_once_by_whichever_part(thread: World) -> None:
    taken = refer_many(thread, 5)
    (part,) = thread.see(taken[4].id).handoffs
    assert claim(thread.ctx, part.id, AGENT).id == the_call(thread).id
    assert count(thread.ctx).handoffs == {("hotline", "many_queries"): 1}


def test_it_ends_with_the_last_of_its_queries_and_not_before(thread: World) -> None:
    taken = refer_many(thread, 6)[3:]
    for left, one in reversed(list(enumerate(taken))):
        assert calls(thread), f"{left + 1} wait"
        thread.do(one.id, record_answer("Wooden toys"))
    assert calls(thread) == []


def test_a_reply_parks_its_own_part_and_the_call_goes_on(thread: World) -> None:
    """The sender knows the items: one that only the summary counted can be named."""
    taken = refer_many(thread, 6)
    deliver(thread)
    thread.reply(f"{item(4)} wooden toys")
    assert thread.see(taken[4].id).query.state is State.REPLIED
    assert [thread.parked(one.id) for one in taken[3:]] == [[], [("hotline", "many_queries")], []]
    assert the_call(thread).clock is not ClockState.PARKED


def test_a_call_all_of_whose_items_are_answered_rests_and_comes_back_with_the_first_that_is_not(thread: World) -> None:
    taken = refer_many(thread, 5)
    deliver(thread)
    for place in (3, 4):
        thread.reply(f"{item(place)} wooden toys")
    assert the_call(thread).clock is ClockState.PARKED
    thread.do(taken[4].id, reject_answer("Too vague"))
    call = the_call(thread)
    assert (call.clock, call.priority) == (ClockState.NEW, 2)
    assert thread.parked(taken[3].id) != []


def test_a_reply_that_names_nothing_is_about_what_was_asked(thread: World) -> None:
    """Only what a text has asked is offered to choose from; thirty could not be."""
    refer_many(thread)
    deliver(thread)
    thread.reply("wooden toys")
    (asked,) = deliver(thread)
    assert [item(place) in asked for place in range(4)] == [True, True, True, False]


def test_a_reply_to_the_summary_alone_goes_to_staff_and_makes_no_second_call(thread: World) -> None:
    taken = refer_many(thread, 9)
    deliver(thread)
    for one in taken[:3]:
        thread.do(one.id, withdraw)
    thread.reply("wooden toys")
    assert deliver(thread) == []
    assert thread.triage() == [("which_query", "wooden toys")]
    assert the_call(thread)


@pytest.mark.parametrize(("words", "reason"), [("STOP", "opted_out"), ("WRONG", "wrong_number")])
def test_stop_and_wrong_number_are_about_all_of_them_and_still_one_call(thread: World, words: str, reason: str) -> None:
    taken = refer_many(thread, 8)
    deliver(thread)
    thread.reply(words)
    assert all(reason in waiting(thread, one.id) for one in taken)
    assert the_call(thread)
    assert deliver(thread) == []


def test_many_queries_of_a_phone_that_wants_no_texts_are_one_call_too(thread: World) -> None:
    thread.texted()
    thread.reply("STOP")
    taken = refer_many(thread, 5)
    assert deliver(thread) == []
    assert all(waiting(thread, one.id) == ["number_suppressed"] for one in taken)
    assert the_call(thread)


def test_staff_may_ask_by_text_all_the_same(thread: World) -> None:
    taken = refer_many(thread, 6)
    deliver(thread)
    thread.do(taken[5].id, ask_again())
    assert item(5) in deliver(thread)[0]
    assert waiting(thread, taken[5].id) == []
    thread.wind(73 * HOUR)
    assert waiting(thread, taken[5].id) == ["no_reply"]
    assert the_call(thread)


def test_a_corrected_number_leaves_the_call(thread: World) -> None:
    taken = refer_many(thread, 5)
    deliver(thread)
    thread.do(taken[4].id, correct(Correction(sender_mobile=OTHER)))
    assert [one.outgoing.to for one in thread.send()] == [OTHER]
    thread.do(taken[3].id, correct(Correction(sender_mobile=OTHER)))
    assert calls(thread) == []


def test_a_number_corrected_to_a_phone_with_many_queries_joins_its_call(thread: World) -> None:
    refer_many(thread, 4)
    deliver(thread)
    stray = thread.texted(sender_mobile=OTHER, item_id=item(60))
    told = thread.do(stray.id, correct(Correction(sender_mobile=MOBILE))).consequences
    assert any("joint call" in sentence for sentence in told)
    assert deliver(thread) == []
    assert the_call(thread)


def test_a_deadline_that_is_close_makes_the_whole_call_urgent(thread: World) -> None:
    refer_many(thread, 4)
    assert the_call(thread).priority == 2
    soon = (thread.now() + 3 * HOUR).isoformat()
    thread.refer(item_id=item(70), deadline_at=soon)
    assert the_call(thread).priority == 1


def test_new_work_brings_back_a_call_that_was_put_off(thread: World) -> None:
    """Whoever put it off until tomorrow did not know of a deadline today."""
    refer_many(thread, 4)
    tomorrow = thread.now() + 20 * HOUR
    with thread.ctx.database.begin() as session:
        session.execute(
            update(Handoff).where(Handoff.phone_hash.is_not(None)).values(shown_from=tomorrow, due_at=tomorrow)
        )
    assert calls(thread) == []
    thread.refer(item_id=item(70), deadline_at=(thread.now() + 3 * HOUR).isoformat())
    call = the_call(thread)
    assert call.shown_from is None or call.shown_from <= thread.now()
    assert call.due_at <= thread.now()


def test_a_call_nobody_takes_on_rings_once_for_all_its_queries(thread: World) -> None:
    taken = refer_many(thread, 5)
    deliver(thread)
    thread.wind(3 * HOUR)
    assert the_call(thread).priority == 1
    for one in taken[3:]:
        rung = [row.detail for row in thread.see(one.id).history if row.event is Event.OVERDUE]
        assert [row["handoff"] for row in rung] == [str(the_call(thread).id)]


def test_a_call_that_is_done_with_queries_open_comes_back_for_them(thread: World) -> None:
    taken = refer_many(thread, 8)
    deliver(thread)
    call = the_call(thread)
    thread.do(taken[3].id, record_answer("Wooden toys"))
    done = finish(thread.ctx, call.id, AGENT, "nobody answered")
    assert done.left == 4
    assert calls(thread) == []
    thread.wind(3 * HOUR)
    assert the_call(thread).id != call.id
    assert deliver(thread) == []


def test_what_the_list_hands_over_in_a_call_is_not_done_with_it(thread: World) -> None:
    taken = refer_many(thread, 5)
    deliver(thread)
    finish_call(thread.ctx, the_call(thread).id, STAFF, "said so", SuppressionReason.PREFERS_CALLS)
    assert [waiting(thread, one.id) for one in taken] == [["prefers_calls"]] * 3 + [[]] * 2
    assert the_call(thread)


def test_a_wrong_number_heard_in_the_joint_call_leaves_no_query_on_nobodys_list(thread: World) -> None:
    taken = refer_many(thread, 5)
    deliver(thread)
    call = the_call(thread)
    claim(thread.ctx, call.id, AGENT)
    done = conclude(thread.ctx, call.id, AGENT, wrong_number())
    assert "3 more open queries of this phone go to the hotline." in done.consequences
    assert [thread.see(one.id).query.state for one in taken] == [State.ESCALATED] * 5
    assert [bool(waiting(thread, one.id)) for one in taken] == [True] * 5
    assert deliver(thread) == []
