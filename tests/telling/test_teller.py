"""What every teller promises, held against apprise on a real socket: told, not told, or nobody knows; and in time."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from notifier.domain.errors import SettingsWrong
from notifier.telling.by_apprise import AppriseTeller
from notifier.telling.heartbeat import HeartbeatAddress
from notifier.telling.port import NOBODY, NobodyListens, Teller, Told
from tests.receivers import Receiver, receiver
from tests.servers import free_port

_PATIENCE = timedelta(seconds=1)


@pytest.fixture
def heard() -> Iterator[Receiver]:
    """Where messages arrive."""
    with receiver() as one:
        yield one


def teller_to(*addresses: str) -> AppriseTeller:
    return AppriseTeller(",".join(addresses), _PATIENCE)


def test_a_message_arrives_as_it_was_written(heard: Receiver) -> None:
    teller = teller_to(heard.address)
    (name,) = teller.receivers()
    assert teller.tell(name, "Notifier: wake someone", "[new] One & <two>\n\n* three *") is Told.TOLD
    (told,) = heard.told
    assert (told["title"], told["message"]) == ("Notifier: wake someone", "[new] One & <two>\n\n* three *")


@pytest.mark.parametrize("status", [500, 503, 404, 401])
def test_a_refusal_is_unknown_and_the_message_went_out_once(heard: Receiver, status: int) -> None:
    """apprise does not tell a refusal from an answer that was lost, so nobody else may."""
    heard.script.append(status)
    teller = teller_to(heard.address)
    assert teller.tell(teller.receivers()[0], "t", "b") is Told.UNKNOWN
    assert len(heard.told) == 1, "it does not try again by itself"


def test_nobody_at_home_is_unknown() -> None:
    teller = teller_to(f"json://127.0.0.1:{free_port()}/")
    assert teller.tell(teller.receivers()[0], "t", "b") is Told.UNKNOWN


def test_a_slow_receiver_is_given_up_in_time_and_is_unknown(heard: Receiver) -> None:
    heard.hold.clear()
    teller = teller_to(heard.address)
    began = time.monotonic()
    assert teller.tell(teller.receivers()[0], "t", "b") is Told.UNKNOWN
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("teller", [NOBODY, AppriseTeller("json://127.0.0.1:1/", _PATIENCE)], ids=["nobody", "apprise"])
def test_an_address_that_is_not_in_the_settings_any_more_is_not_told(teller: Teller) -> None:
    assert teller.tell("gone", "t", "b") is Told.NOT_TOLD


def test_each_address_has_a_name_of_its_own_that_lasts_and_does_not_show_it(heard: Receiver) -> None:
    other = "mailto://someone:secret@example.org?to=a@example.org,b@example.org"
    names = teller_to(heard.address, other).receivers()
    assert len(set(names)) == 2, "a comma within an address does not part it"
    assert names == teller_to(heard.address, other).receivers()
    assert set(teller_to(other).receivers()) < set(names), "another address changes no name"
    for name in names:
        assert not {"hush", "secret", "example", "127"} & set(name.split("."))
        assert len(name) <= 64


def test_what_apprise_does_not_know_is_refused_by_its_place_alone() -> None:
    with pytest.raises(SettingsWrong, match=r"NOTIFIER_ALARMS__URLS: address 2 ") as refused:
        teller_to("json://127.0.0.1:1/", "hush-hush://secret")
    assert "secret" not in str(refused.value)


def test_the_library_logs_nothing_of_an_address(heard: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    heard.script.append(500)
    with caplog.at_level(logging.DEBUG):
        teller = teller_to(heard.address)
        teller.tell(teller.receivers()[0], "t", "b")
        logging.getLogger("somebody else").debug("is heard")
    assert heard.told
    assert "somebody else" in {record.name for record in caplog.records}
    assert [record for record in caplog.records if record.name.startswith("apprise")] == []


def test_a_sign_of_life_is_one_request(heard: Receiver) -> None:
    HeartbeatAddress(heard.url, _PATIENCE)()
    assert heard.told == ["/hush-hush"]


@pytest.mark.parametrize("status", [500, 404, 302])
def test_an_answer_that_is_no_yes_is_no_listener_and_is_not_followed(heard: Receiver, status: int) -> None:
    heard.script.append(status)
    with pytest.raises(NobodyListens, match=str(status)) as told:
        HeartbeatAddress(heard.url, _PATIENCE)()
    assert heard.told == ["/hush-hush"]
    assert "hush" not in str(told.value)


def test_a_watcher_that_is_away_or_slow_costs_its_timeout_at_most(heard: Receiver) -> None:
    heard.hold.clear()
    for url in (heard.url, f"http://127.0.0.1:{free_port()}/hush-hush"):
        began = time.monotonic()
        with pytest.raises(NobodyListens) as told:
            HeartbeatAddress(url, timedelta(seconds=0.5))()
        assert time.monotonic() - began < 3
        assert "hush" not in str(told.value)
