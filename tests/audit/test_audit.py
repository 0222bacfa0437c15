"""The auditor: silent while all is well, and loud about one planted violation of each kind, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from notifier.audit import Finding, audit_due, read_audit
from notifier.audit.checks import CHECKS, KINDS
from notifier.carriers.port import Unknown
from notifier.domain.number_health import NumberPolicy
from notifier.domain.quiet_hours import QuietHours
from notifier.pacing.in_process import PaceInProcess
from notifier.pacing.port import Rate
from notifier.service.resolution import accept_answer
from notifier.service.switches import pause_sending, resume_sending
from notifier.storage.columns import UtcDateTime
from tests.journeys.world import LIAISON, World

_RULES = {"queries": "open_has_due", "answers": "accepted_has_due", "texts": "held_has_lease"}
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def found(world: World) -> dict[str, Finding]:
    """What an audit finds now, without the silent kinds."""
    with world.ctx.database.begin() as session:
        session.execute(text("DELETE FROM duties"))
    assert audit_due(world.ctx)
    with world.ctx.database.read() as session:
        audited = read_audit(session, world.ctx)
    assert tuple(one.kind for one in audited.findings) == KINDS
    assert audited.ago is not None
    return {one.kind: one for one in audited.findings if not one.silent}


def plant(world: World, statement: str, **values: Any) -> None:
    """Write past every rule of the product's; where its tables would refuse, they are made to bear it."""
    engine = world.ctx.database.engine
    bound = {key: _stored(value, engine.dialect) for key, value in values.items()}
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        else:
            for table, rule in _RULES.items():
                connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{rule}")
        assert connection.execute(text(statement), bound).rowcount == 1, "the violation is planted"


def _stored(value: Any, dialect: Any) -> Any:
    return UtcDateTime().process_bind_param(value, dialect) if isinstance(value, datetime) else value


def wind(world: World, by: timedelta) -> None:
    """Time passes, and nobody sweeps."""
    with world.ctx.database.begin() as session:
        world.ctx.clock.advance(session, by)


def received(world: World) -> Any:
    world.refer()
    world.send()


def waiting(world: World) -> Any:
    world.texted()


def replied(world: World) -> Any:
    world.texted()
    world.reply("Two cotton shirts")


def escalated(world: World) -> Any:
    world.refer(sender_mobile="")


def called(world: World) -> Any:
    """A person with more items than texts deal with."""
    world.ctx = replace(world.ctx, numbers=NumberPolicy(queries_by_text=1))
    world.texted()
    world.refer()
    world.send()


def accepted(world: World) -> Any:
    taken = world.texted()
    world.do(taken.id, accept_answer("TWO SHIRTS", "R100"))


def unknown(world: World) -> Any:
    world.refer()
    world.carrier.script.append(Unknown("The line dropped."))
    world.send()


def queued(world: World) -> Any:
    world.refer()


def reminded(world: World) -> Any:
    world.texted()
    world.wind(49 * HOUR)
    world.send()


def closed_on(world: World) -> Any:
    world.texted()
    world.wind(73 * HOUR)


def pass_by(world: World) -> Any:
    world.sweep()


def asked_back(world: World) -> Any:
    """A reply that may be about either of two."""
    world.ctx = replace(world.ctx, sending=replace(world.ctx.sending, sender_ids=("+85264500001",)))
    world.texted()
    world.texted(item_id="CP203011144HK")
    world.reply("toys")
    world.send()


