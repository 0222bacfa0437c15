"""Telling staff: one message for all that is new, once, however many schedulers look; bounded when nobody answers."""

import re
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from structlog.testing import capture_logs

from notifier.audit import audit_due
from notifier.carriers.port import Unknown
from notifier.domain.alarms import WORDS, AlarmKind, TellingPolicy
from notifier.domain.permissions import SYSTEM
from notifier.domain.quiet_hours import QuietHours
from notifier.service.alarms import decide_due, list_alarms
from notifier.service.clock import Clock
from notifier.service.items import do_not_load
from notifier.service.reconciling import reconcile_due
from notifier.service.switches import pause_sending, resume_sending
from notifier.service.taking_on import claim
from notifier.service.telling import bring_messages, show_life
from notifier.service.webhooks import keep_refused
from notifier.storage.models import AlarmMessage, Handoff
from notifier.storage.models.alarms import MessageState
from notifier.storage.models.inbound import WebhookKind
from notifier.telling.port import NobodyListens, Told
from tests.journeys.world import LIAISON, MOBILE, World

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOON = datetime(2027, 1, 6, 4, 0, tzinfo=UTC)  # a Wednesday in Hong Kong


class SetClock(Clock):
    """A wall clock that stands where a test puts it."""

    def __init__(self) -> None:
        super().__init__(movable=True)
        self.now = NOON

    def wall(self) -> datetime:
        return self.now


@dataclass
class Staff:
    """A teller that keeps what it is told; `script`: how the next ones end, and an exception is its process' death."""

    names: Sequence[str] = ("desk",)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    script: deque[Any] = field(default_factory=deque)

    def receivers(self) -> Sequence[str]:
        return self.names

    def tell(self, receiver: str, title: str, body: str) -> Told:
        self.told.append((receiver, title, body))
        end = self.script.popleft() if self.script else Told.TOLD
        if isinstance(end, BaseException):
            raise end
        return Told(end)


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Watch:
    """A world, its clock, and its staff."""

    world: World
    clock: SetClock
    staff: Staff

    def pass_time(self, by: timedelta = MINUTE, *, swept: bool = True) -> list[str]:
        """Time passes, and a tick comes by; the bodies that staff got meanwhile."""
        before = len(self.staff.told)
        self.clock.now += by
        if swept:
            self.world.sweep()
        else:
            reconcile_due(self.world.ctx)
        audit_due(self.world.ctx)
        decide_due(self.world.ctx)
        bring_messages(self.world.ctx)
        return [body for _, _, body in self.staff.told[before:]]

    def pause(self, actor: Any = SYSTEM) -> None:
        with self.world.ctx.database.begin() as session:
            pause_sending(session, self.world.ctx, "The account is refused.", actor)

    def resume(self) -> None:
        with self.world.ctx.database.begin() as session:
            resume_sending(session, self.world.ctx, LIAISON)

    def plant(self, statement: str) -> None:
        with self.world.ctx.database.begin() as session:
            session.execute(text(statement))


@pytest.fixture
def watch(world: World) -> Watch:
    """At noon, with office hours; nothing has ever been told."""
    clock, staff = SetClock(), Staff()
    telling = TellingPolicy(off_hours=QuietHours.parse("18:00-09:00"))
    ctx = replace(world.ctx, clock=clock, teller=staff, telling=telling)
    made = Watch(World(ctx, world.carrier), clock, staff)
    made.world.sweep()
    return made


def kinds(body: str) -> list[str]:
    """Which alarms a message speaks of, with the word before each."""
    named = {words.means: kind.value for kind, words in WORDS.items()}
    said = re.findall(r"^\[(\w+)\] (.+?)(?: \(|, since)", body, re.MULTILINE)
    return [f"{news} {named[next(means for means in named if means.startswith(told))]}" for news, told in said]


def test_nothing_wrong_is_nothing_told(watch: Watch) -> None:
    assert [watch.pass_time(HOUR) for _ in range(3)] == [[], [], []]
    assert list_alarms(watch.world.ctx) == []


def test_all_that_is_new_is_one_message_to_each_receiver(watch: Watch) -> None:
    watch.staff.names = ("desk", "pager")
    watch.world.refer(sender_mobile="")
    watch.world.refer(kind="RFS", questions=[])
    watch.pause()
    watch.pass_time()
    assert [receiver for receiver, _, _ in watch.staff.told] == ["desk", "pager"]
    (title, body), other = ((said[1], said[2]) for said in watch.staff.told)
    assert (title, body) == other
    assert title == "Notifier: wake someone"
    assert kinds(body) == ["new sending_paused", "new new_handoffs"]
    assert "(hotline number_unusable 1; security screening 1)" in body
    assert watch.pass_time() == []


