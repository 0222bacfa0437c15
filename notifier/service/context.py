"""What every use case is given: the database, the clock, the words, the policies and the carrier."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notifier.carriers.port import Carrier
from notifier.domain.alarms import USUAL, TellingPolicy
from notifier.domain.answer_rules import AnswerRules
from notifier.domain.lexicon import Lexicon
from notifier.domain.link_guard import LinkGuard
from notifier.domain.number_health import NumberPolicy
from notifier.domain.policies import DeadlineUrgency, Policies
from notifier.domain.types import Kind, Team
from notifier.domain.window import WindowPolicy
from notifier.domain.wording import Catalogue
from notifier.domain.working_time import WorkingHours, add_working_time, next_open
from notifier.pacing.port import Pace
from notifier.service.clock import Clock
from notifier.storage.database import Database
from notifier.telling.port import NOBODY, Teller

_NUMBERS = NumberPolicy()


@dataclass(frozen=True)
class SendingPolicy:
    """How texts go out. Periods are wall-clock time.

    `lease`: for what is claimed. `posting_lease`: for what is on the line; longer than any call to the carrier.
    `segments_per_day`: after so many on a day of Hong Kong sending pauses until the next; None: no such cap.
    """

    batch: int
    threads: int
    lease: timedelta
    posting_lease: timedelta
    unknown_wait: timedelta
    unknown_retry: timedelta
    backoff_first: timedelta
    backoff_most: timedelta
    attempts_most: int
    sender_ids: tuple[str, ...]
    segments_per_day: int | None = None


@dataclass(frozen=True)
class PeoplePolicy:
    """How long people may take before an open matter is raised; the first two and claims in working time.

    review_within: to judge a reply. send_within: until an accepted answer leaves for customs. handoff_within: until it
    is looked whether an open query is still on somebody's list. claim_lease: wall clock. claim_within: until work is
    taken on, by team, for priority 1, 2 and 3; a team that is not named has `handoff_within`.
    urgency: how customs' deadline makes a call urgent. gather: how long staff are not told of a reply, since the rest
    of it may be under way.
    """

    review_within: timedelta
    handoff_within: timedelta
    send_within: timedelta
    claim_lease: timedelta
    claim_within: Mapping[Team, tuple[timedelta, ...]] = field(default_factory=dict)
    urgency: DeadlineUrgency = field(default_factory=DeadlineUrgency)
    gather: timedelta = timedelta(minutes=4)

    def claim_after(self, team: Team, priority: int) -> timedelta:
        """How long work of this priority may lie."""
        steps = self.claim_within.get(team, (self.handoff_within,))
        return steps[min(priority, len(steps)) - 1]


@dataclass(frozen=True)
class AskBackPolicy:
    """How often a sender is asked which item is meant, and until when; then people decide. Business time."""

    tries: int = 2
    within: timedelta = timedelta(hours=1)


@dataclass(frozen=True)
class ReconcilePolicy:
    """When the carrier is asked what webhooks missed. Periods are wall-clock time but for `reminder_margin`.

    every: between two passes. gap: after so long without knowing, the carrier is asked before anything fires.
    slack: how far a pass reaches behind the one before. look_back: how old a text may be that still gets a receipt.
    stopped_after: a sweep that did not come for so long was not running. tell_after: until staff hear that due times
    wait. reminder_margin: a reminder that is late goes out only with so much time left before the closing.
    lease: of a pass, renewed with each batch.
    """

    every: timedelta = timedelta(minutes=5)
    gap: timedelta = timedelta(minutes=10)
    slack: timedelta = timedelta(minutes=10)
    look_back: timedelta = timedelta(days=1)
    stopped_after: timedelta = timedelta(seconds=5)
    tell_after: timedelta = timedelta(minutes=15)
    reminder_margin: timedelta = timedelta(hours=2)
    lease: timedelta = timedelta(minutes=1)


@dataclass(frozen=True)
class AuditPolicy:
    """every: between two audits, wall clock. tolerance: what is late by less is in time."""

    every: timedelta = timedelta(minutes=1)
    tolerance: timedelta = timedelta(minutes=1)


@dataclass(frozen=True)
class AlarmPolicy:
    """From when on something is an alarm. Periods are wall-clock time.

    lag_after: what the auditor finds, found for so long. unknown_after: a text nobody knows of, since it was posted.
    refused_most, refused_within: so many webhooks refused in so short a time.
    """

    lag_after: timedelta = timedelta(minutes=2)
    unknown_after: timedelta = timedelta(minutes=15)
    refused_most: int = 10
    refused_within: timedelta = timedelta(minutes=15)


@dataclass(frozen=True)
class Context:
    """Everything a use case needs; put together in notifier.runtime."""

    database: Database
    clock: Clock
    catalogue: Catalogue
    lexicon: Lexicon
    guard: LinkGuard
    carrier: Carrier
    window: WindowPolicy
    sending: SendingPolicy
    people: PeoplePolicy
    regions: frozenset[str]
    ask_back: AskBackPolicy = AskBackPolicy()
    notices_per_phone_day: int = 5
    sweep_batch: int = 200
    webhook_lease: timedelta = timedelta(minutes=1)
    reconcile: ReconcilePolicy = ReconcilePolicy()
    audit: AuditPolicy = AuditPolicy()
    alarms: AlarmPolicy = AlarmPolicy()
    telling: TellingPolicy = USUAL
    teller: Teller = NOBODY
    heartbeat: Callable[[], None] | None = None  # says to a watcher outside that we live; raises NobodyListens
    heartbeat_every: timedelta = timedelta(minutes=1)
    numbers: NumberPolicy = _NUMBERS
    pace: Pace | None = None  # None: texts leave as fast as they can
    sends_as: str = ""  # the sending identity: account, numbers, public address
    reply_number: str | None = None  # where replies come to when texts come under a name; E.164
    policies: Policies = field(default_factory=Policies)
    answer_rules: AnswerRules = field(default_factory=AnswerRules)
    hours: WorkingHours | None = None  # when people are there; None = round the clock

    @property
    def inbound_numbers(self) -> tuple[str, ...]:
        """Numbers of ours that replies come to: the pool or, beside a name nobody can reply to, the one we name."""
        pool = tuple(name for name in self.sending.sender_ids if name.startswith("+"))
        return pool if self.reply_number is None else (*pool, self.reply_number)

    def window_of(self, authority: str, kind: Kind) -> WindowPolicy:
        """The periods of a round of this authority and kind."""
        return self.policies.applied(self.window, authority, kind)

    def people_of(self, authority: str, kind: Kind) -> PeoplePolicy:
        """How long people have for it."""
        return self.policies.applied(self.people, authority, kind)

    def after_work(self, at: datetime, period: timedelta) -> datetime:
        """When people have had `period` since `at`."""
        return at + period if self.hours is None else add_working_time(at, period, self.hours)

    def at_work(self, at: datetime) -> datetime:
        """`at` when people are there, else when they next are."""
        return at if self.hours is None else next_open(at, self.hours)
