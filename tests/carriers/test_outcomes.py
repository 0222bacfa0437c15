"""What an answer, or none, says about a text: surely not sent, never to be sent, or unknown."""

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from notifier.carriers.port import Accepted, Fault, Hold, Never, NotSent, Outgoing, Unknown
from notifier.carriers.twilio import TwilioCarrier, http
from tests.carriers.connecting import Connect
from tests.carriers.scripted import (
    SID,
    Answer,
    ScriptedServer,
    breaks_off,
    dribbles,
    hangs_up,
    message,
    refuses,
    says,
    stays_silent,
)
from tests.servers import free_port

UNREADABLE: dict[str, Answer] = {
    "no answer": hangs_up,
    "half an answer": breaks_off,
    "silence": stays_silent,
    "an answer that stops": dribbles,
    "201 in HTML": says(201, b"<html>All is well</html>", Content_Type="text/html"),
    "201 with nothing": says(201, b""),
    "201 with half a document": says(201, b'{"sid": "SM'),
    "201 in another encoding": says(201, b"\xff\xfe\x00"),
    "201 with a list": says(201, []),
    "201 with a word": says(201, "fine"),
    "201 with null": says(201, None),
    "201 without a SID": says(201, {"status": "queued"}),
    "201 with an empty SID": says(201, message(sid="")),
    "201 with a number for a SID": says(201, message(sid=12)),
    "a redirect": says(302, {}, Location="http://127.0.0.1:9/"),
    "408": refuses(408, None),
    "500": refuses(500, 20500),
    "500 without a word": says(500, b""),
    "502 in HTML": says(502, b"<html>Bad gateway</html>"),
    "503": refuses(503, 20503),
    "504": refuses(504, None),
    "500 with the code of a bad number": refuses(500, 21211),
    "599": refuses(599, None),
}


@pytest.mark.parametrize("answer", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_not_surely_unsent_is_unknown(
    connect: Connect, server: ScriptedServer, text: Outgoing, answer: Answer
) -> None:
    server.script.append(answer)
    outcome = connect(server.url, timeout=timedelta(seconds=0.4)).send(text)
    assert isinstance(outcome, Unknown)
    assert outcome.reason.endswith(".")
    assert len(server.asked) == 1, "one text, one POST"


def test_an_accepted_text_may_have_any_status(carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing) -> None:
    for status in ("accepted", "queued", "sending", "something-new"):
        server.script.append(says(201, message(status=status)))
        assert carrier.send(text) == Accepted(SID, status)


def test_an_answer_may_hold_more_than_we_know(carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing) -> None:
    server.script.append(says(201, message(tier={"name": "gold"}, num_segments=None, date_created="yesterday")))
    assert carrier.send(text) == Accepted(SID, "queued")


def test_a_server_that_is_not_there_got_nothing(connect: Connect, text: Outgoing) -> None:
    assert connect(f"http://127.0.0.1:{free_port()}").send(text) == NotSent("The carrier could not be reached.")


def test_a_name_that_does_not_resolve_got_nothing(
    connect: Connect, text: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert connect("http://carrier.invalid").send(text) == NotSent("The carrier could not be reached.")


@pytest.fixture
def crowded() -> Iterator[str]:
    """The address of a server whose queue is full: to connect is to wait."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"
        for one in waiting:
            one.close()


def test_a_server_that_lets_nobody_in_got_nothing(
    connect: Connect, crowded: str, text: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_CONNECT", 0.3)
    assert connect(crowded).send(text) == NotSent("The carrier could not be reached.")


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ({"Retry_After": "7"}, timedelta(seconds=7)),
        ({"Retry_After": "0"}, timedelta(0)),
        ({"retry_after": "120"}, timedelta(minutes=2)),
        ({"Retry_After": "Wed, 25 Nov 2026 08:00:00 GMT"}, None),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "99999999999"}, None),
        ({"Retry_After": "soon"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("code", [20429, None])
def test_too_many_is_surely_not_sent_and_says_when_to_come_back(
    carrier: TwilioCarrier,
    server: ScriptedServer,
    text: Outgoing,
    header: dict[str, str],
    wait: timedelta | None,
    code: int | None,
) -> None:
    server.script.append(refuses(429, code, **header))
    outcome = carrier.send(text)
    assert isinstance(outcome, NotSent)
    assert (outcome.code, outcome.retry_after, outcome.hold) == (code, wait, Hold.TEXT)


def test_a_wait_is_forgotten_with_the_next_answer(
    carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing
) -> None:
    server.script.extend([refuses(429, 20429, Retry_After="600"), refuses(429, 20429)])
    waits = [
        outcome.retry_after for outcome in (carrier.send(text), carrier.send(text)) if isinstance(outcome, NotSent)
    ]
    assert waits == [timedelta(minutes=10), None]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refused_account_holds_everything(
    carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing, status: int
) -> None:
    server.script.append(says(status, b"<html>go away</html>"))
    outcome = carrier.send(text)
    assert isinstance(outcome, NotSent)
    assert outcome.hold is Hold.EVERYTHING


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refuses(400, 29999), 29999),
        (refuses(422, None), None),
        (says(400, b"<html>no</html>"), None),
        (says(400, ["no"]), None),
        (refuses(400, 12), None),
    ],
    ids=["a new code", "no code", "no document", "a list", "no code of theirs"],
)
def test_a_refusal_nobody_wrote_down_goes_to_people(
    carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing, answer: Answer, code: int | None
) -> None:
    server.script.append(answer)
    outcome = carrier.send(text)
    assert isinstance(outcome, Never)
    assert (outcome.fault, outcome.code) == (Fault.ROUTE, code)
    assert outcome.reason.endswith(".")


def test_an_error_in_the_newer_form_is_read_too(carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing) -> None:
    problem = {"type": "about:blank", "title": "No"}
    server.script.append(says(400, problem | {"status": 400, "code": 21610}))
    server.script.append(says(500, problem | {"status": 500, "code": 20500}))
    refused, broken = carrier.send(text), carrier.send(text)
    assert refused == Never("The sender has told the carrier to stop our texts.", Fault.OPTED_OUT, 21610)
    assert isinstance(broken, Unknown)
