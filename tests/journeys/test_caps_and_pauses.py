"""Stories of enough: a phone has had its texts for this hour, or the house has sent its part for this day."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from notifier.carriers.port import Fault, Hold, Never, NotSent
from notifier.domain.permissions import Principal, Role
from notifier.domain.quiet_hours import HONG_KONG, QuietHours
from notifier.service.alarms import decide_due, list_alarms
from notifier.service.installation import resume
from notifier.service.numbers import override_number
from notifier.service.switches import Pause, pause_sending, see_sending
from notifier.storage.models import Handoff, Text
from notifier.storage.models.house import Cause
from notifier.storage.models.texts import TextState
from tests.contexts import NUMBERS, make_context
from tests.fakes import FakeCarrier
from tests.journeys.world import LIAISON, MOBILE, World

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OPS = Principal("ops", Role.OPS)
FULL = NotSent("Our account's limit of texts for today is used up.", 63038, hold=Hold.TODAY)
REFUSED = NotSent("The carrier refused our account or token.", 20003, hold=Hold.EVERYTHING)


@pytest.fixture
def afternoon(database_url: str) -> Iterator[World]:
    """Three in the afternoon in Hong Kong; a phone gets three texts an hour."""
    carrier = FakeCarrier()
    ctx = make_context(database_url, carrier=carrier, numbers=replace(NUMBERS, texts_per_hour=3))
    world = World(ctx, carrier)
    wind_to(world, time(15))
    yield world
    ctx.database.dispose()


def wind_to(world: World, wanted: time) -> None:
    """To the next time that Hong Kong's clocks show this."""
    local = world.now().astimezone(HONG_KONG)
    at = datetime.combine(local.date(), wanted, HONG_KONG)
    world.wind((at if at > local else at + timedelta(days=1)) - local)


def capped(world: World, segments: int) -> World:
    """The same with a cap for the day."""
    ctx = replace(world.ctx, sending=replace(world.ctx.sending, segments_per_day=segments, threads=1))
    return World(ctx, world.carrier, world.numbers)


def ask_five(world: World) -> list[str]:
    """Their codes, in the order in which they leave."""
    return [world.refer(sender_mobile=f"+8526123{n:04}").code for n in range(5)]


def asked(world: World, codes: list[str]) -> list[bool]:
    """Of which of these the question is with the carrier; never twice."""
    bodies = " ".join(posted.outgoing.body for posted in world.carrier.posted)
    assert all(bodies.count(code) <= 1 for code in codes)
    return [code in bodies for code in codes]


def pause_of(world: World) -> Pause:
    pause = see_sending(world.ctx).pause
    assert pause is not None
    return pause


def go_on(world: World) -> None:
    """Ops resume sending."""
    with world.ctx.database.begin() as session:
        resume(session, world.ctx, OPS)


def house_handoffs(world: World) -> list[str]:
    """What staff are asked to do about the house itself."""
    with world.ctx.database.read() as session:
        wanted = select(Handoff.sentence).where(Handoff.query_id.is_(None), Handoff.closed_at.is_(None))
        return list(session.scalars(wanted))


def test_what_is_over_the_hours_cap_waits_and_loses_nothing(afternoon: World) -> None:
    taken = [afternoon.refer() for _ in range(7)]
    assert len(afternoon.send()) == 3
    assert afternoon.send() == []
    afternoon.wind(59 * MINUTE)
    assert afternoon.send() == []
    afternoon.wind(2 * MINUTE)
    assert len(afternoon.send()) == 3
    afternoon.wind(61 * MINUTE)
    assert len(afternoon.send()) == 1
    assert asked(afternoon, [one.code for one in taken]) == [True] * 7
    for one in taken:
        assert afternoon.open_handoffs(one.id) == []
        assert [attempt.number for attempt in afternoon.see(one.id).attempts] == [1], "to wait is no try"


def test_another_phone_does_not_wait_with_it(afternoon: World) -> None:
    for _ in range(5):
        afternoon.refer()
    afternoon.refer(sender_mobile="6123 4567")
    assert sorted(posted.outgoing.to for posted in afternoon.send()) == ["+85261234567", *[MOBILE] * 3]


