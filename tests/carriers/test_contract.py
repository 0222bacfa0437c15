"""What every carrier keeps to, whatever stands behind it: ours in memory, and Twilio's SDK over the sandbox server."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx2
import pytest

from notifier.carriers.port import Accepted, Carrier, Outgoing
from notifier.carriers.twilio import TwilioAccount, TwilioCarrier
from notifier.domain.errors import CarrierSilent
from notifier.domain.types import Direction
from tests.carriers.connecting import CODES
from tests.fakes import FakeCarrier
from tests.sandbox.serving import ACCOUNT, TOKEN, sandbox_server

# The sandbox delivers to this number without calling back.
MOBILE = "+85291230006"
OTHER = "+85261230006"
OURS = "+85264500001"
HOUR = timedelta(hours=1)
BODIES = (
    "Hongkong Post: Ref K7F29QXA. Enquiries: 2921 2222",
    "香港郵政：查詢編號K7F29QXA。\n第二行",
    "^{}\\[~]|€ & + % = 100%",
    "👍🏽 ends with an emoji 𠮷",
    " spaces stay ",
)


@dataclass
class Bench:
    """A carrier, a phone that writes to one of our numbers, and a way to make the carrier answer nothing any more.

    `write` takes the phone, our number and the words.
    """

    carrier: Carrier
    silence: Callable[[], None]
    write: Callable[[str, str, str], None]

    def listed(self, direction: Direction, our_number: str = OURS, **when: datetime) -> list[str]:
        """The bodies of what one of our numbers sent or got, oldest first; from an hour ago on unless told."""
        now = datetime.now(UTC)
        since, until = when.get("since", now - HOUR), when.get("until", now + HOUR)
        found = list(self.carrier.messages(direction, our_number, since, until))
        return [message.body for message in reversed(found)]

    def sent(self, body: str, to: str = MOBILE, sender_id: str = OURS) -> str:
        """The SID of a text that was taken."""
        outcome = self.carrier.send(Outgoing(to, sender_id, body, "an-attempt"))
        assert isinstance(outcome, Accepted)
        return outcome.sid


@pytest.fixture(params=["fake", "twilio"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each carrier in turn."""
    found: Bench = request.getfixturevalue(f"_{request.param}")
    return found


@pytest.fixture
def _fake() -> Bench:
    carrier = FakeCarrier()

    def silence() -> None:
        carrier.silent = True

    def write(phone: str, to: str, body: str) -> None:
        carrier.hear(f"SM{next(numbers):032x}", phone, to, body, datetime.now(UTC))

    numbers = itertools.count(0xF000)
    return Bench(carrier, silence, write)


@pytest.fixture
def _twilio(tmp_path: Path) -> Iterator[Bench]:
    serving = sandbox_server(tmp_path / "sandbox.db", "http://127.0.0.1:9/inbound")
    url = serving.__enter__().url
    ended: list[Any] = []

    def end() -> None:
        if not ended:
            ended.append(serving.__exit__(None, None, None))

    account = TwilioAccount(ACCOUNT, TOKEN, "http://127.0.0.1:9/status", base_url=url)
    carrier = TwilioCarrier(account, guard=lambda _: None, codes=CODES)
    http = httpx2.Client(base_url=url, trust_env=False)

    def write(phone: str, to: str, body: str) -> None:
        assert http.post("/control/reply", json={"from": phone, "to": to, "body": body}).status_code == 201

    yield Bench(carrier, end, write)
    http.close()
    carrier.close()
    end()


@pytest.mark.parametrize("body", BODIES)
def test_a_text_can_be_fetched_as_it_was_sent(bench: Bench, body: str) -> None:
    sid = bench.sent(body)
    seen = bench.carrier.fetch(sid)
    assert seen is not None
    assert (seen.sid, seen.to, seen.sender_id, seen.body) == (sid, MOBILE, OURS, body)
    assert seen.error_code is None
    assert seen.created_at is not None
    assert abs(datetime.now(UTC) - seen.created_at) < timedelta(minutes=1)


def test_a_new_text_has_a_status(bench: Bench) -> None:
    outcome = bench.carrier.send(Outgoing(MOBILE, OURS, "hello", "an-attempt"))
    assert isinstance(outcome, Accepted)
    assert outcome.status in ("accepted", "queued")


def test_each_post_is_a_message_of_its_own(bench: Bench) -> None:
    first, second = bench.sent("the same"), bench.sent("the same")
    assert first != second
    assert [message.sid for message in bench.carrier.find(MOBILE, OURS, None)] == [second, first]


@pytest.mark.parametrize("body", BODIES)
def test_a_search_finds_the_exact_body(bench: Bench, body: str) -> None:
    bench.sent("something else")
    sid = bench.sent(body)
    assert [m.sid for m in bench.carrier.find(MOBILE, OURS, None) if m.body == body] == [sid]


