"""A context for tests: real wording, real lexicon, a given carrier, a clock that can be wound, no waiting."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from notifier.carriers.port import Carrier
from notifier.domain.link_guard import LinkGuard
from notifier.domain.number_health import NumberPolicy
from notifier.domain.types import SenderMode
from notifier.domain.window import WindowPolicy
from notifier.domain.wording import Voice
from notifier.service.clock import Clock
from notifier.service.context import Context, PeoplePolicy, ReconcilePolicy, SendingPolicy
from notifier.settings.answer_rule_files import load_answer_rules
from notifier.settings.paths import config_dir
from notifier.settings.reply_files import load_lexicon
from notifier.settings.wording_files import load_catalogue
from notifier.storage.database import open_database
from notifier.storage.sealing import Keyring

KEYRING = Keyring({1: b"k" * 32}, b"h" * 32)
HOTLINE = "2921 2222"
SENDING = SendingPolicy(
    batch=50,
    threads=4,
    lease=timedelta(minutes=2),
    posting_lease=timedelta(minutes=2),
    unknown_wait=timedelta(0),
    unknown_retry=timedelta(0),
    backoff_first=timedelta(0),
    backoff_most=timedelta(minutes=10),
    attempts_most=3,
    sender_ids=("+85264500001", "+85264500002"),
)
WINDOW = WindowPolicy(
    remind_after=timedelta(hours=48),
    close_after=timedelta(hours=72),
    open_grace=timedelta(minutes=10),
    no_receipt_after=timedelta(hours=12),
)
PEOPLE = PeoplePolicy(
    review_within=timedelta(hours=4),
    handoff_within=timedelta(hours=2),
    send_within=timedelta(hours=4),
    claim_lease=timedelta(minutes=15),
)
# A slow machine between two sweeps of a test is no stop.
RECONCILE = ReconcilePolicy(stopped_after=timedelta(minutes=1))
# Most stories have one phone; only those of a person with many queries count them.
NUMBERS = NumberPolicy(queries_by_text=1000)
_VOICE = Voice(SenderMode.NOTICE, "6450 0001", "#HKPost")
# What makes a context speak under a name, beside a reply number.
NOTICE: dict[str, Any] = {
    "catalogue": load_catalogue(config_dir(), HOTLINE, _VOICE),
    "guard": LinkGuard([HOTLINE, _VOICE.reply_number]),
    "sending": replace(SENDING, sender_ids=("#HKPost",)),
    "reply_number": "+85264500001",
}
# The two ways to be heard: from one number that can be answered, and under a name beside a reply number.
HEARD: dict[str, dict[str, Any]] = {
    "two_way": {"sending": replace(SENDING, sender_ids=("+85264500001",))},
    "notice": NOTICE,
}
_WORDS = (load_catalogue(config_dir(), hotline=HOTLINE), load_lexicon(config_dir()), LinkGuard([HOTLINE]))
_ANSWER_RULES = load_answer_rules(config_dir())


def make_context(database_url: str, *, carrier: Carrier, **changes: Any) -> Context:
    """A context on a migrated database; `changes` replace its parts. Dispose of its database afterwards."""
    catalogue, lexicon, guard = _WORDS
    ctx = Context(
        database=open_database(database_url, KEYRING),
        clock=Clock(movable=True),
        catalogue=catalogue,
        lexicon=lexicon,
        guard=guard,
        carrier=carrier,
        window=WINDOW,
        sending=SENDING,
        people=PEOPLE,
        regions=frozenset({"HK"}),
        reconcile=RECONCILE,
        numbers=NUMBERS,
        answer_rules=_ANSWER_RULES,
    )
    return replace(ctx, **changes)
