"""Numbers that fail, numbers that have had enough, and what makes them well again. Each story winds the clock."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from notifier.carriers.port import Fault, Never
from notifier.domain.lifecycle import Event, State
from notifier.domain.number_health import Verdict
from notifier.domain.types import TextKind
from notifier.service.fatigue import load_of, loads
from notifier.service.intake import Taken
from notifier.service.new_rounds import Correction, ask_again, correct
from notifier.service.numbers import override_number, see_number
from notifier.service.phones import phone_hash
from notifier.storage.models.texts import TextState
from tests.contexts import NUMBERS, make_context
from tests.fakes import FakeCarrier
from tests.journeys.world import LIAISON, MOBILE, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CAP = 3


@pytest.fixture
def tight(database_url: str) -> Iterator[World]:
    """A world where a phone gets three texts a day, and five a week."""
    carrier = FakeCarrier()
    ctx = make_context(database_url, carrier=carrier, numbers=replace(NUMBERS, texts_per_day=CAP, texts_per_week=5))
    yield World(ctx, carrier)
    ctx.database.dispose()


def fails(world: World, code: int = 30003, **changes: str) -> Taken:
    """A query whose question did not arrive."""
    taken = world.refer(**changes)
    (posted,) = world.send()
    world.receipt(posted, "undelivered", code)
    return taken


def delivers(world: World) -> Taken:
    """A query whose question arrived."""
    taken = world.refer()
    (posted,) = world.send()
    world.receipt(posted, "delivered")
    return taken


def verdict(world: World) -> Verdict:
    return see_number(world.ctx, MOBILE).health.verdict


def sentence(world: World, taken: Taken) -> str:
    """What the hotline reads."""
    (handoff,) = [one for one in world.see(taken.id).handoffs if one.closed_at is None]
    return handoff.sentence


def test_after_two_failures_in_a_row_the_hotline_calls_at_once(world: World) -> None:
    fails(world)
    fails(world, 30005)
    third = world.refer()
    assert world.see(third.id).query.state is State.ESCALATED
    assert world.open_handoffs(third.id) == [("hotline", "number_unhealthy")]
    assert "last 2 texts" in sentence(world, third)
    assert "the number is not in use" in sentence(world, third)
    assert "call the sender, or correct the number" in sentence(world, third)
    assert world.send() == []


def test_one_failure_is_no_reason_yet(world: World) -> None:
    fails(world)
    assert world.refer().state is State.RECEIVED
    assert len(world.send()) == 1


def test_a_delivery_between_two_failures_keeps_the_phone_healthy(world: World) -> None:
    fails(world)
    delivers(world)
    fails(world)
    assert world.refer().state is State.RECEIVED


@pytest.mark.parametrize("code", [30007, 30008, None])
def test_failures_that_are_not_the_phones_say_nothing_of_it(world: World, code: int | None) -> None:
    world.carrier.error_code = code
    for _ in range(3):
        taken = world.refer()
        (posted,) = world.send()
        world.receipt(posted, "undelivered", code)
        assert world.open_handoffs(taken.id) == [("hotline", "not_delivered")]
    assert verdict(world) is Verdict.HEALTHY


def test_a_number_the_carrier_does_not_even_try_is_called_from_the_next_query_on(world: World) -> None:
    world.carrier.script.append(Never("This is not a telephone number.", Fault.NUMBER, 21211))
    world.refer()
    assert world.send() == []
    second = world.refer()
    assert world.open_handoffs(second.id) == [("hotline", "number_unhealthy")]
    assert "The last text to this phone did not arrive" in sentence(world, second)


def test_a_late_delivery_makes_a_phone_healthy_again_by_itself(world: World) -> None:
    fails(world)
    second = world.refer()
    (posted,) = world.send()
    world.receipt(posted, "undelivered", 30003)
    assert verdict(world) is Verdict.FAILING
    world.receipt(posted, "delivered")
    assert verdict(world) is Verdict.HEALTHY
    assert world.see(second.id).texts[0].trouble is None
    assert world.refer().state is State.RECEIVED


def test_what_was_told_later_counts_as_later(world: World) -> None:
    """Two texts fail, and then an earlier one turns out to have arrived: the phone works."""
    slow = world.refer()
    (first,) = world.send()
    fails(world)
    fails(world)
    assert verdict(world) is Verdict.FAILING
    world.wind(HOUR)
    world.receipt(first, "delivered")
    assert world.see(slow.id).query.state is State.AWAITING_REPLY
    assert verdict(world) is Verdict.HEALTHY


def test_failures_are_forgotten_after_their_period(world: World) -> None:
    fails(world)
    fails(world)
    world.wind(29 * DAY)
    assert world.refer().state is State.ESCALATED
    world.wind(2 * DAY)
    assert world.refer().state is State.RECEIVED


def test_another_phone_is_not_touched(world: World) -> None:
    fails(world)
    fails(world)
    assert world.refer(sender_mobile="6123 4567").state is State.RECEIVED


def test_a_corrected_number_is_judged_by_itself(world: World) -> None:
    fails(world)
    second = fails(world)
    world.do(second.id, correct(Correction(sender_mobile="6123 4567")))
    assert [posted.outgoing.to for posted in world.send()] == ["+85261234567"]


def test_a_question_that_waited_while_its_phone_died_becomes_a_handoff(world: World) -> None:
    first, second, waiting = world.refer(), world.refer(), world.refer()
    posted = world.send()[:2]
    assert len(posted) == 2
    again = world.refer()
    for one in posted:
        world.receipt(one, "undelivered", 30006)
    assert world.send() == []
    assert world.open_handoffs(again.id) == [("hotline", "number_unhealthy")]
    assert {world.see(one.id).query.state for one in (first, second)} == {State.ESCALATED}
    assert world.see(waiting.id).query.state is State.RECEIVED, "it had left before"


def test_a_reminder_to_a_phone_that_died_meanwhile_is_skipped_and_the_closing_comes(world: World) -> None:
    waiting = delivers(world)
    world.wind(47 * HOUR)
    fails(world)
    fails(world)
    world.wind(2 * HOUR)
    assert world.send() == []
    skipped = world.see(waiting.id).history[-1]
    assert skipped.event is Event.REMINDER_SKIPPED
    assert "did not arrive" in skipped.detail["because"]
    world.wind(24 * HOUR)
    assert world.open_handoffs(waiting.id) == [("hotline", "no_reply")]


def test_staff_who_know_better_let_the_number_begin_anew(world: World) -> None:
    fails(world)
    fails(world)
    done = override_number(world.ctx, MOBILE, LIAISON, "The sender called: the handset is on again")
    assert "Nothing goes out by itself" in " ".join(done.consequences)
    assert done.seen.why_not is None
    world.wind(HOUR)
    fails(world)
    assert world.refer().state is State.RECEIVED, "one failure since is one"
    (posted,) = world.send()
    world.receipt(posted, "undelivered", 30003)
    assert world.refer().state is State.ESCALATED


def test_staff_who_know_better_ask_for_one_query_in_spite_of_it(world: World) -> None:
    fails(world)
    second, third = fails(world), world.refer()
    world.do(third.id, ask_again())
    assert world.send() == []
    done = world.do(third.id, ask_again(despite_health="The sender called from it a minute ago"))
    assert done.state is State.RECEIVED
    assert "in spite of failed texts" in " ".join(done.consequences)
    (posted,) = world.send()
    assert third.code in posted.outgoing.body
    assert world.see(third.id).history[-2].detail["despite_health"] is True
    assert world.refer().state is State.ESCALATED, "another query is another"
    world.do(second.id, ask_again())
    assert world.send() == []


def test_a_preview_overrides_nothing(world: World) -> None:
    fails(world)
    second = fails(world)
    told = world.do(second.id, ask_again(despite_health="It works"), preview=True)
    assert told.state is State.RECEIVED
    world.do(second.id, ask_again())
    assert world.send() == []


def test_a_phone_that_has_had_its_texts_gets_no_other_and_nothing_is_dropped(tight: World) -> None:
    for _ in range(CAP):
        delivers(tight)
    fourth = tight.refer()
    assert tight.open_handoffs(fourth.id) == [("hotline", "text_cap")]
    assert "has had 3 texts in 24 hours, and may get 3" in sentence(tight, fourth)
    tight.wind(DAY)
    tight.do(fourth.id, ask_again())
    assert len(tight.send()) == 1


def test_the_week_has_a_cap_of_its_own(tight: World) -> None:
    for _ in range(5):
        taken = delivers(tight)
        tight.reply(f"{taken.code} two cotton shirts")
        tight.wind(DAY)
    sixth = tight.refer()
    assert "has had 5 texts in seven days, and may get 5" in sentence(tight, sixth)
    assert verdict(tight) is Verdict.FULL
    tight.wind(7 * DAY)
    assert verdict(tight) is Verdict.HEALTHY


def test_what_is_queued_counts_at_intake(tight: World) -> None:
    """Thirty queries of one moment: the phone gets its texts, the hotline the rest, before anything has left."""
    taken = [tight.refer() for _ in range(30)]
    states = [one.state for one in taken]
    assert states == [State.RECEIVED] * CAP + [State.ESCALATED] * 27
    assert len(tight.send()) == CAP
    assert all(tight.open_handoffs(one.id) == [("hotline", "text_cap")] for one in taken[CAP:])


def test_a_cap_reached_between_intake_and_sending_makes_a_handoff(tight: World) -> None:
    taken = [tight.refer() for _ in range(CAP)]
    tight.ctx = replace(tight.ctx, numbers=replace(NUMBERS, texts_per_day=1, texts_per_week=5))
    (posted,) = tight.send()
    assert taken[0].code in posted.outgoing.body, "the oldest goes first"
    for one in taken[1:]:
        assert tight.open_handoffs(one.id) == [("hotline", "text_cap")]
        (text,) = tight.see(one.id).texts
        assert text.state is TextState.FAILED


def test_a_reminder_over_the_cap_is_skipped_with_its_reason_and_the_closing_still_comes(tight: World) -> None:
    waiting = delivers(tight)
    tight.wind(47 * HOUR)
    for _ in range(CAP):
        delivers(tight)
    tight.wind(2 * HOUR)
    assert waiting.code not in " ".join(posted.outgoing.body for posted in tight.send())
    whole = tight.see(waiting.id)
    assert whole.query.state is State.AWAITING_REPLY
    (reminder,) = [text for text in whole.texts if text.kind is TextKind.REMINDER]
    assert (reminder.state, "has had 3 texts" in (reminder.reason or "")) == (TextState.CANCELLED, True)
    assert whole.history[-1].event is Event.REMINDER_SKIPPED
    assert "has had 3 texts" in whole.history[-1].detail["because"]
    tight.wind(24 * HOUR)
    assert tight.open_handoffs(waiting.id) == [("hotline", "no_reply")]


def test_an_answer_to_somebody_who_wrote_is_capped_too_and_people_are_told(tight: World) -> None:
    first = delivers(tight)
    for _ in range(CAP - 1):
        delivers(tight)
    tight.reply(f"{first.code} is this a scam?")
    assert tight.send() == []
    assert ("hotline", "text_cap") in tight.open_handoffs(first.id)


def test_staff_may_let_one_text_more_through(tight: World) -> None:
    for _ in range(CAP):
        delivers(tight)
    fourth = tight.refer()
    tight.do(fourth.id, ask_again(despite_health="The sender waits for it on the phone"))
    assert len(tight.send()) == 1
    override_number(tight.ctx, MOBILE, LIAISON, "A business that wants them")
    assert verdict(tight) is Verdict.HEALTHY


def test_the_count_is_a_function_others_may_use(tight: World) -> None:
    mobile_hash = phone_hash(tight.ctx.database.keyring, MOBILE)
    delivers(tight)
    tight.refer()
    with tight.ctx.database.read() as session:
        now = tight.ctx.clock.business(session)
        assert loads(session, [mobile_hash, "nobody"], now)[mobile_hash].day == 1
        assert load_of(session, mobile_hash, now).day == 2, "what is queued counts for what comes next"
        assert load_of(session, "nobody", now).week == 0
