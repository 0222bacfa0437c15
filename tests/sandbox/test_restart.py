"""A sandbox that was stopped in the middle goes on where it was: what was accepted still meets its fate."""

from pathlib import Path

from tests.sandbox.serving import OURS, Receiver, sandbox_server
from tests.waiting import eventually

_LONG = 3600.0


def test_a_queued_text_is_delivered_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    file, inbound = tmp_path / "sandbox.db", f"{receiver.url}/inbound"
    with sandbox_server(file, inbound, delay=_LONG) as before:
        sid = before.accepted(StatusCallback=receiver.status_url)["sid"]
        assert before.fetch(sid)["status"] == "queued"
    with sandbox_server(file, inbound) as after:
        assert after.settled(sid, "delivered")["sid"] == sid
        eventually(lambda: receiver.statuses(sid) == ["sent", "delivered"])


def test_a_text_half_way_goes_the_other_half(tmp_path: Path, receiver: Receiver) -> None:
    file, inbound = tmp_path / "sandbox.db", f"{receiver.url}/inbound"
    with sandbox_server(file, inbound, delay=0.5) as before:
        sid = before.accepted(To="+85291230003", StatusCallback=receiver.status_url)["sid"]
        eventually(lambda: receiver.statuses(sid))
    with sandbox_server(file, inbound) as after:
        assert after.settled(sid, "undelivered")["error_code"] == 30005
        eventually(lambda: receiver.statuses(sid) == ["sent", "undelivered"])


def test_a_reply_on_its_way_arrives_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    file, inbound = tmp_path / "sandbox.db", f"{receiver.url}/inbound"
    with sandbox_server(file, inbound) as before:
        before.misbehave(delay=_LONG)
        sid = before.reply("hello", to=OURS)
        assert receiver.inbound() == []
    with sandbox_server(file, inbound):
        (webhook,) = eventually(receiver.inbound)
        assert webhook["MessageSid"] == sid


def test_what_is_settled_is_told_no_second_time(tmp_path: Path, receiver: Receiver) -> None:
    file, inbound = tmp_path / "sandbox.db", f"{receiver.url}/inbound"
    with sandbox_server(file, inbound) as before:
        first = before.accepted(StatusCallback=receiver.status_url)["sid"]
        before.reply("STOP", to=OURS)
        eventually(lambda: receiver.statuses(first) == ["sent", "delivered"] and receiver.inbound())
    with sandbox_server(file, inbound) as after:
        other = after.accepted(To="+85261234567", StatusCallback=receiver.status_url)["sid"]
        eventually(lambda: receiver.statuses(other) == ["sent", "delivered"])
        assert after.post().json()["code"] == 21610, "an opt-out outlives the process"
    assert receiver.statuses(first) == ["sent", "delivered"]
    assert len(receiver.inbound()) == 1