def test_it_is_told_again_when_it_doubles_or_after_hours_and_once_when_it_is_over(watch: Watch) -> None:
    for _ in range(2):
        watch.world.refer(sender_mobile=f"+8526123{next(watch.world.numbers):04}")
    watch.pause()
    (first,) = watch.pass_time()
    assert kinds(first) == ["new sending_paused"]
    assert "2 texts wait)" in first
    assert "2 people are affected" in first
    assert watch.pass_time() == []
    for _ in range(2):
        watch.world.refer(sender_mobile=f"+8526123{next(watch.world.numbers):04}")
    (worse,) = watch.pass_time()
    assert kinds(worse) == ["worse sending_paused"]
    assert "4 texts wait)" in worse
    watch.clock.now += 3 * HOUR
    assert watch.pass_time() == []
    (still,) = watch.pass_time(HOUR)
    assert kinds(still) == ["still sending_paused"]
    watch.resume()
    watch.world.send()
    assert watch.pass_time() == [], "it may come back any moment"
    (over,) = watch.pass_time(5 * MINUTE)
    assert kinds(over) == ["over sending_paused"]
    assert watch.pass_time(HOUR) == []
    assert list_alarms(watch.world.ctx) == []


def test_what_can_wait_is_told_at_nine_and_what_wakes_somebody_at_once(watch: Watch) -> None:
    watch.clock.now = NOON.replace(hour=14)  # 22:00 in Hong Kong
    watch.world.refer(sender_mobile="")
    assert watch.pass_time() == []
    (shown,) = list_alarms(watch.world.ctx)
    assert (shown.urgency, shown.waits, shown.told_at) == ("can wait until 09:00", True, None), "it can be seen"
    watch.pause()
    (woken,) = watch.pass_time()
    assert kinds(woken) == ["new sending_paused"]
    watch.resume()
    (over,) = watch.pass_time(6 * MINUTE)
    assert kinds(over) == ["over sending_paused"]
    watch.clock.now = NOON.replace(day=7, hour=0, minute=58)
    assert watch.pass_time() == []
    (morning,) = watch.pass_time()
    assert "new new_handoffs" in kinds(morning)
    assert watch.staff.told[-1][1] == "Notifier: can wait until 09:00"


def test_an_item_that_must_not_depart_wakes_somebody(watch: Watch) -> None:
    watch.clock.now = NOON.replace(hour=14)
    watch.world.texted()
    do_not_load(watch.world.ctx, "RR123456785HK", LIAISON)
    (body,) = watch.pass_time()
    assert "do_not_load 1" in body
    assert watch.staff.told[-1][1] == "Notifier: wake someone"


def test_new_handoffs_are_told_once_each_and_gathered(watch: Watch) -> None:
    watch.world.refer(sender_mobile="")
    assert len(watch.pass_time()) == 1
    watch.world.refer(sender_mobile="")
    assert [watch.pass_time() for _ in range(14)] == [[]] * 14
    watch.world.refer(kind="RFS", questions=[])
    (gathered,) = watch.pass_time()
    assert "(hotline number_unusable 1; security screening 1)" in gathered
    assert watch.pass_time(16 * MINUTE) == []


def test_handoffs_that_nobody_claims_in_time_are_told_by_team_and_reason(watch: Watch) -> None:
    watch.world.refer(sender_mobile="")
    watch.world.refer(kind="RFS", questions=[])
    watch.pass_time()
    with watch.world.ctx.database.read() as session:
        screening = session.scalars(select(Handoff.id).where(Handoff.reason == "screening")).one()
    watch.clock.now += 2 * HOUR
    claim(watch.world.ctx, screening, LIAISON)
    watch.world.sweep()
    (body,) = watch.pass_time()
    assert "new handoffs_waiting" in kinds(body)
    assert "past its time (hotline number_unusable 1)" in body, "the claimed one is in hand"


def test_what_was_put_off_waits_for_nobody_until_its_time(watch: Watch) -> None:
    watch.world.refer(sender_mobile="")
    watch.pass_time()
    with watch.world.ctx.database.begin() as session:
        later = watch.world.ctx.clock.business(session) + 10 * HOUR
        session.execute(update(Handoff).values(shown_from=later, due_at=later))
    watch.clock.now += 3 * HOUR
    assert not [body for body in watch.pass_time() if "handoffs_waiting" in kinds(body)]


def test_old_unknowns_are_an_alarm_after_a_while(watch: Watch) -> None:
    watch.world.carrier.script.append(Unknown("The line dropped."))
    watch.world.refer()
    watch.world.send()
    watch.world.carrier.silent = True
    assert watch.pass_time(14 * MINUTE) == []
    (body,) = watch.pass_time()
    assert "new old_unknowns" in kinds(body)
    assert "(1 texts)" in body
    assert "1 person is affected" in body


