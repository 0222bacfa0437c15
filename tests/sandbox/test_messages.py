"""Creating and fetching: a client of Twilio's own API finds everything where it expects it, and of the same type."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import pytest
from jsonschema import ValidationError

from tests.sandbox.schemas import check
from tests.sandbox.serving import ACCOUNT, MOBILE, OURS, TOKEN, SandboxServer

_LIST = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def test_a_new_text_is_answered_as_twilio_would(sandbox: SandboxServer) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    answer = sandbox.post(Body="Two ÄÖ and one €", StatusCallback="http://127.0.0.1:9/never")
    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith("application/json")
    message = answer.json()
    check(message, "message")
    assert (message["to"], message["from"], message["body"]) == (MOBILE, OURS, "Two ÄÖ and one €")
    assert (message["status"], message["direction"]) == ("queued", "outbound-api")
    assert (message["num_segments"], message["num_media"], message["error_code"]) == ("1", "0", None)
    assert message["date_sent"] is None, "it has not left yet"
    assert before <= parsedate_to_datetime(message["date_created"]) <= before + timedelta(seconds=10)


def test_a_fetched_text_tells_how_far_it_got(sandbox: SandboxServer) -> None:
    made = sandbox.accepted()
    seen = sandbox.settled(made["sid"], "delivered")
    check(seen, "message")
    assert seen["uri"].endswith(f"/{made['sid']}.json")
    assert seen["date_sent"] is not None
    same = ("sid", "to", "from", "body", "num_segments", "date_created", "uri")
    assert [seen[name] for name in same] == [made[name] for name in same]


@pytest.mark.parametrize(
    ("body", "segments"),
    [("a" * 160, "1"), ("a" * 161, "2"), ("中" * 70, "1"), ("中" * 71, "2"), ("€" * 80, "1"), ("€" * 81, "2")],
)
def test_segments_are_counted_as_the_network_counts(sandbox: SandboxServer, body: str, segments: str) -> None:
    assert sandbox.accepted(Body=body)["num_segments"] == segments


@pytest.mark.parametrize("body", ["香港郵政\n第二行", "👍🏽 & <b> + % =", " spaces around ", "x" * 1600])
def test_a_body_is_kept_to_the_letter(sandbox: SandboxServer, body: str) -> None:
    assert sandbox.fetch(sandbox.accepted(Body=body)["sid"])["body"] == body


def test_parameters_of_a_newer_sdk_are_tolerated(sandbox: SandboxServer) -> None:
    check(sandbox.accepted(MessageIntent="customs", RiskCheck="disable"), "message")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"To": "not a number"}, 21211),
        ({"To": "91234567"}, 21211),
        ({"Body": "x" * 1601}, 21617),
        ({"To": "+85291230001"}, 21211),
        ({"To": "+85291230002"}, 21610),
        ({"To": "+85291230007"}, 21614),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused_with_its_code(
    sandbox: SandboxServer, form: dict[str, str], code: int
) -> None:
    answer = sandbox.post(**form)
    _is_error(answer, 400, code)
    assert sandbox.page()["messages"] == [], "what is refused is not kept"


@pytest.mark.parametrize(
    ("digits", "statuses", "code"),
    [
        ("0003", "undelivered", 30005),
        ("0004", "failed", 30003),
        ("0005", "sent", None),
        ("0006", "delivered", None),
        ("0008", "undelivered", 30006),
        ("0009", "undelivered", 30007),
    ],
)
def test_the_last_digits_decide_what_becomes_of_a_text(
    sandbox: SandboxServer, digits: str, statuses: str, code: int | None
) -> None:
    made = sandbox.accepted(To=f"+8529123{digits}")
    assert made["error_code"] is None
    seen = sandbox.settled(made["sid"], statuses)
    check(seen, "message")
    assert seen["error_code"] == code
    assert (seen["error_message"] is None) == (code is None)


def test_a_message_nobody_sent_is_not_found(sandbox: SandboxServer) -> None:
    _is_error(sandbox.http.get(f"/2010-04-01/Accounts/{ACCOUNT}/Messages/SM{'0' * 32}.json"), 404, 20404)


@pytest.mark.parametrize(
    "auth", [(ACCOUNT, "wrong"), ("AC" + "0b" * 16, TOKEN), None], ids=["token", "account", "none"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stranger_is_turned_away(sandbox: SandboxServer, method: str, auth: tuple[str, str] | None) -> None:
    form = {"To": MOBILE, "From": OURS, "Body": "hello"} if method == "POST" else None
    with httpx2.Client(base_url=sandbox.url, auth=auth, trust_env=False) as stranger:
        _is_error(stranger.request(method, _LIST, data=form), 401, 20003)
    assert sandbox.page()["messages"] == []


def test_another_accounts_address_is_not_ours(sandbox: SandboxServer) -> None:
    _is_error(sandbox.http.get(_LIST.replace(ACCOUNT, "AC" + "0b" * 16)), 401, 20003)


@pytest.mark.parametrize(
    "change",
    [{"num_segments": 1}, {"error_code": "30005"}, {"date_created": "2026-11-25T07:00:00Z"}, {"status": "gone"}],
)
def test_the_schema_tells_wrong_from_right(sandbox: SandboxServer, change: dict[str, Any]) -> None:
    message = sandbox.accepted()
    check(message, "message")
    with pytest.raises(ValidationError):
        check(message | change, "message")


def _is_error(answer: httpx2.Response, status: int, code: int) -> None:
    assert answer.status_code == status
    check(answer.json(), "error")
    assert (answer.json()["status"], answer.json()["code"]) == (status, code)
