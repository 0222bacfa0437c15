"""Putting the parts together: settings in, a context out. Nowhere else are both known."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from notifier.carriers.twilio import TwilioAccount, TwilioCarrier
from notifier.carriers.twilio.codes import load_codes
from notifier.domain.alarms import TellingPolicy
from notifier.domain.errors import SettingsWrong
from notifier.domain.link_guard import LinkGuard
from notifier.domain.number_health import NumberPolicy
from notifier.domain.quiet_hours import QuietHours
from notifier.pacing.in_process import PaceInProcess
from notifier.pacing.in_redis import PaceInRedis
from notifier.pacing.port import Pace, Rate
from notifier.runtime.queue import make_celery
from notifier.runtime.waker import Waker
from notifier.service.clock import Clock
from notifier.service.context import (
    AlarmPolicy,
    AskBackPolicy,
    AuditPolicy,
    Context,
    PeoplePolicy,
    ReconcilePolicy,
    SendingPolicy,
)
from notifier.settings import Settings, load
from notifier.settings.answer_rule_files import load_answer_rules
from notifier.settings.paths import config_dir
from notifier.settings.policy_files import PolicyFile, UsualPeriods, load_policies
from notifier.settings.reply_files import load_lexicon
from notifier.settings.sandbox_secrets import SandboxSecrets, sandbox_secrets
from notifier.settings.settings import read_key, read_seal_keys
from notifier.settings.usual_periods import in_force
from notifier.settings.wording_files import load_catalogue
from notifier.storage.database import Wake, open_database
from notifier.storage.sealing import Keyring
from notifier.telling.by_apprise import AppriseTeller
from notifier.telling.heartbeat import HeartbeatAddress
from notifier.telling.port import NOBODY

STATUS_PATH = "/webhooks/twilio/status"
INBOUND_PATH = "/webhooks/twilio/inbound"
_NOT_SWEPT = timedelta(seconds=5)  # without a sweep for so long, or five times its usual pause, nothing was running

_A_SECOND = timedelta(seconds=1)

Read = TypeVar("Read")


@dataclass(frozen=True)
class Account:
    """Whom we are to the carrier: the configured account, or the one the sandbox made up."""

    sid: str
    token: str
    webhook_tokens: tuple[str, ...]
    base_url: str | None


class Runtime:
    """One process's parts. `close` passes on what is set and lets go of every connection."""

    def __init__(
        self, settings: Settings, ctx: Context, carrier: TwilioCarrier, waker: Waker, account: Account
    ) -> None:
        self.settings = settings
        self.ctx = ctx
        self.waker = waker
        self.account = account
        self._carrier = carrier

    def close(self) -> None:
        """Let go of everything."""
        self.waker.close()
        self._carrier.close()
        if self.ctx.pace is not None:
            self.ctx.pace.close()
        self.ctx.database.dispose()


def assemble(settings: Settings) -> Runtime:
    """All parts for these settings; connects to nothing yet. Raises SettingsWrong."""
    made_up = None if settings.production else sandbox_secrets(settings.data_dir)
    account = account_of(settings, made_up)
    waker = Waker(make_celery(settings.broker, settings.sweep.every.total_seconds()))
    guard = LinkGuard(settings.own_numbers)
    carrier = _carrier(settings, account, guard.check)
    ctx = _context(settings, keyring_of(settings, made_up), carrier, guard, waker.wake, sends_as_of(settings, account))
    return Runtime(settings, ctx, carrier, waker, account)


@contextmanager
def open_runtime(settings: Settings | None = None) -> Iterator[Runtime]:
    """The runtime of this environment, closed afterwards. Raises SettingsWrong."""
    runtime = assemble(settings or load())
    try:
        yield runtime
    finally:
        runtime.close()


def account_of(settings: Settings, made_up: SandboxSecrets | None) -> Account:
    """The configured account; or, where there is none, the sandbox's own."""
    configured = settings.twilio
    if configured.account_sid is not None:
        tokens = settings.auth_tokens
        return Account(configured.account_sid, tokens[0], tokens, configured.base_url)
    if made_up is None:
        raise SettingsWrong("NOTIFIER_TWILIO__ACCOUNT_SID is missing: production needs it.")
    return Account(made_up.account_sid, made_up.auth_token, (made_up.auth_token,), settings.sandbox_base)


def sends_as_of(settings: Settings, account: Account) -> str:
    """The sending identity. A sandbox's own address may change with its port: nobody outside replies to it."""
    address = settings.public_url or "this machine"
    heard = f", replies to {settings.reply_number}," if settings.reply_number else ""
    return f"{account.sid} from {', '.join(sorted(settings.sender_ids))}{heard} at {address}"[:1000]


def keyring_of(settings: Settings, made_up: SandboxSecrets | None) -> Keyring:
    """The configured keys; the sandbox profile falls back to those it made. Raises SettingsWrong."""
    seal = settings.seal
    keys = seal.keys.get_secret_value() if seal.keys else f"1:{made_up.seal_key}" if made_up else ""
    hash_key = seal.hash_key.get_secret_value() if seal.hash_key else made_up.hash_key if made_up else ""
    return Keyring(
        _read("NOTIFIER_SEAL__KEYS", read_seal_keys, keys),
        _read("NOTIFIER_SEAL__HASH_KEY", read_key, hash_key),
    )