def test_a_search_stays_between_two_parties(bench: Bench) -> None:
    bench.sent("to another phone", to=OTHER)
    bench.sent("from another number", sender_id="+85264500002")
    sid = bench.sent("between the two")
    (found,) = bench.carrier.find(MOBILE, OURS, None)
    assert (found.sid, found.to, found.sender_id) == (sid, MOBILE, OURS)


def test_a_name_can_be_the_sender(bench: Bench) -> None:
    sid = bench.sent("from a registered name", sender_id="#HKPost")
    assert [message.sid for message in bench.carrier.find(MOBILE, "#HKPost", None)] == [sid]


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=9, minutes=30))])
def test_a_search_looks_back_to_an_instant_in_any_zone(bench: Bench, zone: timezone) -> None:
    sid = bench.sent("now")
    now = datetime.now(UTC)
    earlier, later = (now - timedelta(minutes=5)).astimezone(zone), (now + timedelta(minutes=5)).astimezone(zone)
    assert [message.sid for message in bench.carrier.find(MOBILE, OURS, earlier)] == [sid]
    assert bench.carrier.find(MOBILE, OURS, later) == []


def test_a_search_brings_every_page_newest_first(bench: Bench) -> None:
    wanted = [f"text {number:04}" for number in range(1005)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bench.sent, wanted[:-1]))
    bench.sent(wanted[-1])
    found = bench.carrier.find(MOBILE, OURS, None)
    assert sorted(message.body for message in found) == wanted
    assert found[0].body == wanted[-1]
    moments = [message.created_at for message in found]
    assert moments == sorted(moments, key=lambda moment: moment or datetime.min.replace(tzinfo=UTC), reverse=True)


def test_nothing_is_found_where_nothing_was_sent(bench: Bench) -> None:
    assert bench.carrier.find(MOBILE, OURS, None) == []
    assert bench.carrier.fetch("SM" + "0" * 32) is None


def test_a_carrier_that_cannot_be_asked_says_so(bench: Bench) -> None:
    sid = bench.sent("hello")
    bench.silence()
    with pytest.raises(CarrierSilent):
        bench.carrier.find(MOBILE, OURS, None)
    with pytest.raises(CarrierSilent):
        bench.carrier.fetch(sid)
    with pytest.raises(CarrierSilent):
        bench.listed(Direction.IN)


def test_everything_a_number_sent_or_got_can_be_listed(bench: Bench) -> None:
    for phone in (MOBILE, OTHER):
        bench.sent(f"to {phone}", to=phone)
        bench.write(phone, OURS, f"from {phone}")
    bench.sent("by another of our numbers", sender_id="+85264500002")
    bench.write(MOBILE, "+85264500002", "to another of our numbers")
    assert sorted(bench.listed(Direction.OUT)) == [f"to {OTHER}", f"to {MOBILE}"]
    assert sorted(bench.listed(Direction.IN)) == [f"from {OTHER}", f"from {MOBILE}"]
    assert bench.listed(Direction.IN, "+85264500002") == ["to another of our numbers"]


@pytest.mark.parametrize("body", BODIES)
def test_a_reply_is_listed_as_it_was_written(bench: Bench, body: str) -> None:
    bench.write(MOBILE, OURS, body)
    now = datetime.now(UTC)
    (seen,) = bench.carrier.messages(Direction.IN, OURS, now - HOUR, now + HOUR)
    assert (seen.sender_id, seen.to, seen.body) == (MOBILE, OURS, body)
    assert (seen.direction, seen.status, seen.error_code, seen.num_media) == (Direction.IN, "received", None, 0)
    for moment in (seen.created_at, seen.sent_at, seen.changed_at):
        assert moment is not None
        assert abs(now - moment) < timedelta(minutes=1)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=9, minutes=30))])
@pytest.mark.parametrize("direction", Direction)
def test_a_list_keeps_to_its_time_range_in_any_zone(bench: Bench, direction: Direction, zone: timezone) -> None:
    bench.sent("now")
    bench.write(MOBILE, OURS, "now")
    now = datetime.now(zone)
    assert bench.listed(direction, since=now - HOUR, until=now + HOUR) == ["now"]
    assert bench.listed(direction, since=now + HOUR / 2, until=now + HOUR) == []
    assert bench.listed(direction, since=now - HOUR, until=now - HOUR / 2) == []


def test_a_list_brings_every_page(bench: Bench) -> None:
    wanted = [f"text {number:04}" for number in range(1005)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bench.sent, wanted))
    assert sorted(bench.listed(Direction.OUT)) == wanted


@pytest.mark.parametrize("code", [None, 21610, 30005, 99999])
def test_every_code_has_a_sentence_for_staff(bench: Bench, code: int | None) -> None:
    sentence = bench.carrier.explain(code).reason
    assert sentence.endswith(".")
    assert len(sentence.split()) >= 4