def test_what_the_auditor_keeps_finding_wakes_somebody_and_a_moments_lag_nobody(watch: Watch) -> None:
    watch.world.texted()
    with watch.world.ctx.database.begin() as session:
        watch.clock.advance(session, 73 * HOUR)
    assert watch.pass_time(swept=False) == [], "found, but the sweep may come by any moment"
    assert watch.pass_time(swept=False) == []
    (body,) = watch.pass_time(swept=False)
    assert kinds(body) == ["new audit_lag"]
    assert re.search(r"\(closing: 1 overdue by 6\d min; window: 1 overdue by \d+ min\)", body)
    assert watch.staff.told[-1][1] == "Notifier: wake someone"
    watch.pass_time()
    assert "over audit_lag" in kinds("\n".join(watch.pass_time(6 * MINUTE)))


def test_an_auditor_that_begins_and_does_not_finish_is_an_alarm(watch: Watch) -> None:
    watch.pass_time()
    watch.plant("UPDATE duties SET turn = turn + 3, next_at = '2040-01-01 00:00:00' WHERE name = 'audit'")
    (body,) = watch.pass_time()
    assert "(the auditor itself does not finish)" in body


def test_held_firing_is_an_alarm_after_a_quarter_of_an_hour_and_no_auditors_lag(watch: Watch) -> None:
    watch.world.texted()
    with watch.world.ctx.database.begin() as session:
        watch.clock.advance(session, 73 * HOUR)
    watch.world.carrier.silent = True
    watch.clock.now += 11 * MINUTE
    watch.world.sweep()
    told = [watch.pass_time() for _ in range(14)]
    assert told == [[]] * 14
    (body,) = watch.pass_time()
    assert "new firing_held" in kinds(body)
    assert "audit_lag" not in " ".join(kinds(body))
    assert "1 person is affected" in body


def test_a_burst_of_refused_webhooks_is_an_alarm_and_a_few_are_not(watch: Watch) -> None:
    for number in range(9):
        keep_refused(watch.world.ctx, WebhookKind.INBOUND, "the signature does not fit", f"Body={number}")
    (body,) = watch.pass_time()
    assert kinds(body) == ["new new_handoffs"], "the handoff of the first one"
    keep_refused(watch.world.ctx, WebhookKind.STATUS, "the signature does not fit", "one more")
    (body,) = watch.pass_time()
    assert kinds(body) == ["new webhooks_refused"]
    assert "(10 within 15 min)" in body
    assert "9 people are affected" in body


def test_rows_set_aside_are_an_alarm(watch: Watch) -> None:
    watch.world.texted()
    watch.plant("UPDATE queries SET quarantined_at = received_at")
    (body,) = watch.pass_time()
    assert kinds(body) == ["new quarantine"]
    assert "(1 rows)" in body


@pytest.mark.parametrize("receivers", [("desk",), ()], ids=["told", "nobody to tell"])
def test_every_alarm_is_one_line_in_the_log(watch: Watch, receivers: Sequence[str]) -> None:
    watch.staff.names = receivers
    watch.world.refer(sender_mobile="")
    watch.pause()
    with capture_logs() as lines:
        watch.pass_time()
    told = [line for line in lines if line["event"] == "alarm"]
    assert [(line["kind"], line["people"], line["urgency"]) for line in told] == [
        ("sending_paused", 0, "wake someone"),
        ("new_handoffs", 1, "can wait until 09:00"),
    ]
    assert all(line["next"] == WORDS[AlarmKind(line["kind"])].step for line in told)
    assert len(watch.staff.told) == len(receivers)


def test_no_alarm_knows_a_number_a_name_or_a_word_of_anybody(watch: Watch) -> None:
    """With every kind of them standing at once."""
    world, ctx = watch.world, watch.world.ctx
    world.texted()
    world.reply("My name is Chan Tai Man, flat 5")
    world.refer(sender_mobile="number of Chan 6123 4567?")
    world.carrier.script.append(Unknown(f"{MOBILE} dropped."))
    world.refer(sender_mobile="6123 4567")
    world.send()
    world.carrier.silent = True
    for number in range(10):
        raw = f"Body=Chan Tai Man {number}&From={MOBILE}"
        keep_refused(ctx, WebhookKind.INBOUND, "the signature does not fit", raw)
    with ctx.database.begin() as session:
        pause_sending(session, ctx, f"Chan called from {MOBILE}", SYSTEM)
    watch.plant("UPDATE queries SET quarantined_at = received_at WHERE state = 'replied'")
    with capture_logs() as lines:
        watch.pass_time(11 * MINUTE)
        with ctx.database.begin() as session:
            watch.clock.advance(session, 73 * HOUR)
        watch.plant("UPDATE duties SET turn = turn + 4, next_at = '2040-01-01 00:00:00' WHERE name = 'audit'")
        for _ in range(3):
            watch.pass_time(8 * MINUTE)
    told = "\n".join(f"{title}\n{body}" for _, title, body in watch.staff.told)
    for kind in AlarmKind:
        assert WORDS[kind].means in told, kind
    with ctx.database.read() as session:
        kept = session.scalars(select(AlarmMessage.title + AlarmMessage.body)).all()
    logged = [str(line) for line in lines if line["event"].startswith("alarm")]
    assert len(logged) >= len(AlarmKind)
    for said in (told, *kept, *logged, *(shown.alarm.detail for shown in list_alarms(ctx))):
        for personal in ("Chan", "flat 5", "RR123456785HK", "signature=", "4567"):
            assert personal not in said
        assert not re.search(r"\+852|\d{7,}", said)


