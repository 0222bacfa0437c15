"""Callbacks: each change is told once, signed as Twilio signs, at the address that came with the text."""

import pytest
from twilio.request_validator import RequestValidator

from notifier.sandbox.signing import sign
from tests.sandbox.serving import ACCOUNT, MOBILE, OURS, TOKEN, Receiver, SandboxServer, Webhook
from tests.waiting import eventually


def signed(receiver: Receiver, webhook: Webhook) -> bool:
    """Whether the SDK itself believes it."""
    validator = RequestValidator(TOKEN)
    return bool(validator.validate(receiver.url + webhook.target, webhook.form, webhook.headers["X-Twilio-Signature"]))


def test_each_step_is_told_in_order_and_signed(sandbox: SandboxServer, receiver: Receiver) -> None:
    sid = sandbox.accepted(StatusCallback=receiver.status_url)["sid"]
    eventually(lambda: len(receiver.webhooks) == 2)
    assert receiver.statuses(sid) == ["sent", "delivered"], "nobody calls back about the first status"
    for webhook in receiver.webhooks:
        assert webhook.target == "/status?m=an-attempt"
        assert webhook.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert (webhook["AccountSid"], webhook["To"], webhook["From"]) == (ACCOUNT, MOBILE, OURS)
        assert "ErrorCode" not in webhook.form
        assert signed(receiver, webhook)


def test_a_signature_fits_nothing_else(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.accepted(StatusCallback=receiver.status_url)
    eventually(lambda: receiver.webhooks)
    webhook = receiver.webhooks[0]
    signature = webhook.headers["X-Twilio-Signature"]
    url = receiver.url + webhook.target
    assert not RequestValidator("another").validate(url, webhook.form, signature)
    assert not RequestValidator(TOKEN).validate(url, webhook.form | {"MessageStatus": "failed"}, signature)
    assert not RequestValidator(TOKEN).validate(f"{url}&more=1", webhook.form, signature)


@pytest.mark.parametrize(
    "form",
    [{"b": "2", "a": "1", "B": "3"}, {"Body": "香港郵政 & <b>", "Blank": ""}, {}],
    ids=["unsorted", "words", "empty"],
)
def test_signing_is_the_sdks_own(form: dict[str, str]) -> None:
    url = "https://notifier.example/webhooks/twilio/status?m=an-attempt"
    assert sign(TOKEN, url, form) == RequestValidator(TOKEN).compute_signature(url, form)


def test_a_fragment_is_neither_sent_nor_signed(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.accepted(StatusCallback=f"{receiver.status_url}#rc=5&rp=all")
    eventually(lambda: len(receiver.webhooks) == 2)
    for webhook in receiver.webhooks:
        assert webhook.target == "/status?m=an-attempt"
        assert signed(receiver, webhook)


def test_a_failure_is_told_with_its_code_at_the_end(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.accepted(To="+85291230003", StatusCallback=receiver.status_url)
    eventually(lambda: len(receiver.webhooks) == 2)
    told = [(webhook["MessageStatus"], webhook.form.get("ErrorCode")) for webhook in receiver.webhooks]
    assert told == [("sent", None), ("undelivered", "30005")]


@pytest.mark.parametrize("form", [{"To": "+85291230006"}, {"StatusCallback": ""}], ids=["silent number", "no address"])
def test_some_texts_are_never_told_about(sandbox: SandboxServer, receiver: Receiver, form: dict[str, str]) -> None:
    sid = sandbox.accepted(**{"StatusCallback": receiver.status_url} | form)["sid"]
    sandbox.settled(sid, "delivered")
    told = sandbox.accepted(StatusCallback=receiver.status_url)["sid"]
    eventually(lambda: receiver.statuses(told) == ["sent", "delivered"])
    assert receiver.statuses(sid) == []


def test_a_server_in_trouble_is_called_again_and_the_log_tells(sandbox: SandboxServer, receiver: Receiver) -> None:
    receiver.answers.append(503)
    sid = sandbox.accepted(To="+85291230005", StatusCallback=receiver.status_url)["sid"]
    eventually(lambda: receiver.statuses(sid) == ["sent", "sent"])
    assert all(signed(receiver, webhook) for webhook in receiver.webhooks)
    eventually(lambda: _answers(sandbox, sid) == ["503", "200"])


def test_a_refusal_is_final(sandbox: SandboxServer, receiver: Receiver) -> None:
    receiver.answers.append(403)
    sid = sandbox.accepted(StatusCallback=receiver.status_url)["sid"]
    eventually(lambda: _answers(sandbox, sid) == ["403", "200"])
    assert receiver.statuses(sid) == ["sent", "delivered"]


def _answers(sandbox: SandboxServer, sid: str) -> list[str]:
    (message,) = (m for m in sandbox.http.get("/control/log").json()["messages"] if m["sid"] == sid)
    return [webhook["answer"] for webhook in message["webhooks"]]
