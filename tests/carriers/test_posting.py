"""One text, one POST: what leaves is what was written, and nothing else."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import structlog

from notifier.carriers.port import Accepted, Fault, Never, NotSent, Outgoing, Unknown
from notifier.carriers.twilio import TwilioCarrier
from notifier.domain.errors import UnsafeText
from notifier.runtime.logs import set_up_logs
from tests.carriers.connecting import ACCOUNT, Connect
from tests.carriers.scripted import SID, Answer, ScriptedServer, hangs_up, message, refuses, says, stays_silent

LINKED = "Hongkong Post: pay at hkpost-fee.com today"


def test_a_text_is_one_post_with_these_fields_and_no_other(
    carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing
) -> None:
    assert carrier.send(text) == Accepted(SID, "queued")
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert asked.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert asked.headers["authorization"].startswith("Basic ")
    # No media, no short links, no smart encoding: a text with one of those would not be the text that was shown.
    assert sorted(asked.form) == [
        ("Body", text.body),
        ("From", text.sender_id),
        ("StatusCallback", "https://notifier.example/webhooks/twilio/status?m=an-attempt"),
        ("To", text.to),
    ]


@pytest.mark.parametrize("body", ["香港郵政\n第二行 K7F29QXA", "100% & + = ^{}[~]|€", " spaces stay ", "👍🏽 𠮷"])
def test_a_body_leaves_to_the_letter(connect: Connect, server: ScriptedServer, text: Outgoing, body: str) -> None:
    carrier = connect(server.url, guard=lambda _: None)
    carrier.send(Outgoing(text.to, text.sender_id, body, text.attempt_id))
    assert dict(server.asked[0].form)["Body"] == body


def test_the_callback_may_carry_a_fragment(connect: Connect, server: ScriptedServer, text: Outgoing) -> None:
    connect(server.url, callback_fragment="rc=5&rp=all").send(text)
    address = urlsplit(dict(server.asked[0].form)["StatusCallback"])
    assert (address.query, address.fragment) == ("m=an-attempt", "rc=5&rp=all")


@pytest.mark.parametrize("prefix", ["", "/", "/telecom", "/telecom/v7/"])
def test_a_base_address_may_have_a_path(connect: Connect, server: ScriptedServer, text: Outgoing, prefix: str) -> None:
    assert isinstance(connect(server.url + prefix).send(text), Accepted)
    assert server.asked[0].path == f"{prefix.rstrip('/')}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def test_a_text_with_a_link_never_leaves(carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing) -> None:
    outcome = carrier.send(Outgoing(text.to, text.sender_id, LINKED, text.attempt_id))
    assert isinstance(outcome, Never)
    assert outcome.fault is Fault.CONTENT
    assert "link guard" in outcome.reason
    assert server.asked == []


def test_the_guard_sees_each_body_just_before_it_is_posted(
    connect: Connect, server: ScriptedServer, text: Outgoing
) -> None:
    seen: list[tuple[str, int]] = []

    def guard(body: str) -> None:
        seen.append((body, len(server.asked)))
        if len(seen) == 2:
            raise UnsafeText("A link, as far as this test goes.")

    carrier = connect(server.url, guard=guard)
    outcomes = [carrier.send(text) for _ in range(3)]
    assert [type(outcome) for outcome in outcomes] == [Accepted, Never, Accepted]
    assert seen == [(text.body, 0), (text.body, 1), (text.body, 1)], "the very body, each time, before the call"


@pytest.mark.parametrize(
    "answer",
    [refuses(500, 20500), refuses(503, None), refuses(429, 20429, Retry_After="0"), refuses(408, None), hangs_up],
    ids=["500", "503", "429", "408", "dropped"],
)
def test_a_post_is_never_repeated(
    carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing, answer: Answer
) -> None:
    server.script.append(answer)
    assert isinstance(carrier.send(text), Unknown | NotSent)
    assert [asked.method for asked in server.asked] == ["POST"]


def test_a_kept_line_that_died_is_no_reason_to_post_twice(
    carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing
) -> None:
    assert isinstance(carrier.send(text), Accepted)
    server.script.append(hangs_up)
    assert isinstance(carrier.send(text), Unknown)
    assert isinstance(carrier.send(text), Accepted)
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(connect: Connect, server: ScriptedServer, text: Outgoing, status: int) -> None:
    server.script.append(says(status, {}, Location=f"{server.url}/elsewhere"))
    assert isinstance(connect(server.url).send(text), Unknown)
    assert len(server.asked) == 1


def test_waiting_ends(connect: Connect, server: ScriptedServer, text: Outgoing) -> None:
    server.script.append(stays_silent)
    outcome = connect(server.url, timeout=timedelta(seconds=0.3)).send(text)
    assert outcome == Unknown("The carrier did not answer in time.")


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_in_the_environment_is_ignored(
    connect: Connect, server: ScriptedServer, text: Outgoing, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance(connect(server.url).send(text), Accepted)


@pytest.fixture
def _logs() -> Iterator[None]:
    set_up_logs("debug", "json")
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("_logs")
def test_neither_a_number_nor_a_body_is_logged(
    carrier: TwilioCarrier,
    server: ScriptedServer,
    text: Outgoing,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="twilio.http_client")
    server.script.extend([says(201, message(body=text.body)), refuses(400, 21211), hangs_up])
    outcomes = [carrier.send(text) for _ in range(3)]
    server.script.append(says(200, {"messages": [message(body=text.body)], "next_page_uri": None}))
    found = carrier.find(text.to, text.sender_id, None)
    assert len(found) == 1
    shown = json.dumps([caplog.text, *capfd.readouterr(), repr(text), repr(found), repr(outcomes), repr(carrier)])
    for secret in ("91234567", "64500001", "K7F29QXA", "a-token"):
        assert secret not in shown