def test_a_question_that_would_miss_its_deadline_by_waiting_goes_to_people_at_once(afternoon: World) -> None:
    for _ in range(3):
        afternoon.refer()
    afternoon.send()
    pressing = afternoon.refer(deadline_at=(afternoon.now() + 40 * MINUTE).isoformat())
    easy = afternoon.refer(deadline_at=(afternoon.now() + 30 * HOUR).isoformat())
    assert afternoon.send() == []
    assert afternoon.open_handoffs(pressing.id) == [("hotline", "text_cap")]
    assert afternoon.open_handoffs(easy.id) == []
    afternoon.wind(61 * MINUTE)
    assert [easy.code in posted.outgoing.body for posted in afternoon.send()] == [True]


def test_what_waits_into_the_quiet_hours_waits_for_the_morning(afternoon: World) -> None:
    afternoon.ctx = replace(
        afternoon.ctx, window=replace(afternoon.ctx.window, quiet_hours=QuietHours(time(21), time(9)))
    )
    wind_to(afternoon, time(20, 30))
    taken = [afternoon.refer() for _ in range(4)]
    assert len(afternoon.send()) == 3
    afternoon.wind(2 * HOUR)
    assert afternoon.send() == []
    (text,) = [text for one in taken for text in afternoon.see(one.id).texts if text.state is TextState.QUEUED]
    assert text.send_after.astimezone(HONG_KONG).time() == time(9)
    wind_to(afternoon, time(9, 1))
    assert len(afternoon.send()) == 1


def test_staff_may_let_a_phone_begin_anew(afternoon: World) -> None:
    for _ in range(3):
        afternoon.refer()
    afternoon.send()
    waits = afternoon.refer()
    assert afternoon.send() == []
    override_number(afternoon.ctx, MOBILE, LIAISON, "the sender asked for all of them")
    wanted = afternoon.refer()
    assert [wanted.code in posted.outgoing.body for posted in afternoon.send()] == [True]
    afternoon.wind(61 * MINUTE)
    assert [waits.code in posted.outgoing.body for posted in afternoon.send()] == [True]


def test_our_own_cap_pauses_sending_until_hong_kongs_next_day(afternoon: World) -> None:
    world = capped(afternoon, 5)
    codes = ask_five(world)
    world.send()
    assert asked(world, codes) == [True, True, False, False, False], "two segments each; the fifth has no use"
    pause = pause_of(world)
    assert (pause.cause, pause.actor, pause.reason) == (
        Cause.OWN_DAY,
        "system",
        "Today's cap of 5 segments is reached.",
    )
    assert pause.resume_at is not None
    assert pause.resume_at.astimezone(HONG_KONG).time() == time(0)
    assert see_sending(world.ctx).segments_today == 4
    (sentence,) = house_handoffs(world)
    assert sentence.startswith("Sending was paused: Today's cap of 5 segments is reached. It goes on by itself at ")
    with world.ctx.database.read() as session:
        waiting = list(session.scalars(select(Text).where(Text.state != TextState.HANDED_OVER)))
    assert [(text.state, text.attempts, text.lease_until) for text in waiting] == [(TextState.QUEUED, 0, None)] * 3
    world.wind(8 * HOUR)
    assert world.send() == []
    wind_to(world, time(0, 1))
    assert see_sending(world.ctx).pause is None
    assert house_handoffs(world) == [], "nothing is left to do"
    world.send()
    assert asked(world, codes) == [True, True, True, True, False]
    assert pause_of(world).cause is Cause.OWN_DAY


def test_ops_may_lift_our_own_cap_for_the_rest_of_the_day(afternoon: World) -> None:
    world = capped(afternoon, 4)
    codes = ask_five(world)
    world.send()
    assert asked(world, codes).count(True) == 2
    go_on(world)
    world.send()
    assert asked(world, codes) == [True] * 5
    wind_to(world, time(0, 1))
    for n in range(3):
        world.refer(sender_mobile=f"+8526124{n:04}")
    world.send()
    assert pause_of(world).cause is Cause.OWN_DAY, "the next day has its cap again"


