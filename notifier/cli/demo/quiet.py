"""Knowing that nothing more happens by itself: the carrier has told all it had to tell, and the figures stand still."""

import time
from collections.abc import Callable
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from notifier.cli.demo.desk import Desk
from notifier.cli.demo.trouble import Trouble

LOG = "/sandbox/control/log"
_PATIENCE = 60  # seconds
_LOOK = 0.1
_UNDER_WAY = ("queued", "claimed", "posting", "unknown")
_ENDS = ("delivered", "undelivered", "failed")
# What the last four digits of a phone make the carrier do (the sandbox's page lists them).
_STAYS_SENT, _TELLS_NOTHING = "0005", "0006"


def await_quiet(desk: Desk, on_look: Callable[[str], None] = lambda _: None) -> None:
    """Returns once nothing is under way any more. Raises Trouble when that takes too long."""
    deadline = time.monotonic() + _PATIENCE
    while (busy := _busy(desk)) is not None:
        if time.monotonic() > deadline:
            raise Trouble(f"After {_PATIENCE} seconds still under way: {busy}.")
        on_look(busy)
        time.sleep(_LOOK)
    on_look("")


def _busy(desk: Desk) -> str | None:
    """The carrier first: what it has told is stored before it is answered, so the figures know of it."""
    messages = desk.get(LOG)["messages"]
    waiting = sum(not _told(message) for message in messages)
    if waiting:
        return f"{waiting} messages at the carrier"
    return _working(desk.get("/metrics"))


def _told(message: dict[str, Any]) -> bool:
    """Whether this message came to its end, and every webhook about it was taken."""
    taken = {hook["status"] for hook in message["webhooks"] if hook["answer"] == "200"}
    if message["direction"] == "inbound":
        return bool(taken)
    if message["to"].endswith(_TELLS_NOTHING):
        return message["status"] in _ENDS
    ended = message["status"] in _ENDS or message["to"].endswith(_STAYS_SENT)
    return ended and {"sent", message["status"]} <= taken


def _working(figures: str) -> str | None:
    for family in text_string_to_metric_families(figures):
        for sample in family.samples:
            if not sample.value:
                continue
            if sample.name == "notifier_texts" and sample.labels["state"] in _UNDER_WAY:
                return f"{sample.value:.0f} texts {sample.labels['state']}"
            if sample.name == "notifier_webhooks_waiting" and sample.labels["state"] == "pending":
                return f"{sample.value:.0f} webhooks to be worked on"
            if sample.name == "notifier_sweep_lag_seconds":
                return "due times to be fired"
    return None
