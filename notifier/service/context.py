"""What every use case is given: the database, the clock, the words, the policies and the carrier."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notifier.carriers.port import Carrier
from notifier.domain.lexicon import Lexicon
from notifier.domain.link_guard import LinkGuard
from notifier.domain.policies import DeadlineUrgency, Policies
from notifier.domain.types import Kind, Team
from notifier.domain.window import WindowPolicy
from notifier.domain.wording import Catalogue
from notifier.domain.working_time import WorkingHours, add_working_time, next_open
from notifier.service.clock import Clock
from notifier.storage.database import Database


@dataclass(frozen=True)
class SendingPolicy:
    """How texts go out. `pace`: texts a second and process, 0 = unlimited. Periods are wall-clock time.

    `lease`: for what is claimed. `posting_lease`: for what is on the line; longer than any call to the carrier.
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
    pace: float
    sender_ids: tuple[str, ...]


@dataclass(frozen=True)
class PeoplePolicy:
    """How long people may take before an open matter is raised; the first two and claims in working time.

    review_within: to judge a reply. send_within: until an accepted answer leaves for customs. handoff_within: until it
    is looked whether an open query is still on somebody's list. claim_lease: wall clock. claim_within: until work is
    taken on, by team, for priority 1, 2 and 3; a team that is not named has `handoff_within`.
    urgency: how customs' deadline makes a call urgent.
    """

    review_within: timedelta
    handoff_within: timedelta
    send_within: timedelta
    claim_lease: timedelta
    claim_within: Mapping[Team, tuple[timedelta, ...]] = field(default_factory=dict)
    urgency: DeadlineUrgency = field(default_factory=DeadlineUrgency)

    def claim_after(self, team: Team, priority: int) -> timedelta:
        """How long work of this priority may lie."""
        steps = self.claim_within.get(team, (self.handoff_within,))
        return steps[min(priority, len(steps)) - 1]


@dataclass(frozen=True)
class ReconcilePolicy:
    """When the carrier is asked what webhooks missed. Periods are wall-clock time but for `reminder_margin`.

    every: between two passes. gap: after so long without knowing, the carrier is asked before anything fires.
    slack: how far a pass reaches behind the one before. look_back: how old a text may be that still gets a receipt.
    stopped_after: a sweep that did not come for so long was not running. tell_after: until staff hear that due times
    wait. reminder_margin: a reminder that is late goes out only with so much time left before the closing.
    """

    every: timedelta = timedelta(minutes=5)
    gap: timedelta = timedelta(minutes=10)
    slack: timedelta = timedelta(minutes=10)
    look_back: timedelta = timedelta(days=1)
    stopped_after: timedelta = timedelta(seconds=5)
    tell_after: timedelta = timedelta(minutes=15)
    reminder_margin: timedelta = timedelta(hours=2)


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
    notices_per_phone_day: int = 5
    sweep_batch: int = 200
    reconcile: ReconcilePolicy = ReconcilePolicy()
    sends_as: str = ""  # the sending identity: account, numbers, public address
    policies: Policies = field(default_factory=Policies)
    hours: WorkingHours | None = None  # when people are there; None = round the clock

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
