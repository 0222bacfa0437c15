"""Listing: who asks with a filter gets what fits, all of it, newest first, however many pages it takes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.schemas import check
from tests.sandbox.serving import ACCOUNT, MOBILE, OURS, SandboxServer

OTHER = "+85261234567"
_TOMORROW = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
_YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")


def bodies(page: dict[str, Any]) -> list[str]:
    """What the messages of a page say."""
    return [message["body"] for message in page["messages"]]


def test_both_directions_are_listed_newest_first(sandbox: SandboxServer) -> None:
    sandbox.accepted(Body="first")
    sandbox.accepted(Body="second")
    sandbox.reply("third")
    page = sandbox.page()
    check(page, "page")
    assert bodies(page) == ["third", "second", "first"]
    assert [message["direction"] for message in page["messages"]] == ["inbound", "outbound-api", "outbound-api"]
    assert page["messages"][0]["status"] == "received"


def test_a_list_is_narrowed_by_both_parties(sandbox: SandboxServer) -> None:
    sandbox.accepted(Body="to one")
    sandbox.accepted(Body="to the other", To=OTHER)
    sandbox.accepted(Body="from another number", From="+85264500002")
    sandbox.reply("an answer", to=OURS)
    assert bodies(sandbox.page(To=OTHER)) == ["to the other"]
    assert bodies(sandbox.page(To=MOBILE, From=OURS)) == ["to one"]
    assert bodies(sandbox.page(From=MOBILE, To=OURS)) == ["an answer"]
    assert sandbox.page(To="+85290000000")["messages"] == []


@pytest.mark.parametrize(
    ("name", "moment", "found"),
    [
        ("DateSent>", _YESTERDAY, True),
        ("DateSent>", _TOMORROW, False),
        ("DateSent<", _TOMORROW, True),
        ("DateSent<", _YESTERDAY, False),
        ("DateSent", _TOMORROW, False),
        ("DateSent", _YESTERDAY, False),
        ("DateSent>", f"{_YESTERDAY}T08:00:00Z", True),
        ("DateSent>", f"{_TOMORROW}T23:59:59+08:00", False),
    ],
)
def test_a_list_is_narrowed_by_date(sandbox: SandboxServer, name: str, moment: str, found: bool) -> None:
    sandbox.accepted()
    page = sandbox.page(**{name: moment})
    check(page, "page")
    assert bool(page["messages"]) is found


def test_a_day_is_a_day_in_gmt(sandbox: SandboxServer) -> None:
    created = sandbox.accepted()["date_created"]
    day = datetime.strptime(created, "%a, %d %b %Y %H:%M:%S %z").strftime("%Y-%m-%d")
    assert len(sandbox.page(DateSent=day)["messages"]) == 1


def test_an_instant_parts_what_came_before_from_what_comes_after(sandbox: SandboxServer) -> None:
    sandbox.accepted(Body="before")
    between = datetime.now(UTC).isoformat()
    sandbox.accepted(Body="after")
    assert bodies(sandbox.page(**{"DateSent>": between})) == ["after"]
    assert bodies(sandbox.page(**{"DateSent<": between})) == ["before"]


def test_pages_hold_everything_once_while_more_comes_in(sandbox: SandboxServer) -> None:
    for number in range(7):
        sandbox.accepted(Body=f"text {number}")
    page = sandbox.page(PageSize="3", To=MOBILE)
    seen, pages = bodies(page), [page]
    sandbox.accepted(Body="too late for this list")
    while page["next_page_uri"]:
        page = sandbox.http.get(page["next_page_uri"]).json()
        check(page, "page")
        pages.append(page)
        seen += bodies(page)
    assert seen == [f"text {number}" for number in reversed(range(7))]
    assert [(p["page"], p["page_size"], p["start"], p["end"]) for p in pages] == [
        (0, 3, 0, 2),
        (1, 3, 3, 5),
        (2, 3, 6, 6),
    ]
    assert f"/Accounts/{ACCOUNT}/" in pages[0]["next_page_uri"]
    assert [p["previous_page_uri"] is None for p in pages] == [True, False, False]


def test_a_page_holds_fifty_unless_told_otherwise(sandbox: SandboxServer) -> None:
    for number in range(51):
        sandbox.accepted(Body=f"text {number}")
    page = sandbox.page()
    assert (len(page["messages"]), page["page_size"]) == (50, 50)
    assert len(sandbox.page(PageSize="51")["messages"]) == 51
    assert sandbox.page(PageSize="5000")["page_size"] == 1000, "a page never holds more than a thousand"


@pytest.mark.parametrize(
    "filters",
    [{"PageSize": "many"}, {"Page": "last"}, {"DateSent": "some day"}, {"DateSent>": "soon"}, {"PageToken": "lost"}],
)
def test_a_filter_that_cannot_be_read_is_refused(sandbox: SandboxServer, filters: dict[str, str]) -> None:
    answer = sandbox.http.get(f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", params=filters)
    assert answer.status_code == 400
    check(answer.json(), "error")
