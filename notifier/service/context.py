"""What every use case is given: the database, the clock, the words, the policies and the carrier."""

from dataclasses import dataclass
from datetime import timedelta

from notifier.carriers.port import Carrier
from notifier.domain.lexicon import Lexicon
from notifier.domain.link_guard import LinkGuard
from notifier.domain.window import WindowPolicy
from notifier.domain.wording import Catalogue
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
    """How long people may take before an open matter is raised again; business time, but for the claim's lease."""

    review_reply_within: timedelta
    handoff_within: timedelta
    answer_within: timedelta
    claim_lease: timedelta


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
