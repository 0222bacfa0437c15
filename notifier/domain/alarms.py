"""Alarms: what they are called, what they say, and when they are news. No I/O, and never personal data.

An alarm is a condition of the whole house, one of a kind. It says how many people are affected, the next safe action,
and whether somebody must be woken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.domain.quiet_hours import HONG_KONG, QuietHours


class AlarmKind(StrEnum):
    """What an alarm is about."""

    SENDING_PAUSED = "sending_paused"
    AUDIT_LAG = "audit_lag"
    FIRING_HELD = "firing_held"
    OLD_UNKNOWNS = "old_unknowns"
    WEBHOOKS_REFUSED = "webhooks_refused"
    QUARANTINE = "quarantine"
    HANDOFFS_WAITING = "handoffs_waiting"
    NEW_HANDOFFS = "new_handoffs"


class Urgency(StrEnum):
    """Whether it can wait until the working day begins."""

    WAKE = "wake"
    CAN_WAIT = "can_wait"


class News(StrEnum):
    """Why an alarm is told now."""

    NEW = "new"
    WORSE = "worse"
    STILL = "still"
    OVER = "over"


@dataclass(frozen=True)
class Words:
    """What a kind means, and the next safe action. The runbook uses the same words."""

    means: str
    step: str


WORDS = {
    AlarmKind.SENDING_PAUSED: Words(
        "Sending is paused: no text goes out",
        "`notifier doctor --only sending` names the reason; mend it, then `notifier resume`. No waiting text is lost.",
    ),
    AlarmKind.AUDIT_LAG: Words(
        "What should have happened has not",
        "`notifier doctor` says whether worker, scheduler and database run; restart what does not. "
        "Nothing fires twice.",
    ),
    AlarmKind.FIRING_HELD: Words(
        "Reminders and closings wait, since the carrier cannot be asked for replies",
        "`notifier doctor --only carrier` says why; mend the line. Call nobody before it is back: they may have "
        "replied. Watch the deadlines by hand.",
    ),
    AlarmKind.OLD_UNKNOWNS: Words(
        "Of some texts nobody knows whether they went out",
        "Do not send them by hand: they settle once the carrier answers. A list of operations' shows them; call "
        "only who has a deadline today.",
    ),
    AlarmKind.WEBHOOKS_REFUSED: Words(
        "Many webhooks were refused",
        "Compare NOTIFIER_PUBLIC_URL and the tokens with the carrier's; once mended, `notifier webhooks replay`. If "
        "they are right, somebody forges: nothing forged took effect.",
    ),
    AlarmKind.QUARANTINE: Words(
        "Rows that failed again and again were set aside; the others flow",
        "The list of what was set aside names each with its next step; call the senders, and give the log to whoever "
        "maintains the service.",
    ),
    AlarmKind.HANDOFFS_WAITING: Words(
        "Work for people lies unclaimed past its time",
        "Take the next one from the list of handoffs, or ask another team to.",
    ),
    AlarmKind.NEW_HANDOFFS: Words(
        "There is new work for people",
        "Take the next one from the list of handoffs: the most urgent comes first.",
    ),
}


@dataclass(frozen=True)
class Alarm:
    """A condition that stands.

    people: senders affected. weight: what grows when it gets worse. since: wall clock. detail: figures and words of
    ours, or empty.
    """

    kind: AlarmKind
    people: int
    weight: int
    since: datetime
    urgency: Urgency
    detail: str = ""


@dataclass(frozen=True)
class Standing:
    """What is remembered of an alarm; the `told_` ones are as staff last heard, `told_at` None = they did not."""

    seen_at: datetime
    told_at: datetime | None
    told_weight: int
    told_urgency: Urgency | None


@dataclass(frozen=True)
class TellingPolicy:
    """When staff are told. Periods are wall-clock time.

    every: between two looks. repeat_after: until what still stands is told again. gather: new handoffs are told
    together, so seldom. settled_after: what is gone for so long is over. off_hours: only what wakes somebody is told
    in them.
    """

    every: timedelta = timedelta(minutes=1)
    repeat_after: timedelta = timedelta(hours=4)
    gather: timedelta = timedelta(minutes=15)
    settled_after: timedelta = timedelta(minutes=5)
    off_hours: QuietHours | None = None


USUAL = TellingPolicy()


def is_news(alarm: Alarm, known: Standing | None, now: datetime, policy: TellingPolicy) -> News | None:
    """Why the alarm should be told now, if it should. What can wait is held until the working day begins."""
    if alarm.urgency is Urgency.CAN_WAIT and is_off(now, policy):
        return None
    if known is None or known.told_at is None:
        return News.NEW
    since_told = now - known.told_at
    if alarm.kind is AlarmKind.NEW_HANDOFFS:
        # Each was told once; these are others.
        return News.NEW if alarm.urgency is Urgency.WAKE or since_told >= policy.gather else None
    woke = alarm.urgency is Urgency.WAKE and known.told_urgency is not Urgency.WAKE
    if woke or alarm.weight >= 2 * max(known.told_weight, 1):
        return News.WORSE
    return News.STILL if since_told >= policy.repeat_after else None


def is_over(kind: AlarmKind, known: Standing, now: datetime, policy: TellingPolicy) -> bool:
    """Whether an alarm that does not stand now may be forgotten; one that was told must be tellable as over."""
    settled_after = policy.settled_after
    if kind is AlarmKind.NEW_HANDOFFS:
        settled_after = max(settled_after, policy.gather)  # The next ones are told no sooner.
    if now - known.seen_at < settled_after:
        return False
    return known.told_urgency is not Urgency.CAN_WAIT or not is_off(now, policy)


def is_off(now: datetime, policy: TellingPolicy) -> bool:
    """Whether only what wakes somebody is told now."""
    return policy.off_hours is not None and policy.off_hours.contains(now)


def urgency_words(urgency: Urgency, policy: TellingPolicy) -> str:
    """As staff read it."""
    if urgency is Urgency.WAKE:
        return "wake someone"
    begins = policy.off_hours.end.strftime("%H:%M") if policy.off_hours else "09:00"
    return f"can wait until {begins}"


def line(alarm: Alarm, news: News, policy: TellingPolicy) -> str:
    """One alarm as one paragraph of a message."""
    words = WORDS[alarm.kind]
    told = f"{words.means}{f' ({alarm.detail})' if alarm.detail else ''}"
    since = f"since {alarm.since.astimezone(HONG_KONG):%a %d %b %H:%M}"
    if news is News.OVER:
        return f"[over] {told}, {since}: it is over, nothing is left to do."
    people = "1 person is" if alarm.people == 1 else f"{alarm.people} people are"
    urgency = urgency_words(alarm.urgency, policy)
    return f"[{news}] {told}, {since}. {people} affected. Next: {words.step} {urgency.capitalize()}."


def title(told: Sequence[tuple[Alarm, News]], policy: TellingPolicy) -> str:
    """What a message begins with: the most urgent thing that is not over."""
    urgencies = {alarm.urgency for alarm, news in told if news is not News.OVER}
    if not urgencies:
        return "Notifier: over"
    return f"Notifier: {urgency_words(Urgency.WAKE if Urgency.WAKE in urgencies else Urgency.CAN_WAIT, policy)}"