def test_what_the_carrier_refuses_does_not_count(afternoon: World) -> None:
    world = capped(afternoon, 4)
    codes = ask_five(world)
    world.carrier.script.append(Never("This is not a telephone number.", Fault.NUMBER, 21211))
    world.send()
    world.send()
    assert sum(asked(world, codes)) == 2
    assert see_sending(world.ctx).segments_today == 4


def test_the_carriers_daily_limit_stops_the_queue_at_the_first_text_and_ends_with_the_day(afternoon: World) -> None:
    codes = ask_five(afternoon)
    afternoon.ctx = replace(afternoon.ctx, sending=replace(afternoon.ctx.sending, threads=1))
    afternoon.carrier.script.extend([FULL, FULL])
    afternoon.send()
    assert sum(asked(afternoon, codes)) == 0
    assert pause_of(afternoon).cause is Cause.CARRIER_DAY
    decide_due(afternoon.ctx)
    (alarm,) = [one.alarm for one in list_alarms(afternoon.ctx) if one.alarm.kind == "sending_paused"]
    assert alarm.urgency == "can_wait"
    assert alarm.detail.startswith("the carrier's limit for today is used up; 5 texts wait; it goes on by itself at ")
    wind_to(afternoon, time(0, 1))
    afternoon.carrier.script.clear()
    afternoon.send()
    assert asked(afternoon, codes) == [True] * 5


def test_a_receipt_may_tell_of_the_daily_limit_too(afternoon: World) -> None:
    taken = afternoon.refer()
    (posted,) = afternoon.send()
    afternoon.receipt(posted, "failed", 63038)
    assert pause_of(afternoon).cause is Cause.CARRIER_DAY
    wind_to(afternoon, time(0, 1))
    (again,) = afternoon.send()
    assert taken.code in again.outgoing.body


@pytest.mark.parametrize("by", ["people", "carrier"])
def test_a_pause_without_an_end_outlasts_the_day(afternoon: World, by: str) -> None:
    """Whoever paused for good while the day's limit held must not find sending on in the morning."""
    ask_five(afternoon)
    afternoon.ctx = replace(afternoon.ctx, sending=replace(afternoon.ctx.sending, threads=1))
    afternoon.carrier.script.extend([FULL, FULL])
    afternoon.send()
    afternoon.carrier.script.clear()
    with afternoon.ctx.database.begin() as session:
        if by == "people":
            pause_sending(session, afternoon.ctx, "maintenance", OPS)
        else:
            pause_sending(session, afternoon.ctx, REFUSED.reason, Principal("system", None), Cause.CARRIER)
    assert (pause_of(afternoon).cause.value, pause_of(afternoon).resume_at) == (by, None)
    wind_to(afternoon, time(0, 1))
    assert afternoon.send() == []
    go_on(afternoon)
    assert len(afternoon.send()) == 5


def test_the_days_limit_does_not_shorten_a_pause_of_peoples(afternoon: World) -> None:
    (text,) = [afternoon.refer()] and afternoon.send()
    with afternoon.ctx.database.begin() as session:
        pause_sending(session, afternoon.ctx, "maintenance", OPS)
    afternoon.receipt(text, "failed", 63038)
    assert (pause_of(afternoon).reason, pause_of(afternoon).resume_at) == ("maintenance", None)


def test_a_refused_account_costs_two_slices_of_two_hundred_texts_at_most(afternoon: World) -> None:
    for n in range(200):
        afternoon.refer(sender_mobile=f"+8526123{n:04}")
    afternoon.carrier.script.extend([REFUSED] * 200)
    afternoon.send()
    assert 200 - len(afternoon.carrier.script) <= 2 * afternoon.ctx.sending.threads
    pause = pause_of(afternoon)
    assert (pause.cause, pause.resume_at) == (Cause.CARRIER, None)
    wind_to(afternoon, time(0, 1))
    assert afternoon.send() == []
    afternoon.carrier.script.clear()
    go_on(afternoon)
    assert sum(len(afternoon.send()) for _ in range(3)) == 200
