"""What webhooks missed is found at the carrier and takes their own path; until then nobody is reminded or called."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from notifier.domain.lifecycle import State
from notifier.domain.types import Direction, TextKind
from notifier.service.claims import claim_batch
from notifier.service.figures import count
from notifier.service.gap import beat
from notifier.service.intake import Taken
from notifier.service.leases import expire_leases
from notifier.service.posting import mark_posting
from notifier.service.reconciling import reconcile_by_hand, reconcile_due
from notifier.service.sweep import sweep
from notifier.service.webhooks import Arrived, process_webhooks, store
from notifier.storage.models import Heartbeat, Reconciliation, Reply, Text, Watermark, Webhook
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.texts import TextState
from tests.journeys.world import MOBILE, World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OURS = "+85264500001"


def wall(world: World) -> datetime:
    return world.ctx.clock.wall()


def hear(world: World, sid: str, body: str, ago: timedelta = timedelta(0), to: str = OURS) -> None:
    """A phone wrote, and no webhook came."""
    world.carrier.hear(sid, MOBILE, to, body, wall(world) - ago)


def by_hand(world: World, ago: timedelta = HOUR) -> list[tuple[int, int, int, int]]:
    """Found, applied, known, strange: of replies, then of texts; and the found takes effect."""
    passes = reconcile_by_hand(world.ctx, wall(world) - ago)
    process_webhooks(world.ctx)
    assert [one.error for one in passes] == [None, None]
    return [(one.tally.found, one.tally.applied, one.tally.known, one.tally.strange) for one in passes]


def stop_for(world: World, period: timedelta) -> None:
    """As if nothing had run for so long: every mark on the wall clock moves back."""
    ago = wall(world) - period
    with world.ctx.database.begin() as session:
        session.execute(update(Heartbeat).values(at=ago, business_at=ago + world.ctx.clock.offset(session)))
        session.execute(update(Watermark).values(known_until=ago, next_at=ago))


def replies(world: World) -> list[str]:
    with world.ctx.database.read() as session:
        return [reply.body for reply in session.scalars(select(Reply).order_by(Reply.received_at))]


def test_a_reply_nobody_told_us_of_is_found_once(world: World) -> None:
    taken = world.texted()
    hear(world, "SMlost", "Two cotton shirts")
    assert by_hand(world) == [(1, 1, 0, 0), (1, 0, 1, 0)]
    assert world.see(taken.id).query.state is State.REPLIED
    assert by_hand(world) == [(1, 0, 1, 0), (1, 0, 1, 0)]
    form = [("MessageSid", "SMlost"), ("From", MOBILE), ("To", OURS), ("Body", "Two cotton shirts")]
    assert not store(world.ctx, Arrived(WebhookKind.INBOUND, form)), "the webhook that comes after all is a double"
    assert replies(world) == ["Two cotton shirts"]


def test_a_reply_counts_from_its_arrival_at_the_carrier(world: World) -> None:
    world.texted()
    hear(world, "SMlost", "Two cotton shirts", ago=3 * HOUR)
    by_hand(world, 5 * HOUR)
    with world.ctx.database.read() as session:
        (reply,) = session.scalars(select(Reply))
    assert abs(wall(world) - 3 * HOUR - reply.received_at) < MINUTE


def test_replies_take_effect_in_the_order_in_which_they_came(world: World) -> None:
    world.texted()
    for number, (words, ago) in enumerate([("START", MINUTE), ("STOP", 2 * MINUTE), ("what is this", 3 * MINUTE)]):
        hear(world, f"SM{number}", words, ago=ago)
    by_hand(world)
    assert replies(world) == ["what is this", "STOP", "START"]
    world.refer(referral_reference="after")
    assert len([posted for posted in world.send() if "Ref" in posted.outgoing.body]) >= 1, "START came last"


def test_a_receipt_nobody_told_us_of_opens_the_window_when_it_arrived(world: World) -> None:
    taken = world.refer()
    (posted,) = world.send()
    world.carrier.report(posted.sid, "delivered")
    assert by_hand(world) == [(0, 0, 0, 0), (1, 1, 0, 0)]
    assert world.see(taken.id).query.state is State.AWAITING_REPLY
    assert by_hand(world) == [(0, 0, 0, 0), (1, 0, 1, 0)]
    form = [("MessageSid", posted.sid), ("MessageStatus", "delivered")]
    assert not store(world.ctx, Arrived(WebhookKind.STATUS, form, posted.outgoing.attempt_id)), "the same key"


def test_a_failure_nobody_told_us_of_reaches_people_with_its_reason(world: World) -> None:
    taken = world.refer()
    (posted,) = world.send()
    world.carrier.report(posted.sid, "undelivered", 30005)
    by_hand(world)
    assert world.open_handoffs(taken.id) == [("hotline", "not_delivered")]


def test_a_status_never_goes_back(world: World) -> None:
    taken = world.texted()
    world.carrier.report(world.carrier.posted[0].sid, "sent")
    assert by_hand(world) == [(0, 0, 0, 0), (1, 0, 1, 0)]
    assert world.see(taken.id).texts[0].delivery == "delivered"


def test_a_text_of_which_nobody_knows_is_bound_by_its_exact_words(world: World) -> None:
    taken = world.refer()
    (dead,) = mark_posting(world.ctx, claim_batch(world.ctx))
    world.carrier.send(dead.outgoing)
    with world.ctx.database.begin() as session:
        session.execute(update(Text).values(lease_until=wall(world)))
    expire_leases(world.ctx)
    assert by_hand(world) == [(0, 0, 0, 0), (1, 1, 0, 0)]
    (text,) = world.see(taken.id).texts
    assert (text.state, text.carrier_sid) == (TextState.HANDED_OVER, world.carrier.posted[0].sid)
    world.sweep()
    assert world.send() == [], "it was sent once"


def test_a_text_from_our_number_that_no_row_knows_is_told(world: World) -> None:
    world.refer()
    world.send()
    with world.ctx.database.begin() as session:
        session.execute(update(Text).values(carrier_sid="SMother"))
    assert by_hand(world) == [(0, 0, 0, 0), (1, 0, 0, 1)]


def test_only_our_numbers_are_asked_for(world: World) -> None:
    hear(world, "SMelse", "hello", to="+85260000000")
    assert by_hand(world) == [(0, 0, 0, 0), (0, 0, 0, 0)]


def test_passes_come_when_due_reach_back_to_the_last_and_are_written_down(world: World) -> None:
    sweep(world.ctx)
    assert reconcile_due(world.ctx) == [], "nothing has been missed yet"
    stop_for(world, 6 * MINUTE)
    hear(world, "SMlost", "Two cotton shirts", ago=15 * MINUTE)
    ins, outs = reconcile_due(world.ctx)
    assert (ins.direction, outs.direction, ins.tally.applied) == (Direction.IN, Direction.OUT, 1)
    assert reconcile_due(world.ctx) == []
    with world.ctx.database.read() as session:
        rows = session.scalars(select(Reconciliation).order_by(Reconciliation.id)).all()
        marks = session.scalars(select(Watermark)).all()
    assert [(row.direction, row.found, row.applied, row.error) for row in rows] == [
        (Direction.IN, 1, 1, None),
        (Direction.OUT, 0, 0, None),
    ]
    assert len(marks) == 2
    assert all(row.finished_at is not None and not row.by_hand for row in rows)
    assert all(wall(world) - mark.known_until < MINUTE and mark.lease_token is None for mark in marks)


def test_one_process_at_a_time_makes_a_pass(world: World) -> None:
    sweep(world.ctx)
    stop_for(world, 6 * MINUTE)
    with world.ctx.database.begin() as session:
        session.execute(update(Watermark).values(lease_until=wall(world) + MINUTE))
    assert reconcile_due(world.ctx) == []
    with world.ctx.database.begin() as session:
        session.execute(update(Watermark).values(lease_until=wall(world)))
    assert len(reconcile_due(world.ctx)) == 2, "a process that died holds it no longer than its lease"


def test_a_carrier_that_cannot_be_asked_moves_no_mark_and_is_asked_again_soon(world: World) -> None:
    sweep(world.ctx)
    stop_for(world, 6 * MINUTE)
    world.carrier.silent = True
    assert [one.error for one in reconcile_due(world.ctx)] == ["The carrier does not answer."] * 2
    with world.ctx.database.read() as session:
        marks = session.scalars(select(Watermark)).all()
        assert len(marks) == 2
        for mark in marks:
            assert wall(world) - mark.known_until > 5 * MINUTE
            assert mark.next_at - wall(world) < timedelta(seconds=3)


@pytest.mark.parametrize("since", [-HOUR, -20 * MINUTE])
def test_a_pass_by_hand_moves_the_mark_only_when_it_leaves_no_hole(world: World, since: timedelta) -> None:
    sweep(world.ctx)
    stop_for(world, 30 * MINUTE)
    beat(world.ctx)
    reconcile_by_hand(world.ctx, wall(world) + since)
    with world.ctx.database.read() as session:
        held = [mark.hold_since is not None for mark in session.scalars(select(Watermark))]
    assert held == [since == -20 * MINUTE] * 2


def test_after_a_gap_people_and_questions_go_on_while_reminders_and_closings_wait(world: World) -> None:
    silent, answered = world.texted(), world.texted()
    world.reply(f"Two shirts {answered.code}")
    fresh = world.refer(sender_mobile="6123 4567")
    world.sweep()
    world.carrier.silent = True
    stop_for(world, 3 * 24 * HOUR)
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, 3 * 24 * HOUR)
    world.sweep()
    assert world.see(silent.id).query.state is State.AWAITING_REPLY, "its closing waits"
    last = world.see(answered.id).history[-1]
    assert last.event == "review_overdue", "people's own clocks go on"
    assert [posted.outgoing.to for posted in world.send()] == ["+85261234567"]
    assert world.see(fresh.id).texts[0].state is TextState.HANDED_OVER
    assert count(world.ctx).held > timedelta(0)
    world.carrier.silent = False
    with world.ctx.database.begin() as session:
        session.execute(update(Watermark).values(next_at=wall(world)))
    world.sweep()
    assert world.see(silent.id).query.state is State.ESCALATED
    assert count(world.ctx).held == timedelta(0)


def test_staff_are_told_when_the_carrier_cannot_be_asked_for_long_and_when_it_can_again(world: World) -> None:
    world.sweep()
    world.carrier.silent = True
    stop_for(world, 30 * MINUTE)
    for _ in range(2):
        world.sweep()
    with world.ctx.database.begin() as session:
        session.execute(update(Watermark).values(hold_since=wall(world) - 16 * MINUTE))
    world.sweep()
    assert count(world.ctx).handoffs[("staff", "carrier_not_asked")] == 1
    world.carrier.silent = False
    with world.ctx.database.begin() as session:
        session.execute(update(Watermark).values(next_at=wall(world)))
    world.sweep()
    assert ("staff", "carrier_not_asked") not in count(world.ctx).handoffs


def test_replies_that_wait_to_be_worked_on_hold_up_the_closing(world: World) -> None:
    """The web server took them while every worker was down: asking the carrier tells nothing new."""
    taken = world.texted()
    world.sweep()
    form = [("MessageSid", "SMwaits"), ("From", MOBILE), ("To", OURS), ("Body", "Two cotton shirts")]
    store(world.ctx, Arrived(WebhookKind.INBOUND, form, at=wall(world) - MINUTE))
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, 73 * HOUR)
    stop_for(world, 5 * MINUTE)
    with world.ctx.database.begin() as session:
        session.execute(update(Heartbeat).values(business_at=wall(world)))
    sweep(world.ctx)
    reconcile_due(world.ctx)
    sweep(world.ctx)
    assert world.see(taken.id).query.state is State.AWAITING_REPLY
    process_webhooks(world.ctx)
    sweep(world.ctx)
    assert world.see(taken.id).query.state is State.REPLIED


OTHER = "+85261234567"


def wait_to_be_worked_on(world: World, sid: str, came: datetime) -> None:
    """A text of another phone, which the web server took at that business time."""
    form = [("MessageSid", sid), ("From", OTHER), ("To", OURS), ("Body", "Two cotton shirts")]
    with world.ctx.database.read() as session:
        at = came - world.ctx.clock.offset(session)
    store(world.ctx, Arrived(WebhookKind.INBOUND, form, at=at))


def closing_of(world: World, taken: Taken) -> datetime:
    """When its window ends; the clock stands a minute later, and a pass has just been made."""
    close_at = world.see(taken.id).rounds[-1].close_at
    assert close_at is not None
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, close_at + MINUTE - world.now())
        session.execute(update(Heartbeat).values(business_at=close_at + MINUTE))
        session.execute(update(Watermark).values(known_until=wall(world)))
    return close_at


def test_a_backlog_of_replies_that_came_after_a_closing_does_not_hold_it_up(world: World) -> None:
    """With webhooks always a little behind, one is always pending: due times are late by that, and no more."""
    world.sweep()  # Nothing is under way yet, and nothing has been missed.
    taken = world.texted()
    close_at = closing_of(world, taken)
    wait_to_be_worked_on(world, "SMafter", close_at + timedelta(milliseconds=1))
    with world.ctx.database.begin() as session:
        session.execute(update(Watermark).values(next_at=wall(world)))
    assert [one.error for one in reconcile_due(world.ctx)] == [None, None], "one pass after another begins later"
    sweep(world.ctx)
    assert world.see(taken.id).query.state is State.ESCALATED


def test_what_comes_after_a_gap_is_over_does_not_prolong_it(world: World) -> None:
    taken = world.texted()
    world.sweep()
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, 73 * HOUR)
    stop_for(world, HOUR)
    sweep(world.ctx)
    assert len(reconcile_due(world.ctx)) == 2
    wait_to_be_worked_on(world, "SMlater", world.now() + timedelta(seconds=1))
    sweep(world.ctx)
    assert world.see(taken.id).query.state is State.ESCALATED


def test_a_silent_text_waits_for_receipts_that_came_before_its_due_time(world: World) -> None:
    """One that names its attempt; the others may wait for their text in vain."""
    world.sweep()
    taken = world.refer()
    (posted,) = world.send()
    due_at = world.see(taken.id).query.next_due_at
    assert due_at is not None
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, due_at + MINUTE - world.now())
        session.execute(update(Heartbeat).values(business_at=due_at + MINUTE))
    form = [("MessageSid", "SMother"), ("MessageStatus", "sent")]
    store(world.ctx, Arrived(WebhookKind.STATUS, form, None, wall(world) - HOUR))
    form = [("MessageSid", posted.sid), ("MessageStatus", "delivered")]
    store(world.ctx, Arrived(WebhookKind.STATUS, form, posted.outgoing.attempt_id, wall(world) - 2 * MINUTE))
    sweep(world.ctx)
    assert world.see(taken.id).query.state is State.RECEIVED
    process_webhooks(world.ctx)
    sweep(world.ctx)
    assert world.see(taken.id).query.state is State.AWAITING_REPLY


def test_a_gap_during_a_pass_is_covered_by_the_next_at_once(world: World) -> None:
    """A machine that was put to sleep in the middle: what it had listed by then says nothing of the hours since."""
    sweep(world.ctx)
    stop_for(world, 30 * MINUTE)
    ask = world.carrier.messages

    def asked(*args: Any) -> Any:
        with world.ctx.database.begin() as session:
            session.execute(update(Watermark).values(hold_since=wall(world)))
        return ask(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.carrier, "messages", asked)
        assert len(reconcile_due(world.ctx)) == 2
    assert count(world.ctx).held > timedelta(0)
    assert len(reconcile_due(world.ctx)) == 2, "not only five minutes later"
    assert count(world.ctx).held == timedelta(0)


def test_a_wall_clock_that_was_set_back_is_a_gap(world: World) -> None:
    """It had run an hour ahead: no pass would be due for an hour, and what webhooks missed by then for ever unknown."""
    sweep(world.ctx)
    stop_for(world, -HOUR)
    assert reconcile_due(world.ctx) == []
    hear(world, "SMlost", "Two cotton shirts", ago=20 * MINUTE)
    sweep(world.ctx)
    assert count(world.ctx).held > timedelta(0)
    ins, _ = reconcile_due(world.ctx)
    assert ins.tally.applied == 1
    with world.ctx.database.read() as session:
        marks = session.scalars(select(Watermark)).all()
        assert len(marks) == 2
        for mark in marks:
            assert mark.hold_since is None
            assert abs(wall(world) - mark.known_until) < MINUTE


@pytest.mark.parametrize("before", [timedelta(0), timedelta(milliseconds=1), MINUTE], ids=str)
def test_a_reply_that_came_before_a_closing_is_worked_on_first(world: World, before: timedelta) -> None:
    world.sweep()  # Nothing is under way yet, and nothing has been missed.
    taken = world.texted()
    close_at = closing_of(world, taken)
    wait_to_be_worked_on(world, "SMbefore", close_at - before)
    sweep(world.ctx)
    assert world.see(taken.id).query.state is State.AWAITING_REPLY
    process_webhooks(world.ctx)
    sweep(world.ctx)
    assert world.see(taken.id).query.state is State.ESCALATED


@pytest.mark.parametrize(("seconds", "posted"), [(-1, 0), (1, 1)], ids=["before", "after"])
def test_a_reminder_waits_for_replies_that_came_before_its_time(world: World, seconds: int, posted: int) -> None:
    world.sweep()  # Nothing is under way yet, and nothing has been missed.
    taken = world.texted()
    world.wind(48 * HOUR + MINUTE)
    (reminder,) = [text for text in world.see(taken.id).texts if text.kind == TextKind.REMINDER]
    wait_to_be_worked_on(world, "SMwaits", reminder.send_after + timedelta(seconds=seconds))
    assert len(world.send()) == posted


def test_winding_the_clock_under_a_running_sweep_is_no_gap(world: World) -> None:
    taken = world.texted()
    world.sweep()
    world.carrier.silent = True
    world.wind(73 * HOUR)
    assert world.see(taken.id).query.state is State.ESCALATED


def test_the_webhooks_of_passes_are_stored_sealed_and_once(world: World) -> None:
    world.texted()
    hear(world, "SMlost", "Two cotton shirts")
    by_hand(world)
    with world.ctx.database.read() as session:
        (webhook,) = session.scalars(select(Webhook).where(Webhook.kind == WebhookKind.INBOUND))
    assert webhook.dedupe_key == "i:SMlost"
    assert dict(json.loads(webhook.form))["Body"] == "Two cotton shirts"


def test_replies_to_a_number_we_no_longer_send_from_are_found_while_its_queries_are_open(world: World) -> None:
    taken = world.texted()
    number = world.see(taken.id).texts[0].sender_id or ""
    hear(world, "SMformer", "Two cotton shirts", to=number)
    world.ctx = replace(world.ctx, sending=replace(world.ctx.sending, sender_ids=("+85264500003",)))
    assert by_hand(world) == [(1, 1, 0, 0), (1, 0, 1, 0)]
    assert world.see(taken.id).query.state is State.REPLIED