def _read(name: str, read: Callable[[str], Read], raw: str) -> Read:
    try:
        return read(raw)
    except ValueError as refusal:
        raise SettingsWrong(f"{name}: {refusal}.") from None


def config_folder(settings: Settings) -> Path:
    """Where the wording and the word lists are."""
    return config_dir(settings.config_dir)


def _carrier(settings: Settings, account: Account, guard: Callable[[str], None]) -> TwilioCarrier:
    return TwilioCarrier(
        TwilioAccount(
            account_sid=account.sid,
            auth_token=account.token,
            status_callback=settings.public_base + STATUS_PATH,
            base_url=account.base_url,
            callback_fragment=settings.callback_fragment,
            timeout=settings.twilio.timeout,
            pool_size=settings.sending.threads + 2,
        ),
        guard,
        load_codes(config_folder(settings)),
    )


def _context(
    settings: Settings,
    keyring: Keyring,
    carrier: TwilioCarrier,
    guard: LinkGuard,
    on_wake: Callable[[Wake], None],
    sends_as: str,
) -> Context:
    folder = config_folder(settings)
    given = load_policies(folder)
    usual = in_force(settings, given.usual)
    return Context(
        database=open_database(settings.database, keyring, on_wake),
        clock=Clock(movable=not settings.production),
        catalogue=load_catalogue(folder, settings.hotline.number, settings.voice),
        lexicon=load_lexicon(folder),
        guard=guard,
        carrier=carrier,
        window=settings.window_policy(usual),
        sending=_sending(settings),
        people=_people(settings, given, usual),
        ask_back=AskBackPolicy(settings.ask_back.tries, settings.ask_back.within),
        regions=frozenset(settings.intake.regions),
        notices_per_phone_day=settings.notices.per_phone_day,
        sweep_batch=settings.sweep.batch,
        webhook_lease=settings.webhooks.lease,
        reconcile=_reconcile(settings),
        numbers=NumberPolicy(**settings.numbers.model_dump()),
        pace=_pace(settings),
        sends_as=sends_as,
        policies=given.policies,
        answer_rules=load_answer_rules(folder),
        hours=given.hours if settings.keeps_hours else None,
        reply_number=settings.reply_number,
        **_watching(settings),
    )


def _people(settings: Settings, given: PolicyFile, usual: UsualPeriods) -> PeoplePolicy:
    review = settings.review
    return PeoplePolicy(
        review_within=usual.review_within,
        handoff_within=review.handoff_within,
        send_within=usual.send_within,
        claim_lease=review.claim_lease,
        claim_within=given.claim_within,
        urgency=given.urgency,
        gather=review.gather,
    )


def _watching(settings: Settings) -> dict[str, Any]:
    """The auditor, and who is told of what."""
    given, heartbeat = settings.alarms, settings.heartbeat
    return {
        "audit": AuditPolicy(settings.audit.every, settings.audit.tolerance),
        "alarms": AlarmPolicy(given.lag_after, given.unknown_after, given.refused_most, given.refused_within),
        "telling": TellingPolicy(
            every=given.every,
            repeat_after=given.repeat_after,
            gather=given.gather,
            settled_after=given.settled_after,
            off_hours=QuietHours.parse(given.off_hours),
        ),
        "teller": AppriseTeller(given.urls.get_secret_value(), given.timeout) if given.urls else NOBODY,
        "heartbeat": HeartbeatAddress(url, heartbeat.timeout) if (url := settings.heartbeat_url) else None,
        "heartbeat_every": heartbeat.every,
    }


def _reconcile(settings: Settings) -> ReconcilePolicy:
    given = settings.reconcile
    return ReconcilePolicy(
        every=given.every,
        gap=given.gap,
        slack=given.slack,
        look_back=given.look_back,
        stopped_after=max(_NOT_SWEPT, 5 * settings.sweep.every),
        tell_after=given.tell_after,
        reminder_margin=given.reminder_margin,
        lease=given.lease,
    )


def _sending(settings: Settings) -> SendingPolicy:
    given = settings.sending
    return SendingPolicy(
        batch=given.batch,
        threads=given.threads,
        lease=given.lease,
        posting_lease=max(given.lease, 2 * settings.twilio.timeout + timedelta(seconds=1)),
        unknown_wait=given.unknown_wait,
        unknown_retry=given.unknown_retry,
        backoff_first=given.backoff_first,
        backoff_most=given.backoff_most,
        attempts_most=given.attempts_most,
        sender_ids=settings.sender_ids,
        segments_per_day=given.segments_per_day,
    )


def _pace(settings: Settings) -> Pace | None:
    """Kept where all processes that send see it. A number may run ahead by two sweeps: a late one costs no room."""
    if not settings.segments_per_second:
        return None
    rate = Rate(settings.segments_per_second, 2 * max(settings.sweep.every, _A_SECOND))
    return PaceInProcess(rate) if settings.broker_within_process else PaceInRedis(settings.broker, rate)
