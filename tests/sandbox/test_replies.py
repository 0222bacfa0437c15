"""Replies: what a phone writes reaches the product as Twilio would bring it, and STOP is kept."""

from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from tests.sandbox.serving import ACCOUNT, MOBILE, OURS, TOKEN, Receiver, SandboxServer
from tests.waiting import eventually


def test_a_reply_comes_signed_to_the_number_that_texted_last(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.accepted(From="+85264500009")
    sandbox.accepted(From=OURS)
    sid = sandbox.reply("兩件棉質襯衫 & <b>more</b>")
    (webhook,) = eventually(receiver.inbound)
    assert webhook.form == {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": "兩件棉質襯衫 & <b>more</b>",
        "From": MOBILE,
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": sid,
        "SmsStatus": "received",
        "To": OURS,
    }
    signature = webhook.headers["X-Twilio-Signature"]
    assert RequestValidator(TOKEN).validate(f"{receiver.url}/inbound", webhook.form, signature)


def test_a_reply_is_kept_like_any_message(sandbox: SandboxServer) -> None:
    sid = sandbox.reply("hello", to=OURS)
    seen = sandbox.fetch(sid)
    assert (seen["direction"], seen["from"], seen["to"], seen["status"]) == ("inbound", MOBILE, OURS, "received")


def test_a_picture_and_an_opt_out_type_are_told(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.reply("", to=OURS, num_media=2)
    sandbox.reply("stop it", to=OURS, opt_out_type="STOP")
    eventually(lambda: len(receiver.inbound()) == 2)
    # Nothing orders what two phones' owners, or one of them twice, write within a moment.
    stop, picture = sorted(receiver.inbound(), key=lambda webhook: webhook["Body"], reverse=True)
    assert (picture["NumMedia"], picture["Body"]) == ("2", "")
    assert stop["OptOutType"] == "STOP"
    assert "OptOutType" not in picture.form


def test_a_server_in_trouble_gets_the_reply_again(sandbox: SandboxServer, receiver: Receiver) -> None:
    receiver.answers.append(500)
    sid = sandbox.reply("hello", to=OURS)
    eventually(lambda: [hook["MessageSid"] for hook in receiver.inbound()] == [sid, sid])


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop ", "CANCEL", "UNSUBSCRIBE", "QUIT"])
def test_a_stop_word_closes_the_phone(sandbox: SandboxServer, receiver: Receiver, word: str) -> None:
    sandbox.accepted()
    sandbox.reply(word)
    (webhook,) = eventually(receiver.inbound)
    assert webhook["Body"] == word, "the word itself comes as it was written"
    answer = sandbox.post()
    assert (answer.status_code, answer.json()["code"]) == (400, 21610)
    sandbox.accepted(To="+85261234567")


def test_start_opens_the_phone_again(sandbox: SandboxServer) -> None:
    sandbox.reply("STOP", to=OURS)
    assert sandbox.post().json()["code"] == 21610
    sandbox.reply("start", to=OURS)
    sandbox.accepted()


@pytest.mark.parametrize("words", ["please stop", "don't cancel", "the end of the week", "停止"])
def test_other_words_close_nothing(sandbox: SandboxServer, words: str) -> None:
    sandbox.reply(words, to=OURS)
    sandbox.accepted()


@pytest.mark.parametrize(
    "given",
    [
        {"from": "+85290000000", "body": "nobody texted this phone"},
        {"body": "no phone"},
        {"from": 91234567, "body": "a number is no phone"},
        {"from": MOBILE, "body": ["no text"]},
        {"from": MOBILE, "to": OURS, "body": "", "num_media": "two"},
        {"from": MOBILE, "to": 5, "body": "to whom?"},
        {"from": MOBILE, "to": OURS, "body": "what?", "opt_out_type": {}},
        [],
    ],
)
def test_a_reply_that_cannot_be_made_is_refused_in_words(
    sandbox: SandboxServer, receiver: Receiver, given: Any
) -> None:
    answer = sandbox.http.post("/control/reply", json=given)
    assert answer.status_code == 400
    assert len(answer.json()["error"].split()) > 3
    assert sandbox.page()["messages"] == []


def test_what_is_not_json_is_refused_in_words(sandbox: SandboxServer) -> None:
    answer = sandbox.http.post("/control/reply", content=b"from=me")
    assert (answer.status_code, answer.json()) == (400, {"error": "the body is not JSON"})
