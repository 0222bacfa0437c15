"""One list for three reasons: each entry with its evidence, obeyed at intake and before every text, lifted, kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from notifier.carriers.port import Fault, Never
from notifier.domain.errors import Conflict, Invalid
from notifier.domain.lifecycle import Event, State
from notifier.domain.number_health import NumberPolicy
from notifier.domain.permissions import Principal, Role
from notifier.service.new_rounds import ask_again
from notifier.service.numbers import see_number
from notifier.service.silencing import add_by_number, add_by_query, finish_call
from notifier.service.suppressions import (
    SuppressionFilters,
    find_suppressions,
    lift_suppression,
    list_suppressions,
)
from notifier.service.taking_on import claim
from notifier.storage.models import Reply
from notifier.storage.models.people import Source, SuppressionReason
from notifier.storage.models.texts import TextState
from tests.journeys.world import LIAISON, MOBILE, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOTLINE = Principal("Mei at the hotline", Role.HOTLINE)
OPTED_OUT, WRONG, CALLS = SuppressionReason


def called(world: World, query_id, suppress: SuppressionReason = CALLS):
    """The hotline has called about an escalated query, and something was said of the phone."""
    (handoff,) = [one for one in world.see(query_id).handoffs if one.closed_at is None]
    return finish_call(world.ctx, handoff.id, HOTLINE, "reached the sender", suppress)


def unanswered(world: World):
    """A query whose window closed: the hotline calls."""
    taken = world.texted()
    world.wind(73 * HOUR)
    return taken


def test_a_reply_is_evidence(world: World) -> None:
    world.texted()
    world.reply("STOP")
    (entry,) = find_suppressions(world.ctx, MOBILE)
    assert (entry.source, entry.recorded_by, entry.reason) == (Source.REPLY, "sender", OPTED_OUT)
    with world.ctx.database.read() as session:
        reply = session.get_one(Reply, entry.reply_id)
    assert reply.body == "STOP"
    assert entry.created_at <= world.now()


def test_the_carriers_code_and_the_attempt_are_evidence(world: World) -> None:
    taken = world.refer()
    world.carrier.script.append(Never("The sender opted out.", Fault.OPTED_OUT, 21610))
    world.send()
    (entry,) = find_suppressions(world.ctx, MOBILE)
    (attempt,) = world.see(taken.id).attempts
    assert (entry.source, entry.recorded_by) == (Source.CARRIER, "system")
    assert (entry.error_code, entry.attempt_id) == (21610, attempt.id)


def test_a_receipt_names_the_attempt_too(world: World) -> None:
    taken = world.refer()
    (posted,) = world.send()
    world.receipt(posted, "failed", 21610)
    (entry,) = find_suppressions(world.ctx, MOBILE)
    (attempt,) = world.see(taken.id).attempts
    assert (entry.error_code, entry.attempt_id) == (21610, attempt.id)


def test_a_call_is_evidence_with_its_handoff(world: World) -> None:
    taken = unanswered(world)
    done, added = called(world, taken.id)
    assert (added.new, added.suppression.source, added.suppression.recorded_by) == (True, Source.HOTLINE, HOTLINE.name)
    assert (added.suppression.handoff_id, added.suppression.because) == (done.handoff.id, "reached the sender")
    assert world.see(taken.id).query.state is State.ESCALATED
    assert world.open_handoffs(taken.id) == [], "the agent has just spoken to the sender"


def test_staffs_reason_is_evidence(world: World) -> None:
    added = add_by_number(world.ctx, MOBILE, WRONG, LIAISON, "A letter from the new owner")
    entry = added.suppression
    assert (entry.source, entry.recorded_by, entry.because) == (Source.STAFF, "liaison", "A letter from the new owner")


@pytest.mark.parametrize(
    ("reason", "handoff", "says"),
    [
        (OPTED_OUT, "number_suppressed", "opted out"),
        (WRONG, "number_suppressed", "called wrong"),
        (CALLS, "prefers_calls", "prefer calls"),
    ],
)
def test_each_reason_sends_the_next_query_to_the_hotline(
    world: World, reason: SuppressionReason, handoff: str, says: str
) -> None:
    add_by_number(world.ctx, MOBILE, reason, LIAISON, "They said so")
    taken = world.refer()
    assert taken.state is State.ESCALATED
    assert world.open_handoffs(taken.id) == [("hotline", handoff)]
    assert says in world.see(taken.id).handoffs[0].sentence
    assert world.send() == []


def test_what_says_most_of_a_phone_is_what_the_hotline_reads(world: World) -> None:
    for reason in (CALLS, OPTED_OUT, WRONG):
        add_by_number(world.ctx, MOBILE, reason, LIAISON, "They said so")
    taken = world.refer()
    assert "find the sender's number" in world.see(taken.id).handoffs[0].sentence


@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_what_was_queued_before_is_taken_back_and_people_have_it(world: World, reason: SuppressionReason) -> None:
    queued = world.refer()
    added = add_by_number(world.ctx, MOBILE, reason, LIAISON, "They said so")
    assert added.taken_over == 1
    assert world.send() == []
    (text,) = world.see(queued.id).texts
    assert text.state is TextState.CANCELLED
    assert world.see(queued.id).query.state is State.ESCALATED
    assert [team for team, _ in world.open_handoffs(queued.id)] == ["hotline"]


def test_a_sender_who_prefers_calls_gets_no_reminder(world: World) -> None:
    waiting = world.texted()
    add_by_query(world.ctx, waiting.id, CALLS, HOTLINE, "Rang the hotline by themselves")
    assert world.open_handoffs(waiting.id) == [("hotline", "prefers_calls")]
    assert world.see(waiting.id).history[-1].event is Event.CALLS_PREFERRED
    world.wind(100 * HOUR)
    assert world.send() == []


def test_a_reply_of_a_sender_who_prefers_calls_still_counts(world: World) -> None:
    waiting = world.texted()
    add_by_query(world.ctx, waiting.id, CALLS, HOTLINE, "Rang the hotline")
    world.reply("Two cotton shirts")
    assert world.see(waiting.id).query.state is State.REPLIED
    replied = world.see(waiting.id)
    add_by_query(world.ctx, waiting.id, OPTED_OUT, HOTLINE, "Rang again")
    assert world.see(waiting.id).query.state is replied.query.state, "staff review it as before"


def test_a_question_that_waits_is_looked_at_once_more_before_it_leaves(world: World) -> None:
    """The entry comes by a way that takes nothing back, and the claim finds it."""
    first = world.refer()
    (posted,) = world.send()
    second = world.refer()
    world.receipt(posted, "failed", 21610)
    assert world.send() == []
    assert world.open_handoffs(first.id) == [("hotline", "not_delivered")]
    assert world.open_handoffs(second.id) == [("hotline", "number_suppressed")]


def test_a_reminder_is_looked_at_before_it_leaves_and_the_closing_comes(world: World) -> None:
    waiting = world.texted()
    world.refer()
    (posted,) = world.send()
    world.receipt(posted, "failed", 21610)
    world.wind(49 * HOUR)
    assert world.send() == []
    assert world.open_handoffs(waiting.id) == [("hotline", "number_suppressed")]
    world.wind(24 * HOUR)
    assert world.see(waiting.id).query.state is State.ESCALATED


def test_a_notice_is_looked_at_before_it_leaves(world: World) -> None:
    waiting = world.texted()
    world.refer(item_id="CP203011144HK")
    (posted,) = world.send()
    world.reply(f"{waiting.code} is this a scam?")
    world.receipt(posted, "failed", 21610)
    assert world.send() == []
    assert ("hotline", "number_suppressed") in world.open_handoffs(waiting.id)


def test_start_takes_back_the_senders_own_wishes_and_is_kept(world: World) -> None:
    world.texted()
    add_by_number(world.ctx, MOBILE, CALLS, LIAISON, "They said so")
    world.reply("STOP")
    world.wind(HOUR)
    world.reply("START")
    assert list(find_suppressions(world.ctx, MOBILE)) == []
    kept = see_number(world.ctx, MOBILE).entries
    assert {entry.reason for entry in kept} == {OPTED_OUT, CALLS}
    assert {entry.lifted_by for entry in kept} == {"sender"}
    assert all(entry.lifted_reply_id is not None for entry in kept)
    assert world.refer().state is State.RECEIVED


def test_start_does_not_make_a_wrong_number_right(world: World) -> None:
    world.texted()
    world.reply("打錯")
    world.wind(HOUR)
    world.reply("START")
    assert [entry.reason for entry in find_suppressions(world.ctx, MOBILE)] == [WRONG]
    assert world.refer().state is State.ESCALATED


def test_an_entry_is_lifted_never_deleted_and_may_come_again(world: World) -> None:
    first = add_by_number(world.ctx, MOBILE, CALLS, LIAISON, "They said so").suppression
    again = add_by_number(world.ctx, MOBILE, CALLS, LIAISON, "They said so again")
    assert (again.new, again.suppression.id) == (False, first.id)
    lift_suppression(world.ctx, first.id, LIAISON, "They like texts now")
    second = add_by_number(world.ctx, MOBILE, CALLS, LIAISON, "And now they do not").suppression
    assert [entry.id for entry in see_number(world.ctx, MOBILE).entries] == [second.id, first.id]
    page = list_suppressions(world.ctx, SuppressionFilters(in_force=False), 10)
    assert [entry.id for entry in page.rows] == [first.id]


def test_the_list_has_pages_and_filters(world: World) -> None:
    for place in range(5):
        add_by_number(world.ctx, f"+8526123450{place}", CALLS if place % 2 else WRONG, LIAISON, "They said so")
    first = list_suppressions(world.ctx, SuppressionFilters(), 3)
    rest = list_suppressions(world.ctx, SuppressionFilters(), 3, first.next_after)
    assert [len(first.rows), len(rest.rows), rest.next_after] == [3, 2, None]
    assert len({entry.id for entry in [*first.rows, *rest.rows]}) == 5
    assert len(list_suppressions(world.ctx, SuppressionFilters(reason=CALLS), 10).rows) == 2


def test_an_old_entry_is_shown_as_old_and_still_obeyed(world: World) -> None:
    world.ctx = replace(world.ctx, numbers=NumberPolicy(old_after=365 * DAY))
    add_by_number(world.ctx, MOBILE, OPTED_OUT, LIAISON, "They said so")
    assert list_suppressions(world.ctx, SuppressionFilters(old=True), 10).rows == []
    world.wind(366 * DAY)
    assert len(list_suppressions(world.ctx, SuppressionFilters(old=True), 10).rows) == 1
    taken = world.refer()
    assert taken.state is State.ESCALATED
    assert "may have a new owner" in world.see(taken.id).handoffs[0].sentence


def test_a_call_that_cannot_be_finished_puts_nothing_on_the_list(world: World) -> None:
    taken = unanswered(world)
    (handoff,) = world.see(taken.id).handoffs
    claim(world.ctx, handoff.id, LIAISON)
    with pytest.raises(Conflict):
        finish_call(world.ctx, handoff.id, HOTLINE, "reached the sender", CALLS)
    assert list(find_suppressions(world.ctx, MOBILE)) == []


def test_a_call_about_no_phone_says_nothing_of_one(world: World) -> None:
    taken = world.refer(sender_mobile="2345 6789")
    (handoff,) = world.see(taken.id).handoffs
    with pytest.raises(Invalid):
        finish_call(world.ctx, handoff.id, HOTLINE, "reached the sender", CALLS)
    assert world.see(taken.id).handoffs[0].closed_at is None


def test_asking_again_does_not_get_around_the_list(world: World) -> None:
    taken = unanswered(world)
    called(world, taken.id)
    world.do(taken.id, ask_again(anyway=True, despite_health="They will not mind"))
    assert world.send() == []
    assert world.open_handoffs(taken.id) == [("hotline", "prefers_calls")]
