"""Directed probes of suspected bugs."""
from datetime import timedelta
import pytest
from notifier.carriers.port import *
from notifier.domain.lifecycle import State
from notifier.service.new_rounds import *
from notifier.service.resolution import *
from notifier.service import answers
from notifier.domain.permissions import *
from tests.journeys.world import *
OTHER = "+85261234567"
RELAY = Principal("relay", Role.LIAISON)

def test_unknown_notice_after_correct(world):
    t = world.texted()
    world.reply("who is this?")
    world.carrier.kept = False
    world.carrier.script.append(Unknown("x"))
    world.send()
    world.do(t.id, correct(Correction(sender_mobile=OTHER)))
    world.sweep()
    assert [p.outgoing.to for p in world.send()] == [OTHER]

def test_unknown_notice_after_stop(world):
    t = world.texted()
    world.reply("who is this?")
    world.carrier.kept = False
    world.carrier.script.append(Unknown("x"))
    world.send()
    world.reply("STOP")
    world.sweep()
    assert world.send() == []

def test_late_21610_of_old_number(world):
    t = world.refer()
    (p,) = world.send()
    world.do(t.id, correct(Correction(sender_mobile=OTHER)))
    world.receipt(p, "sent")
    (q,) = world.send()
    world.receipt(q, "delivered")
    world.wind(timedelta(hours=49))
    (r,) = world.send()
    world.do(t.id, correct(Correction(sender_mobile=MOBILE)))
    (s,) = world.send()
    world.receipt(r, "failed", 21610)
    assert world.see(t.id).query.state is State.RECEIVED
    u = world.refer(referral_reference="zz")
    assert u.state is State.RECEIVED

def test_never_of_old_round(world):
    from notifier.service.claims import claim_batch, mark_posting
    from notifier.service.outcomes import record_outcome
    t = world.refer()
    (held,) = claim_batch(world.ctx)
    mark_posting(world.ctx, [held])
    world.do(t.id, correct(Correction(sender_mobile=OTHER)))
    record_outcome(world.ctx, held, Never("This number cannot get SMS.", Fault.NUMBER, 21614))
    assert world.see(t.id).query.state is State.RECEIVED
    assert len(world.send()) == 1

def test_sent_answer_after_reopen(world):
    t = world.texted()
    world.do(t.id, accept_answer("A DOLL", "R100"))
    world.do(t.id, reopen("x"))
    (a,) = world.see(t.id).answers
    answers.mark_sent(world.ctx, a.id, RELAY)
    assert ("staff","reopened") in world.open_handoffs(t.id)

def test_late_reply_survives_sent_answer(world):
    t = world.texted()
    world.do(t.id, accept_answer("A DOLL", "R100"))
    world.reply("It was two dolls")
    (a,) = world.see(t.id).answers
    answers.mark_sent(world.ctx, a.id, RELAY)
    assert ("staff","late_reply") in world.open_handoffs(t.id)

def test_carrier_opt_out_stops_others(world):
    a = world.refer()
    (p,) = world.send()
    c = world.refer(referral_reference="c")
    world.receipt(p, "failed", 21610)
    assert world.send() == []
    assert world.open_handoffs(c.id) == [("hotline", "number_suppressed")]

def test_notice_exhausted(world):
    t = world.texted()
    world.reply("who is this?")
    world.carrier.script.extend(NotSent("x", 20429) for _ in range(5))
    world.send()
    assert world.see(t.id).query.state is State.AWAITING_REPLY