# What nobody may ever see: a state, what is written into it, and what the auditor must say. `:late` is ten minutes ago
# and `:far` is 2040, both in business time.
_COPY = (
    "INSERT INTO history SELECT query_id, seq + 100, event, effect, from_state, to_state, actor, at, detail, "
    "prev_hash, hash FROM history WHERE event = '{}' AND effect = '{}'"
)
_DUE, _NO_DUE, _FAR = (f"UPDATE queries SET next_due_at = {value}" for value in (":late", "NULL", ":far"))
VIOLATIONS: dict[str, tuple[Callable[[World], Any], str, str, str]] = {
    "a receipt that nobody missed": (received, _DUE, "receipt", "overdue"),
    "a text under way without a due time": (received, _NO_DUE, "receipt", "missing"),
    "a text under way with a due time in fourteen years": (received, _FAR, "receipt", "missing"),
    "a window's due time that nobody fired": (waiting, _DUE, "window", "overdue"),
    "a window without a due time": (waiting, _NO_DUE, "window", "missing"),
    "a due time behind the closing": (waiting, _FAR, "window", "missing"),
    "a window that has no closing": (waiting, "UPDATE rounds SET close_at = NULL", "window", "missing"),
    "a window that opened without its history": (
        waiting,
        "UPDATE history SET event = 'reply_noted' WHERE event = 'window_opened'",
        "window",
        "missing",
    ),
    "a window opened twice": (waiting, _COPY.format("window_opened", "move"), "window", "doubled"),
    "a reminder that was never queued": (waiting, "UPDATE rounds SET remind_at = :late", "reminder", "overdue"),
    "a reminder queued twice": (reminded, _COPY.format("reminder_queued", "stay"), "reminder", "doubled"),
    "a window closed twice": (closed_on, _COPY.format("window_closed", "move"), "closing", "doubled"),
    "customs' deadline that passed before the text arrived": (
        received,
        "UPDATE queries SET deadline_at = :late",
        "deadline",
        "overdue",
    ),
    "customs' deadline that passed in the waiting": (
        waiting,
        "UPDATE queries SET deadline_at = :late",
        "deadline",
        "overdue",
    ),
    "an unread reply's clock that ran out": (replied, _DUE, "review", "overdue"),
    "an unread reply without a clock": (replied, _NO_DUE, "review", "missing"),
    "a call's clock that ran out": (escalated, _DUE, "escalation", "overdue"),
    "a call without a clock": (escalated, _FAR, "escalation", "missing"),
    "work that nobody took on, and that became no more urgent": (
        escalated,
        "UPDATE handoffs SET due_at = :late",
        "claim",
        "overdue",
    ),
    "work that hangs on a call which is over": (
        called,
        "UPDATE handoffs SET closed_at = :late WHERE phone_hash IS NOT NULL",
        "claim",
        "missing",
    ),
    "work that may lie for ever": (escalated, "UPDATE handoffs SET due_at = :far", "claim", "missing"),
    "an answer that did not leave": (accepted, "UPDATE answers SET next_due_at = :late", "answer", "overdue"),
    "an answer without a due time": (accepted, "UPDATE answers SET next_due_at = NULL", "answer", "missing"),
    "a held reply that nobody was given": (
        asked_back,
        "UPDATE ask_backs SET due_at = :late",
        "ask_back",
        "overdue",
    ),
    "a held reply that may wait for ever": (asked_back, "UPDATE ask_backs SET due_at = :far", "ask_back", "missing"),
    "a text that does not go out": (
        queued,
        "UPDATE texts SET next_try_at = :late, send_after = :late",
        "text",
        "overdue",
    ),
    "a text put off for ever": (queued, "UPDATE texts SET send_after = :far", "text", "missing"),
    "a text sent twice": (
        waiting,
        "INSERT INTO attempts SELECT text_id, text_id, number + 1, claimed_at, posting_at, finished_at, outcome, "
        "'SMtwice', error_code, reason, asked, failed_later FROM attempts",
        "text",
        "doubled",
    ),
    "a lease that ran out": (
        queued,
        "UPDATE texts SET state = 'claimed', lease_until = :late, lease_token = id",
        "lease",
        "overdue",
    ),
    "a held text without a lease": (queued, "UPDATE texts SET state = 'posting'", "lease", "missing"),
    "a text nobody asks about": (unknown, "UPDATE texts SET next_try_at = :late", "unknown", "overdue"),
    "a text to be asked about in years": (
        unknown,
        "UPDATE texts SET next_try_at = :far",
        "unknown",
        "missing",
    ),
    "a webhook nobody works on": (
        replied,
        "UPDATE webhooks SET state = 'pending', next_try_at = :late WHERE kind = 'inbound'",
        "webhook",
        "overdue",
    ),
    "a webhook put off for ever": (
        replied,
        "UPDATE webhooks SET state = 'pending', next_try_at = :far WHERE kind = 'inbound'",
        "webhook",
        "missing",
    ),
    "a pass over the carrier that is not made": (
        pass_by,
        "UPDATE watermarks SET next_at = :late WHERE direction = 'in'",
        "reconciliation",
        "overdue",
    ),
    "a pause that should have ended": (
        pass_by,
        "INSERT INTO switches (name, off, changed_at, resume_at) VALUES ('sending', true, :late, :late)",
        "pause",
        "overdue",
    ),
    "a message to staff that nobody brings": (
        pass_by,
        "INSERT INTO alarm_messages (id, receiver, title, body, state, attempts, next_try_at, created_at) "
        "VALUES ('00000000000000000000000000000001', 'r', 't', 'b', 'waiting', 0, :late, :late)",
        "alarm_message",
        "overdue",
    ),
    "a query set aside": (waiting, "UPDATE queries SET quarantined_at = :late", "quarantine", "overdue"),
    "a webhook set aside": (
        replied,
        "UPDATE webhooks SET state = 'failed' WHERE kind = 'inbound'",
        "quarantine",
        "overdue",
    ),
    "a text set aside": (queued, "UPDATE texts SET state = 'failed', attempts = 9", "quarantine", "overdue"),
}


