"""Asking what the carrier has: everything there is, or an honest "it cannot be asked"."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from notifier.carriers.port import CarrierMessage, Outgoing
from notifier.carriers.twilio import TwilioCarrier
from notifier.domain.errors import CarrierSilent
from notifier.domain.types import Direction
from tests.carriers.connecting import ACCOUNT, Connect
from tests.carriers.scripted import (
    SID,
    Answer,
    ScriptedServer,
    breaks_off,
    hangs_up,
    message,
    page,
    refuses,
    says,
    stays_silent,
)
from tests.servers import free_port

_LIST = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
TO, FROM = "+85291234567", "+85264500001"
HONG_KONG = timezone(timedelta(hours=8))

FAILURES: dict[str, Answer] = {
    "no answer": hangs_up,
    "half an answer": breaks_off,
    "silence": stays_silent,
    "401": refuses(401, 20003),
    "429": refuses(429, 20429),
    "500": refuses(500, 20500),
    "503 in HTML": says(503, b"<html>later</html>"),
    "200 in HTML": says(200, b"<html>hello</html>"),
    "a redirect": says(302, {}, Location="http://127.0.0.1:9/"),
    "a list of nothing": says(200, {}),
    "no object": says(200, [1, 2]),
    "null": says(200, None),
}


@pytest.fixture
def hasty(connect: Connect, server: ScriptedServer) -> TwilioCarrier:
    """A carrier that does not wait long."""
    return connect(server.url, timeout=timedelta(seconds=0.4))


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES.keys())
def test_a_search_that_fails_is_not_an_empty_one(hasty: TwilioCarrier, server: ScriptedServer, answer: Answer) -> None:
    server.script.append(answer)
    with pytest.raises(CarrierSilent):
        hasty.find(TO, FROM, None)


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES.keys())
def test_half_a_search_is_no_search(hasty: TwilioCarrier, server: ScriptedServer, answer: Answer) -> None:
    server.script.extend([page(message(), next_page_uri=f"{_LIST}?Page=1"), answer])
    with pytest.raises(CarrierSilent):
        hasty.find(TO, FROM, None)
    assert len(server.asked) == 2


def test_a_carrier_that_is_not_there_cannot_be_asked(connect: Connect) -> None:
    nowhere = connect(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(CarrierSilent):
        nowhere.find(TO, FROM, None)
    with pytest.raises(CarrierSilent):
        nowhere.fetch(SID)


@pytest.mark.parametrize(
    "since",
    [
        datetime(2026, 11, 25, 8, 0, tzinfo=HONG_KONG),
        datetime(2026, 11, 25, 0, 0, tzinfo=UTC),
        datetime(2026, 11, 24, 18, 30, tzinfo=timezone(-timedelta(hours=5, minutes=30))),
    ],
)
def test_an_instant_goes_out_in_utc(carrier: TwilioCarrier, server: ScriptedServer, since: datetime) -> None:
    server.script.append(page())
    assert carrier.find(TO, FROM, since) == []
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", _LIST)
    assert asked.query == {"To": TO, "From": FROM, "DateSent>": "2026-11-25T00:00:00Z", "PageSize": "1000"}


def test_without_an_instant_there_is_no_filter_by_date(carrier: TwilioCarrier, server: ScriptedServer) -> None:
    server.script.append(page())
    carrier.find(TO, FROM, None)
    assert server.asked[0].query == {"To": TO, "From": FROM, "PageSize": "1000"}


@pytest.mark.parametrize("named_with_the_path", [True, False])
def test_the_next_page_is_found_under_a_path(
    connect: Connect, server: ScriptedServer, named_with_the_path: bool
) -> None:
    following = f"{'/telecom' if named_with_the_path else ''}{_LIST}?Page=1&PageToken=PA1&To=%2B85291234567"
    server.script.extend([page(message(body="new"), next_page_uri=following), page(message(body="old"))])
    found = connect(f"{server.url}/telecom").find(TO, FROM, None)
    assert [seen.body for seen in found] == ["new", "old"]
    assert server.asked[1].path == f"/telecom{_LIST}"
    assert server.asked[1].query == {"Page": "1", "PageToken": "PA1", "To": TO}


def test_replies_between_the_two_are_left_out(carrier: TwilioCarrier, server: ScriptedServer) -> None:
    directions = ("outbound-api", "inbound", "outbound-reply", "outbound-call")
    server.script.append(page(*(message(direction=direction, body=direction) for direction in directions)))
    found = carrier.find(TO, FROM, None)
    assert [seen.body for seen in found] == ["outbound-api", "outbound-reply", "outbound-call"]


def test_a_message_is_read_in_our_words(carrier: TwilioCarrier, server: ScriptedServer) -> None:
    server.script.append(page(message(status="undelivered", error_code=30005, extra={"new": 1})))
    created = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
    assert carrier.find(TO, FROM, None) == [
        CarrierMessage(SID, "+85291234567", "+85264500001", "hello", "undelivered", 30005, created)
    ]


@pytest.mark.parametrize("date", ["Wed, 25 Nov 2026 01:02:03 +0000", "Wed, 25 Nov 2026 01:02:03 GMT"])
def test_a_date_is_an_instant(carrier: TwilioCarrier, server: ScriptedServer, date: str) -> None:
    server.script.append(page(message(date_created=date)))
    (seen,) = carrier.find(TO, FROM, None)
    assert seen.created_at == datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize("date", [None, "yesterday", ""])
def test_a_date_that_cannot_be_read_is_no_date(
    carrier: TwilioCarrier, server: ScriptedServer, date: str | None
) -> None:
    server.script.append(page(message(date_created=date), message(body=None)))
    without, with_date = carrier.find(TO, FROM, None)
    assert without.created_at is None
    assert (with_date.body, with_date.created_at is None) == ("", False)


def test_one_message_is_fetched_by_its_sid(carrier: TwilioCarrier, server: ScriptedServer) -> None:
    server.script.append(says(200, message()))
    seen = carrier.fetch(SID)
    assert seen is not None
    assert seen.sid == SID
    assert server.asked[0].path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json"


def test_a_message_the_carrier_does_not_have_is_none(carrier: TwilioCarrier, server: ScriptedServer) -> None:
    server.script.append(refuses(404, 20404))
    assert carrier.fetch(SID) is None


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES.keys())
def test_a_fetch_that_fails_says_so(hasty: TwilioCarrier, server: ScriptedServer, answer: Answer) -> None:
    server.script.append(answer)
    with pytest.raises(CarrierSilent):
        hasty.fetch(SID)


def test_asking_goes_on_after_a_failure(carrier: TwilioCarrier, server: ScriptedServer, text: Outgoing) -> None:
    server.script.extend([hangs_up, page(message(body=text.body))])
    with pytest.raises(CarrierSilent):
        carrier.find(TO, FROM, None)
    assert [seen.body for seen in carrier.find(TO, FROM, None)] == [text.body]


def test_a_list_that_breaks_off_says_so_although_its_first_page_came(
    carrier: TwilioCarrier, server: ScriptedServer
) -> None:
    server.script.extend([page(message(body="seen"), next_page_uri=f"{_LIST}?Page=1"), hangs_up])
    now = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
    coming = carrier.messages(Direction.OUT, FROM, now, now)
    assert next(coming).body == "seen"
    with pytest.raises(CarrierSilent):
        next(coming)


def test_half_a_character_in_a_reply_can_be_stored_all_the_same(carrier: TwilioCarrier, server: ScriptedServer) -> None:
    """One such message would otherwise end every pass over the carrier's lists."""
    server.script.append(page(message(body="toys \ud83d")))
    now = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
    (seen,) = carrier.messages(Direction.OUT, FROM, now, now)
    assert seen.body.encode() == b"toys ?"


def test_a_list_asks_for_long_pages_between_two_instants(carrier: TwilioCarrier, server: ScriptedServer) -> None:
    server.script.append(page())
    since = datetime(2026, 11, 25, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    assert list(carrier.messages(Direction.IN, FROM, since, since + timedelta(hours=1))) == []
    wanted = {"DateSent>": "2026-11-25T00:00:00Z", "DateSent<": "2026-11-25T01:00:00Z"}
    assert server.asked[0].query == wanted | {"To": FROM, "PageSize": "1000"}
