"""Staff decide that a text goes out: by a new deadline, or in spite of what would hold it."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from notifier.domain.errors import Invalid
from notifier.domain.lifecycle import State
from notifier.domain.quiet_hours import HONG_KONG, QuietHours
from notifier.domain.types import Language, Team
from notifier.service.items import do_not_load
from notifier.service.new_rounds import Correction, ask_again, correct
from notifier.service.resolution import escalate
from tests.journeys.world import LIAISON, World

HOUR = timedelta(hours=1)
ITEM = "RR123456785HK"


def at_night(world: World) -> None:
    """It is ten in the evening, and texts wait until nine."""
    now = world.now().astimezone(HONG_KONG)
    ten = datetime.combine(now.date() + timedelta(days=1), time(22), HONG_KONG)
    world.wind(ten - now)
    hours = QuietHours(time(21), time(9))
    world.ctx = replace(world.ctx, window=replace(world.ctx.window, quiet_hours=hours))


def test_a_deadline_in_the_night_goes_to_people_until_customs_gives_a_later_one(world: World) -> None:
    at_night(world)
    taken = world.refer(deadline_at=(world.now() + 5 * HOUR).isoformat())
    assert world.open_handoffs(taken.id) == [("staff", "deadline_too_close")]
    world.do(taken.id, ask_again())
    assert world.open_handoffs(taken.id) == [("staff", "deadline_too_close")], "the same bar is met again"
    later = world.now() + 30 * HOUR
    done = world.do(taken.id, ask_again(deadline_at=later))
    assert "The deadline is now" in " ".join(done.consequences)
    whole = world.see(taken.id)
    assert (whole.query.state, whole.query.deadline_at) == (State.RECEIVED, later)
    (traced,) = [row for row in whole.history if "deadline_at" in row.detail]
    assert datetime.fromisoformat(traced.detail["deadline_at"]) == later
    assert world.send() == [], "the night still holds it"
    world.wind(12 * HOUR)
    (text,) = world.send()
    world.receipt(text, "delivered")
    assert world.see(taken.id).rounds[-1].close_at == later


def test_asked_anyway_it_goes_out_in_the_night(world: World) -> None:
    at_night(world)
    taken = world.refer(deadline_at=(world.now() + 5 * HOUR).isoformat())
    done = world.do(taken.id, ask_again(anyway=True))
    assert "anyway" in " ".join(done.consequences)
    assert len(world.send()) == 1
    assert world.see(taken.id).history[-2].detail["anyway"] is True


def test_asked_anyway_after_its_deadline_it_has_the_usual_window(world: World) -> None:
    taken = world.refer(sender_mobile="", deadline_at=(world.now() + HOUR).isoformat())
    world.wind(2 * HOUR)
    world.do(taken.id, correct(Correction(sender_mobile="9123 4567")))
    assert world.open_handoffs(taken.id) == [("staff", "deadline_too_close")]
    done = world.do(taken.id, ask_again(anyway=True))
    assert "The old deadline is over and no longer counts: the usual window does." in done.consequences
    (text,) = world.send()
    world.receipt(text, "delivered")
    asked = world.see(taken.id).rounds[-1]
    assert asked.close_at == asked.opened_at + 72 * HOUR


def test_a_deadline_that_is_over_is_refused(world: World) -> None:
    taken = world.texted()
    before = world.see(taken.id).query.history_hash
    with pytest.raises(Invalid, match="deadline_at"):
        world.do(taken.id, ask_again(deadline_at=world.now()))
    assert world.see(taken.id).query.history_hash == before


def test_a_stopped_item_is_asked_about_only_anyway(world: World) -> None:
    do_not_load(world.ctx, ITEM, LIAISON)
    taken = world.refer()
    assert world.open_handoffs(taken.id) == [("staff", "item_stopped")]
    world.do(taken.id, ask_again())
    assert world.open_handoffs(taken.id) == [("staff", "item_stopped")]
    assert world.send() == []
    world.do(taken.id, ask_again(anyway=True))
    assert world.open_handoffs(taken.id) == []
    assert len(world.send()) == 1
    world.sweep()
    assert world.see(taken.id).query.state is State.RECEIVED, "nobody takes the decision back"


@pytest.mark.parametrize(("phone", "handoff"), [("9123 4567", "number_suppressed"), ("2345 6789", "number_unusable")])
def test_a_phone_that_wants_or_takes_no_texts_gets_none_anyway(world: World, phone: str, handoff: str) -> None:
    world.reply("STOP")
    taken = world.refer(sender_mobile=phone)
    world.do(taken.id, ask_again(anyway=True))
    assert world.open_handoffs(taken.id) == [("hotline", handoff)]
    assert world.send() == []


def test_what_no_text_may_ask_is_not_texted_anyway(world: World) -> None:
    taken = world.refer(questions=[{"code": "F102"}])
    world.do(taken.id, ask_again(anyway=True))
    assert world.open_handoffs(taken.id) == [("hotline", "not_by_sms")]
    assert world.send() == []


def officer_first(world: World) -> None:
    """Where customs wrote words of their own, an officer chooses."""
    catalogue = world.ctx.catalogue
    codes = {**catalogue.codes, "F605": replace(catalogue.codes["F605"], officer_first=True)}
    world.ctx = replace(world.ctx, catalogue=replace(catalogue, codes=codes))


def test_a_mere_correction_does_not_choose_for_the_officer(world: World) -> None:
    officer_first(world)
    taken = world.refer(questions=[{"code": "F605", "text": "State the fibre, please"}], language="en")
    assert world.open_handoffs(taken.id) == [("staff", "choose_wording")]
    world.do(taken.id, correct(Correction(language=Language.ZH_HANT)))
    assert world.open_handoffs(taken.id) == [("staff", "choose_wording")]
    assert world.send() == []
    world.do(taken.id, ask_again())
    assert len(world.send()) == 1
    world.do(taken.id, correct(Correction(language=Language.EN)))
    assert len(world.send()) == 1, "the officer chose before"


def test_what_was_chosen_for_a_phone_that_takes_no_texts_stays_chosen_for_the_right_one(world: World) -> None:
    officer_first(world)
    taken = world.refer(questions=[{"code": "F605", "text": "State the fibre, please"}], sender_mobile="2345 6789")
    world.do(taken.id, ask_again())
    assert world.open_handoffs(taken.id) == [("hotline", "number_unusable")]
    world.do(taken.id, escalate(Team.STAFF))
    world.do(taken.id, correct(Correction(sender_mobile="9123 4567")))
    assert len(world.send()) == 1
