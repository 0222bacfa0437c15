"""The settings by subject; each line is one variable, named in config/env.example."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from notifier.domain.types import SenderMode
from notifier.settings.durations import Period, Wait
from notifier.settings.spelling import Hours, Names, Published, Regions, Senders, written_as


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


class Section(BaseModel):
    """Frozen; a name that is not here is a typing mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Twilio(Section):
    """The carrier. Without an account SID the sandbox profile mounts its own server."""

    account_sid: Annotated[str, written_as("[A-Za-z0-9]{2,64}", "AC and 32 letters and digits")] | None = None
    auth_token: SecretStr | None = None
    auth_token_previous: SecretStr | None = None
    base_url: Annotated[str, written_as(r"https?://[^\s/?#]+(/[^\s?#]*)?", "http://127.0.0.1:8010")] | None = None
    allow_base_url: bool = False
    from_: Senders = Field((), alias="from")
    timeout: Period = _seconds(10)
    callback_fragment: str | None = None


class Sender(Section):
    """How texts are heard: from numbers that can be answered, or under a registered name beside a reply number.

    public_names: what the operator tells the public about its sender names; texts and the agents' script quote it.
    Not set: the name that texts come under, or the numbers they come from.
    """

    mode: SenderMode = SenderMode.TWO_WAY
    reply_number: str | None = None
    public_names: Names | None = Field(None, min_length=1)


class Window(Section):
    """The response window. What is not set stands in config/policies.toml: no law sets a period."""

    remind_after: Period | None = None
    close_after: Period | None = None
    open_grace: Wait = timedelta(minutes=10)
    no_receipt_after: Period = timedelta(hours=12)


class Sending(Section):
    """How texts go out."""

    batch: int = Field(50, ge=1, le=1000)
    threads: int = Field(16, ge=1, le=64)
    lease: Period = _seconds(60)
    unknown_wait: Wait = _seconds(90)
    unknown_retry: Period = timedelta(minutes=2)
    backoff_first: Wait = _seconds(5)
    backoff_most: Period = timedelta(minutes=10)
    attempts_most: int = Field(8, ge=1, le=100)
    segments_per_second: float | None = Field(None, ge=0, allow_inf_nan=False)
    segments_per_day: int | None = Field(None, ge=1)


class Sweep(Section):
    """How often due times are looked at, and how many are fired at once."""

    every: Period = _seconds(1)
    batch: int = Field(200, ge=1, le=10_000)


class Reconcile(Section):
    """When the carrier is asked what webhooks missed."""

    every: Period = timedelta(minutes=5)
    gap: Period = timedelta(minutes=10)
    slack: Wait = timedelta(minutes=10)
    look_back: Period = timedelta(days=1)
    lease: Period = timedelta(minutes=1)
    tell_after: Period = timedelta(minutes=15)
    reminder_margin: Wait = timedelta(hours=2)


class Audit(Section):
    """How often what should have happened is compared with what has, and what is late by how little is in time."""

    every: Period = timedelta(minutes=1)
    tolerance: Wait = timedelta(minutes=1)


class Alarms(Section):
    """Whom of staff to tell, and when."""

    urls: SecretStr | None = None
    timeout: Period = _seconds(10)
    every: Period = timedelta(minutes=1)
    off_hours: Hours = "18:00-09:00"
    repeat_after: Period = timedelta(hours=4)
    gather: Wait = timedelta(minutes=15)
    settled_after: Wait = timedelta(minutes=5)
    lag_after: Wait = timedelta(minutes=2)
    unknown_after: Period = timedelta(minutes=15)
    refused_most: int = Field(10, ge=1)
    refused_within: Period = timedelta(minutes=15)


class Heartbeat(Section):
    """A watcher outside that hears from us while the scheduler lives."""

    url: SecretStr | None = None
    every: Period = timedelta(minutes=1)
    timeout: Period = _seconds(3)


class Webhooks(Section):
    """How what the carrier sends is worked on."""

    lease: Period = timedelta(minutes=1)


class Review(Section):
    """How long people may take before a matter is raised again. Two of them: else as in config/policies.toml."""

    reply_within: Period | None = None
    handoff_within: Period = timedelta(hours=2)
    answer_within: Period | None = None
    claim_lease: Period = timedelta(minutes=15)
    gather: Wait = timedelta(minutes=4)


class AskBack(Section):
    """Asking a sender which item a reply is about."""

    tries: int = Field(2, ge=1, le=5)
    within: Period = timedelta(hours=1)


class Notices(Section):
    """Automatic answers to replies."""

    per_phone_day: int = Field(5, ge=0)


class Numbers(Section):
    """When a phone gets no text for its own sake. Every figure is the operator's choice."""

    failures_most: int = Field(2, ge=1, le=100)
    failures_within: Period = timedelta(days=30)
    texts_per_hour: int = Field(6, ge=1)
    texts_per_day: int = Field(10, ge=1)
    texts_per_week: int = Field(30, ge=1)
    queries_by_text: int = Field(3, ge=1)
    old_after: Period = timedelta(days=730)


class Intake(Section):
    """What is taken in."""

    max_body: int = Field(65536, ge=1024)
    regions: Regions = ("HK",)


class Hotline(Section):
    """Who a text names for questions, and whether people's clocks keep to the hours in config/policies.toml."""

    number: Published = "2921 2222"
    hours: Literal["on", "off"] | None = None


class Seal(Section):
    """Keys that seal personal data: "1:<base64 of 32 bytes>,2:..." and the key of the search hashes."""

    keys: SecretStr | None = None
    hash_key: SecretStr | None = None


class Log(Section):
    """What is logged, and how it looks."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"