@pytest.mark.parametrize(("make", "statement", "kind", "fault"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_one_planted_violation_is_found_as_what_it_is_and_nothing_else(
    world: World, make: Callable[[World], Any], statement: str, kind: str, fault: str
) -> None:
    world.sweep()
    make(world)
    assert found(world) == {}, "all is well before"
    values = {"late": world.now() - 10 * MINUTE, "far": datetime(2040, 1, 1, tzinfo=UTC)}
    plant(world, statement, **{name: value for name, value in values.items() if f":{name}" in statement})
    seen = found(world)
    assert set(seen) == {kind}
    one = seen[kind]
    assert {name: getattr(one, name) for name in ("overdue", "missing", "doubled")} == {
        "overdue": 0,
        "missing": 0,
        "doubled": 0,
    } | {fault: 1}
    assert not one.held
    if fault == "overdue" and kind != "quarantine":
        assert 9 * MINUTE < one.lag < 12 * MINUTE


def test_every_question_is_asked_by_some_violation() -> None:
    planted = {(kind, fault) for _, _, kind, fault in VIOLATIONS.values()} | {("closing", "overdue")}
    assert planted == {(check.kind, check.fault.value) for check in CHECKS}


def test_a_closing_that_the_history_promised_is_missed_whatever_the_rows_say_now(world: World) -> None:
    """The query's and the round's due times are moved away; what was decided when the window opened still counts."""
    world.sweep()
    world.texted()
    far = datetime(2040, 1, 1, tzinfo=UTC)
    plant(world, "UPDATE queries SET next_due_at = :far", far=far)
    plant(world, "UPDATE rounds SET remind_at = NULL, close_at = :far", far=far)
    assert found(world) == {}
    wind(world, 72 * HOUR + 10 * MINUTE)
    assert found(world).keys() == {"closing"}
    closing = found(world)["closing"]
    assert (closing.overdue, closing.people) == (1, 1)
    assert 9 * MINUTE < closing.lag < 12 * MINUTE


def test_a_missing_due_time_is_lag_since_anything_happened(world: World) -> None:
    world.sweep()
    world.texted()
    wind(world, 5 * HOUR)
    plant(world, "UPDATE queries SET next_due_at = NULL")
    seen = found(world)["window"]
    assert (seen.missing, seen.people) == (1, 1)
    assert timedelta(0) <= seen.lag - 5 * HOUR < 5 * MINUTE


def test_people_are_counted_once_however_many_queries_they_have(world: World) -> None:
    world.sweep()
    for phone in ("9123 4567", "9123 4567", "6123 4567"):
        world.refer(sender_mobile=phone)
    world.send()
    wind(world, 13 * HOUR)
    assert (found(world)["receipt"].overdue, found(world)["receipt"].people) == (3, 2)


def test_a_whole_life_leaves_it_silent(world: World) -> None:
    """Every state in turn, reminder and closing included, with a sweep behind each step as it is in life."""
    world.sweep()
    silent, answered = world.texted(), world.refer(sender_mobile="6123 4567")
    (posted,) = world.send()
    world.receipt(posted, "delivered")
    for by in (HOUR, 48 * HOUR, 24 * HOUR, 3 * HOUR):
        world.wind(by)
        world.send()
        assert found(world) == {}
    world.reply("Two cotton shirts", "+85261234567")
    world.wind(5 * HOUR)
    assert found(world) == {}
    world.do(answered.id, accept_answer("TWO SHIRTS", "R100"))
    world.wind(5 * HOUR)
    assert found(world) == {}
    assert world.open_handoffs(silent.id) == [("hotline", "no_reply")]


def test_what_the_gap_rule_holds_is_lag_and_named_as_held(world: World) -> None:
    world.sweep()
    world.texted()
    world.refer(sender_mobile="")
    wind(world, 73 * HOUR)
    hour_ago = datetime.now(UTC) - HOUR
    for direction in ("in", "out"):
        plant(world, f"UPDATE watermarks SET hold_since = :at WHERE direction = '{direction}'", at=hour_ago)
    seen = found(world)
    assert {kind for kind, one in seen.items() if one.held} == {"window", "closing"}
    assert seen["closing"].lag > HOUR - MINUTE
    assert not seen["escalation"].held, "people's clocks are not held"


def test_a_missing_receipt_is_held_by_either_direction_and_a_closing_by_replies_alone(world: World) -> None:
    world.sweep()
    world.texted()
    world.refer(sender_mobile="6123 4567")
    world.send()
    wind(world, 73 * HOUR)
    plant(world, "UPDATE watermarks SET hold_since = :at WHERE direction = 'out'", at=datetime.now(UTC))
    seen = found(world)
    assert (seen["receipt"].held, seen["closing"].held) == (True, False)


def test_a_text_waits_without_lag_while_sending_is_paused_and_counts_from_when_it_may_go(world: World) -> None:
    world.sweep()
    world.refer()
    long_ago = world.now() - 5 * HOUR
    plant(world, "UPDATE texts SET next_try_at = :late, send_after = :late", late=long_ago)
    assert found(world)["text"].lag > 4 * HOUR
    with world.ctx.database.begin() as session:
        pause_sending(session, world.ctx, "maintenance", LIAISON)
    assert found(world) == {}
    with world.ctx.database.begin() as session:
        resume_sending(session, world.ctx, LIAISON)
    assert found(world) == {}, "it may go since this very moment"
    plant(world, "UPDATE switches SET changed_at = :at", at=datetime.now(UTC) - 10 * MINUTE)
    assert 9 * MINUTE < found(world)["text"].lag < 12 * MINUTE


def test_a_webhook_that_is_tried_again_and_again_is_seen_by_its_age(world: World) -> None:
    world.sweep()
    world.texted()
    world.reply("Two cotton shirts")
    now = datetime.now(UTC)
    tried = "UPDATE webhooks SET state = 'pending', received_at = :came, next_try_at = :soon WHERE kind = 'inbound'"
    plant(world, tried, came=now - 14 * MINUTE, soon=now + MINUTE)
    assert "webhook" not in found(world)
    plant(world, tried, came=now - 16 * MINUTE, soon=now + MINUTE)
    assert found(world)["webhook"].overdue == 1


def test_an_answer_that_was_held_up_into_the_night_is_no_lag_before_the_morning(world: World) -> None:
    world.sweep()
    world.texted()
    world.reply("is this a scam?")
    late = datetime.now(UTC) - 5 * HOUR
    plant(world, "UPDATE texts SET next_try_at = :late, send_after = :late WHERE state = 'queued'", late=late)
    assert found(world)["text"].lag > 4 * HOUR
    local = (world.now() + 8 * HOUR).time()  # Hong Kong's
    night = QuietHours(_less(local, HOUR), _less(local, -HOUR))
    world.ctx = replace(world.ctx, window=replace(world.ctx.window, quiet_hours=night))
    assert "text" not in found(world)


def test_quiet_hours_hold_a_reminder_without_lag_until_they_end(world: World) -> None:
    world.sweep()
    world.texted()
    world.wind(49 * HOUR)
    now = world.now()
    late = datetime.now(UTC) - 5 * HOUR
    planted = "UPDATE texts SET next_try_at = :late, send_after = :earlier WHERE kind = 'reminder'"
    plant(world, planted, late=late, earlier=now - 5 * HOUR)
    assert found(world)["reminder"].lag > 4 * HOUR
    local = (now + 8 * HOUR).time()  # Hong Kong's

    def ended(ago: timedelta) -> QuietHours:
        return QuietHours(_less(local, 12 * HOUR), _less(local, ago))

    night, dawn, morning = ended(-HOUR), ended(timedelta(seconds=20)), ended(10 * MINUTE)
    lag = {}
    for name, quiet in {"night": night, "dawn": dawn, "morning": morning}.items():
        ctx = replace(world.ctx, window=replace(world.ctx.window, quiet_hours=quiet))
        lag[name] = found(World(ctx, world.carrier)).get("reminder")
    assert lag["night"] is None
    assert lag["dawn"] is None
    assert lag["morning"] is not None
    assert 9 * MINUTE < lag["morning"].lag < 12 * MINUTE


def _less(at: time, by: timedelta) -> time:
    return (datetime.combine(datetime(2026, 1, 2, tzinfo=UTC), at) - by).time()


def test_a_backlog_that_is_drained_at_the_set_pace_is_no_lag(world: World) -> None:
    world.sweep()
    world.texted()
    world.refer(sender_mobile="6123 4567")
    late = world.now() - HOUR
    plant(world, "UPDATE texts SET next_try_at = :late, send_after = :late WHERE state = 'queued'", late=late)
    assert found(world).keys() == {"text"}
    paced = World(replace(world.ctx, pace=PaceInProcess(Rate(1.0))), world.carrier)
    assert found(paced) == {}, "the last attempt was a moment ago"
    plant(world, "UPDATE attempts SET claimed_at = :late", late=late)
    assert found(paced).keys() == {"text"}, "it flows no more"
    slow = World(replace(world.ctx, pace=PaceInProcess(Rate(0.001))), world.carrier)
    assert found(slow) == {}, "an hour ago: the longest text takes longer"


def test_what_stands_is_known_since_when_and_forgotten_when_mended(world: World) -> None:
    world.sweep()
    world.texted()
    due = world.now() + HOUR
    plant(world, "UPDATE queries SET next_due_at = NULL")
    first = found(world)["window"].stands
    again = found(world)["window"].stands
    assert first is not None
    assert again is not None
    assert again >= first, "the same trouble, older"
    plant(world, "UPDATE queries SET next_due_at = :due", due=due)
    assert found(world) == {}
