"""All settings, typed, frozen and checked at start. Only the composition root and the command line read them."""

import base64
import binascii
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from notifier.domain.phone import local_form, read_number
from notifier.domain.quiet_hours import QuietHours
from notifier.domain.types import SenderMode
from notifier.domain.window import WindowPolicy
from notifier.domain.wording import Voice
from notifier.settings.policy_files import UsualPeriods
from notifier.settings.sections import (
    Alarms,
    AskBack,
    Audit,
    Heartbeat,
    Hotline,
    Intake,
    Log,
    Notices,
    Numbers,
    Reconcile,
    Review,
    Seal,
    Section,
    Sender,
    Sending,
    Sweep,
    Twilio,
    Webhooks,
    Window,
)
from notifier.settings.spelling import Hours, written_as

_SANDBOX_NUMBER, _SANDBOX_NAME = "+85264500001", "#HKPost"  # the number is made up
_MORE_CALLBACKS = "rc=5&rp=all"  # the carrier tries a callback five times, whatever failed
_OVERNIGHT = "21:00-09:00"
_NAME = re.compile(r"(?=.*[A-Za-z])#?[A-Za-z0-9 ]{1,11}")  # what networks show as a sender's name


class Profile(StrEnum):
    """What this installation is for."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


class Settings(Section):
    """What the environment says, with what the profile implies filled in."""

    profile: Profile = Profile.SANDBOX
    data_dir: Path = Path("data")
    config_dir: Path | None = None
    database_url: SecretStr | None = None
    broker_url: SecretStr = SecretStr("memory://")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    public_url: Annotated[str, written_as(r"https?://[^\s?#]+", "https://notifier.example.org")] | None = None
    quiet_hours: Hours | None = None
    twilio: Twilio = Twilio()
    sender: Sender = Sender()
    window: Window = Window()
    sending: Sending = Sending()
    sweep: Sweep = Sweep()
    reconcile: Reconcile = Reconcile()
    webhooks: Webhooks = Webhooks()
    audit: Audit = Audit()
    alarms: Alarms = Alarms()
    heartbeat: Heartbeat = Heartbeat()
    review: Review = Review()
    ask_back: AskBack = AskBack()
    notices: Notices = Notices()
    numbers: Numbers = Numbers()
    intake: Intake = Intake()
    hotline: Hotline = Hotline()
    seal: Seal = Seal()
    log: Log = Log()

    @model_validator(mode="after")
    def _check(self) -> "Settings":
        problems = [*self._always(), *self._of_the_sender(), *(self._in_production() if self.production else [])]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _always(self) -> list[str]:
        problems = []
        if not self.database.startswith(("sqlite:///", "postgresql+psycopg://")):
            problems.append("NOTIFIER_DATABASE_URL: write it as postgresql://user:password@host/name.")
        if not self.broker.startswith(("redis://", "rediss://", "memory://")):
            problems.append("NOTIFIER_BROKER_URL: write it as redis://host:6379/0.")
        if self.twilio.account_sid and not self.twilio.auth_token and not self.production:
            problems.append("NOTIFIER_TWILIO__AUTH_TOKEN is missing: set it beside the account SID.")
        if self.twilio.base_url and not self.twilio.account_sid:
            problems.append("NOTIFIER_TWILIO__ACCOUNT_SID is missing: a base URL needs an account to speak for.")
        if self.heartbeat_url and not self.heartbeat_url.startswith(("https://", "http://")):
            problems.append("NOTIFIER_HEARTBEAT__URL: write it as https://watcher.example.org/ping/name.")
        if self.reconcile.every >= self.reconcile.gap:
            problems.append("NOTIFIER_RECONCILE__EVERY must be shorter than NOTIFIER_RECONCILE__GAP.")
        return problems

    def _of_the_sender(self) -> list[str]:
        """A name cannot be answered, and a number is no registered name."""
        if self.sender.mode is SenderMode.NOTICE:
            return self._in_notice_mode()
        if all(name.startswith("+") for name in self.twilio.from_):
            return []
        mend = "give numbers such as +85264500001, or set NOTIFIER_SENDER__MODE=notice"
        return [f"NOTIFIER_TWILIO__FROM holds a name, which nobody can reply to: {mend}."]

    def _in_notice_mode(self) -> list[str]:
        problems = []
        given = self.sender.reply_number
        if given is None:
            why = "nobody can reply to a name, so each text says which number of yours to write to"
            problems.append(f"NOTIFIER_SENDER__REPLY_NUMBER is missing: {why}.")
        elif read_number(given).e164 is None:
            problems.append("NOTIFIER_SENDER__REPLY_NUMBER is no telephone number: write it as 6450 0001.")
        if any(not _NAME.fullmatch(name) for name in self.sender_ids):
            mend = "give the registered name, such as #HKPost (letters and digits, 11 at most), or set "
            mend += "NOTIFIER_SENDER__MODE=two_way"
            problems.append(f"NOTIFIER_TWILIO__FROM holds what is no sender's name: {mend}.")
        return problems

    def _in_production(self) -> list[str]:
        needed: dict[str, object] = {
            "NOTIFIER_TWILIO__ACCOUNT_SID": self.twilio.account_sid,
            "NOTIFIER_TWILIO__AUTH_TOKEN": self.twilio.auth_token,
            "NOTIFIER_TWILIO__FROM": self.twilio.from_,
            "NOTIFIER_SEAL__KEYS": self.seal.keys,
            "NOTIFIER_SEAL__HASH_KEY": self.seal.hash_key,
            "NOTIFIER_PUBLIC_URL": self.public_url,
            "NOTIFIER_DATABASE_URL": self.database_url,
        }
        problems = [f"{name} is missing: production needs it." for name, value in needed.items() if not value]
        if self.public_url and not self.public_url.startswith("https://"):
            problems.append("NOTIFIER_PUBLIC_URL must begin with https:// in production.")
        if self.database_url and not self.database.startswith("postgresql"):
            problems.append("NOTIFIER_DATABASE_URL must be a PostgreSQL address in production.")
        if not self.broker.startswith("redis"):
            problems.append("NOTIFIER_BROKER_URL must be a Redis address in production.")
        if self.twilio.base_url and not self.twilio.allow_base_url:
            mend = "remove it, or set NOTIFIER_TWILIO__ALLOW_BASE_URL=true"
            problems.append(f"NOTIFIER_TWILIO__BASE_URL sends texts elsewhere: {mend}.")
        return problems

    @property
    def production(self) -> bool:
        """Whether real senders are texted."""
        return self.profile is Profile.PRODUCTION

    @property
    def sandbox_mounted(self) -> bool:
        """Whether the sandbox server is part of the web server: only where no account is configured."""
        return not self.production and self.twilio.account_sid is None

    @property
    def database(self) -> str:
        """SQLAlchemy's address of the database."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir.absolute() / 'notifier.db'}"
        url = self.database_url.get_secret_value()
        for prefix in ("postgres://", "postgresql://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    @property
    def broker(self) -> str:
        """Celery's address of the broker."""
        return self.broker_url.get_secret_value()

    @property
    def broker_within_process(self) -> bool:
        """Whether hints stay in the process that gave them."""
        return self.broker.startswith("memory://")

    @property
    def public_base(self) -> str:
        """Where the carrier reaches us, without a slash at the end."""
        return (self.public_url or f"http://{self.local_address}").rstrip("/")

    @property
    def sandbox_base(self) -> str:
        """Where the mounted sandbox answers."""
        return f"http://{self.local_address}/sandbox"

    @property
    def local_address(self) -> str:
        """Host and port under which this machine reaches the web server."""
        return f"{_reachable(self.host)}:{self.port}"

    @property
    def sender_ids(self) -> tuple[str, ...]:
        """What texts come from: the pool of numbers or, in notice mode, the registered name."""
        named = (self.sender.public_names or (_SANDBOX_NAME,))[:1]
        return self.twilio.from_ or (named if self.sender.mode is SenderMode.NOTICE else (_SANDBOX_NUMBER,))

    @property
    def reply_number(self) -> str | None:
        """The one number that replies come to in notice mode, as E.164; None where each text can be answered."""
        if self.sender.mode is not SenderMode.NOTICE or self.sender.reply_number is None:
            return None
        return read_number(self.sender.reply_number).e164

    @property
    def voice(self) -> Voice:
        """How texts speak of the sender."""
        shown = local_form(self.reply_number) if self.reply_number else ""
        names = self.sender.public_names or tuple(map(_as_shown, self.sender_ids))
        return Voice(self.sender.mode, shown, ", ".join(names))

    @property
    def own_numbers(self) -> tuple[str, ...]:
        """The telephone numbers a text may hold."""
        return (self.hotline.number, self.voice.reply_number) if self.reply_number else (self.hotline.number,)

    @property
    def callback_fragment(self) -> str | None:
        """What the callback address asks of the carrier; it is not signed."""
        return self.twilio.callback_fragment or (_MORE_CALLBACKS if self.production else None)

    @property
    def segments_per_second(self) -> float:
        """Of each number, over all processes; 0 = as fast as it goes. A long code of Twilio's sends about one."""
        if self.sending.segments_per_second is not None:
            return self.sending.segments_per_second
        return 1.0 if self.production else 0.0

    @property
    def heartbeat_url(self) -> str | None:
        """Where a watcher outside hears that the scheduler lives."""
        return self.heartbeat.url.get_secret_value() if self.heartbeat.url else None

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """Tokens that sign webhooks: the present one and, while it is rotated, the one before."""
        given = (self.twilio.auth_token, self.twilio.auth_token_previous)
        return tuple(token.get_secret_value() for token in given if token is not None)

    @property
    def keeps_hours(self) -> bool:
        """Whether people's clocks stand still while nobody is there."""
        return self.production if self.hotline.hours is None else self.hotline.hours == "on"

    def window_policy(self, usual: UsualPeriods) -> WindowPolicy:
        """Periods of a round, with the usual ones that are in force."""
        window = self.window
        return WindowPolicy(
            remind_after=usual.remind_after,
            close_after=usual.close_after,
            open_grace=window.open_grace,
            no_receipt_after=window.no_receipt_after,
            quiet_hours=QuietHours.parse(self.quiet_hours or (_OVERNIGHT if self.production else "off")),
            deadline_margin=usual.deadline_margin,
        )


def read_seal_keys(raw: str) -> dict[int, bytes]:
    """Keys by version out of "1:<base64>,2:<base64>". Raises ValueError, without showing any of it."""
    keys = {}
    for part in raw.split(","):
        version, _, key = part.strip().partition(":")
        if not version.isdecimal():
            raise ValueError("each key is written as version:base64")
        keys[int(version)] = read_key(key)
    return keys


def read_key(raw: str) -> bytes:
    """32 bytes out of base64. Raises ValueError."""
    try:
        key = base64.b64decode(raw, validate=True)
    except binascii.Error:
        raise ValueError("a key is not base64") from None
    if len(key) != 32:
        raise ValueError("a key is not 32 bytes long")
    return key


def _reachable(host: str) -> str:
    """A server bound to every address is reached through loopback from here."""
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104  # compared, not bound


def _as_shown(sender_id: str) -> str:
    """A number as people write it; a name as it is."""
    return local_form(sender_id) if sender_id.startswith("+") else sender_id
