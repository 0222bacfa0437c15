"""Twilio's SDK, pointed at a server of the tests'."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from notifier.carriers.twilio import TwilioAccount, TwilioCarrier
from notifier.carriers.twilio.codes import load_codes
from notifier.domain.link_guard import LinkGuard
from notifier.settings.paths import config_dir

ACCOUNT = "AC" + "0c" * 16
CODES = load_codes(config_dir())
Connect = Callable[..., TwilioCarrier]


def connected(base_url: str, guard: Callable[[str], None] | None = None, **changes: Any) -> TwilioCarrier:
    """A carrier for this address, with the real link guard unless another is given; `changes` go to the account."""
    plan: dict[str, Any] = {
        "account_sid": ACCOUNT,
        "auth_token": "a-token",
        "status_callback": "https://notifier.example/webhooks/twilio/status",
        "base_url": base_url,
        "timeout": timedelta(seconds=5),
    }
    return TwilioCarrier(TwilioAccount(**plan | changes), guard or LinkGuard(["2921 2222"]).check, CODES)
