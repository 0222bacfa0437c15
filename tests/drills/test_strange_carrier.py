"""The whole product, as processes, against a carrier that nobody here wrote it for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.drills.processes import Api, Installation
from tests.drills.strange_carrier import ACCOUNT, TOKEN, Sms, StrangeCarrier, strange_carrier
from tests.waiting import eventually

MOBILE = "+85291234567"
SENDERS = ("+85264500007", "+85264500008")
_SETTLED = timedelta(seconds=10)


@dataclass
class Deployment:
    """What a drill plays with: the product, its API, and the carrier's end."""

    notifier: Installation
    api: Api
    carrier: StrangeCarrier

    @property
    def inbound(self) -> str:
        """Where replies go."""
        return f"{self.notifier.base_url}/webhooks/twilio/inbound"

    def texted(self, **changes: Any) -> tuple[str, Sms]:
        """A new query's id, and the one text that reached the carrier for it."""
        query = self.api.submit(**changes)
        eventually(lambda: self.state(query["id"], "text") == "handed_over", what="The 201 being recorded")
        (sms,) = (text for text in self.carrier.texts if query["code"] in text["Body"])
        return query["id"], sms

    def state(self, query_id: str, of: str = "query") -> str:
        """Where the query, or its first text, stands."""
        seen = self.api.see(query_id)
        return str(seen["state"] if of == "query" else seen["texts"][0]["state"])

    def becomes(self, query_id: str, state: str, within: float = 10) -> dict[str, Any]:
        """The query, once it is in this state."""
        eventually(lambda: self.state(query_id) == state, within=within, what=f"Becoming {state}")
        return self.api.see(query_id)


Deploy = Callable[..., Deployment]


@pytest.fixture
def deploy(stack: tuple[str, str], tmp_path: Path) -> Iterator[Deploy]:
    """Starts the product against a strange carrier: in one process, or as a deployment's three."""
    database_url, broker_url = stack
    with ExitStack() as cleanup:
        carrier = cleanup.enter_context(strange_carrier())

        def start(**settings: str) -> Deployment:
            ours = {
                "TWILIO__ACCOUNT_SID": ACCOUNT,
                "TWILIO__AUTH_TOKEN": TOKEN,
                "TWILIO__BASE_URL": carrier.base_url,
                "TWILIO__FROM": ",".join(SENDERS),
                "TWILIO__CALLBACK_FRAGMENT": "rc=5&rp=all",
                "LOG__LEVEL": "debug",
            }
            notifier = cleanup.enter_context(Installation(tmp_path, database_url, broker_url, ours | settings))
            if broker_url.startswith("redis"):
                notifier.deployment()
            else:
                notifier.up()
            return Deployment(notifier, notifier.api(), carrier)

        yield start


def test_a_query_becomes_one_text_and_a_signed_reply_ends_the_waiting(deploy: Deploy) -> None:
    customs = deploy()
    query_id, sms = customs.texted()
    assert sorted(name for name, _ in sms.form) == ["Body", "From", "StatusCallback", "To"]
    assert sms["To"] == MOBILE
    assert sms["From"] in SENDERS
    assert sms["StatusCallback"].endswith("#rc=5&rp=all")
    assert customs.api.see(query_id)["texts"][0]["delivery"] == "accepted"

    assert customs.carrier.report(sms, "sent") == 200
    assert customs.carrier.report(sms, "delivered") == 200
    seen = customs.becomes(query_id, "awaiting_reply")
    assert seen["texts"][0]["delivery"] == "delivered"
    assert seen["rounds"][0]["close_at"] is not None

    assert customs.carrier.reply(customs.inbound, sms, "好的") == 200
    eventually(lambda: customs.api.see(query_id)["replies"], what="Reading the reply")
    seen = customs.api.see(query_id)
    assert (seen["state"], seen["replies"][0]["reading"]) == ("awaiting_reply", "acknowledgement")

    assert customs.carrier.reply(customs.inbound, sms, "兩件棉質襯衫 two cotton shirts") == 200
    seen = customs.becomes(query_id, "replied")
    assert [reply["text"] for reply in seen["replies"]] == ["好的", "兩件棉質襯衫 two cotton shirts"]

    bodies = [text["Body"] for text in customs.carrier.texts_to(MOBILE)]
    assert bodies.count(sms["Body"]) == 1, "nobody is texted twice"
    assert len(bodies) <= 2, "at most one prompt follows an acknowledgement"
    assert customs.carrier.refused == []
    assert customs.api.http.get("/sandbox/").status_code == 404, "where there is an account, there is no sandbox"
    printed = customs.notifier.printed()
    for secret in ("91234567", "9123 4567", "兩件", "RR123456785HK", TOKEN, "Traceback"):
        assert secret not in printed


def test_silence_brings_the_hotline_at_its_time(deploy: Deploy) -> None:
    customs = deploy(WINDOW__CLOSE_AFTER="PT5S")
    query_id, sms = customs.texted()
    assert customs.carrier.report(sms, "delivered") == 200
    eventually(lambda: customs.state(query_id) != "received", what="The window opening")

    seen = customs.becomes(query_id, "escalated", within=15)
    close_at = datetime.fromisoformat(seen["rounds"][0]["close_at"])
    opened_at = datetime.fromisoformat(seen["rounds"][0]["opened_at"])
    (closed_at,) = (datetime.fromisoformat(row["at"]) for row in seen["history"] if row["event"] == "window_closed")
    assert close_at - opened_at == timedelta(seconds=5)
    assert close_at <= closed_at <= close_at + _SETTLED
    assert datetime.now(close_at.tzinfo) <= close_at + _SETTLED, "it can be seen from outside in time"
    assert [(work["team"], work["reason"]) for work in seen["handoffs"]] == [("hotline", "no_reply")]
    assert len(customs.carrier.texts_to(MOBILE)) == 1, "a reminder due after the closing is dropped"