def test_two_schedulers_at_the_same_moment_tell_once(watch: Watch) -> None:
    watch.world.refer(sender_mobile="")
    watch.pause()
    for _ in range(5):
        watch.clock.now += 5 * HOUR
        before = len(watch.staff.told)
        start = threading.Barrier(4)

        def tick(start: threading.Barrier = start) -> None:
            start.wait()
            audit_due(watch.world.ctx)
            decide_due(watch.world.ctx)
            bring_messages(watch.world.ctx)

        threads = [threading.Thread(target=tick) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        bring_messages(watch.world.ctx)
        assert len(watch.staff.told) == before + 1


def states(watch: Watch) -> list[tuple[MessageState, int]]:
    with watch.world.ctx.database.read() as session:
        return [(row.state, row.attempts) for row in session.scalars(select(AlarmMessage).order_by(AlarmMessage.id))]


def test_an_unknown_end_is_tried_again_ever_more_seldom_and_given_up(watch: Watch) -> None:
    watch.staff.script.extend([Told.UNKNOWN] * 5)
    watch.pause()
    told_after = []
    for minute in range(40):
        if watch.pass_time():
            told_after.append(minute)
    assert told_after == [0, 1, 3, 7, 15]
    assert states(watch) == [(MessageState.GIVEN_UP, 5)]


def test_a_second_try_may_be_the_last(watch: Watch) -> None:
    watch.staff.script.append(Told.UNKNOWN)
    watch.pause()
    assert [len(watch.pass_time()) for _ in range(4)] == [1, 1, 0, 0]
    assert states(watch) == [(MessageState.TOLD, 2)]


def test_one_receiver_that_fails_costs_the_other_no_second_message(watch: Watch) -> None:
    watch.staff.names = ("desk", "pager")
    watch.staff.script.append(Told.UNKNOWN)
    watch.pause()
    watch.pass_time()
    watch.pass_time()
    told = [receiver for receiver, _, _ in watch.staff.told]
    assert sorted(told) in (["desk", "desk", "pager"], ["desk", "pager", "pager"])


def test_a_receiver_that_left_the_settings_is_not_tried_again(watch: Watch) -> None:
    watch.staff.script.append(Told.NOT_TOLD)
    watch.pause()
    assert [len(watch.pass_time()) for _ in range(3)] == [1, 0, 0]
    assert states(watch) == [(MessageState.GIVEN_UP, 1)]


def test_who_dies_while_telling_leaves_it_to_another_and_no_message_kills_for_ever(watch: Watch) -> None:
    watch.staff.script.extend(Killed() for _ in range(20))
    watch.pause()
    for _ in range(20):
        try:
            watch.pass_time(3 * MINUTE)
        except Killed:
            continue
    assert len(watch.staff.told) == 5
    assert states(watch) == [(MessageState.GIVEN_UP, 6)]


@pytest.fixture
def alive(watch: Watch) -> list[datetime]:
    """When a watcher outside heard from us."""
    heard: list[datetime] = []
    watch.world.ctx = replace(watch.world.ctx, heartbeat=lambda: heard.append(watch.clock.now))
    return heard


def test_a_sign_of_life_goes_out_once_a_minute_whoever_ticks(watch: Watch, alive: list[datetime]) -> None:
    for _ in range(180):
        for _ in range(2):
            show_life(watch.world.ctx)
        watch.clock.now += timedelta(seconds=1)
    assert [at - NOON for at in alive] == [timedelta(0), MINUTE, 2 * MINUTE]


def test_a_watcher_that_does_not_listen_is_told_again_at_the_next_turn(watch: Watch) -> None:
    def deaf() -> None:
        raise NobodyListens("nobody")

    ctx = replace(watch.world.ctx, heartbeat=deaf)
    for _ in range(2):
        with pytest.raises(NobodyListens):
            show_life(ctx)
        assert not show_life(ctx)
        watch.clock.now += MINUTE
