"""The lists of what hangs: filters in the address, pages that go on, and files that hold what the page shows."""

import csv
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from notifier.carriers.port import Unknown
from notifier.console.lists import every_row
from notifier.domain.permissions import Role
from notifier.domain.types import Disbelief, TextKind
from notifier.service.lookups import Page
from notifier.service.refused import list_refused
from notifier.service.steering import latest_steerings
from notifier.service.stuck import What, list_quarantined, list_unknown
from notifier.service.webhooks import keep_refused
from notifier.storage.models import Query, Text
from notifier.storage.models.base import new_id
from notifier.storage.models.house import Deed
from notifier.storage.models.inbound import WebhookKind
from tests.console.leftovers import Leftovers
from tests.console.office import Office
from tests.console.places import set_aside_webhook
from tests.console.reader import Reader, reader_of

_HERE = "/console/operations"


def _operator(office: Office, language: str = "en") -> Reader:
    reader = reader_of(office)
    reader.client.headers["Accept-Language"] = language
    assert reader.sign_in(office.hire(Role.OPS)).status_code == 303
    return reader


@dataclass
class Hanging:
    """What hangs in the office: two unknown texts, one of each kind that is set aside, three kinds of refusal."""

    unknown: list[str]
    due: str
    text: str


@pytest.fixture
def hanging(office: Office) -> Hanging:
    world, ctx = office.world, office.ctx
    world.carrier.script += [Unknown("the line dropped"), Unknown("the line dropped")]
    unknown = [world.refer(sender_mobile=f"9123 400{n}", referral_reference=f"LOST-{n}") for n in range(2)]
    world.send()
    due, text = (world.texted(sender_mobile=f"9123 500{n}") for n in range(2))
    now = ctx.clock.wall()
    with ctx.database.begin() as session:
        session.execute(update(Query).where(Query.id == due.id).values(quarantined_at=now, firing_failures=5))
        failed = {"state": "failed", "attempts": 99, "reason": "It killed its worker."}
        session.execute(update(Text).where(Text.query_id == text.id).values(failed))
    for _ in range(2):
        set_aside_webhook(office.world)
    for kind, reason in (
        (WebhookKind.INBOUND, Disbelief.WRONG_SIGNATURE),
        (WebhookKind.STATUS, Disbelief.WRONG_SIGNATURE),
        (WebhookKind.STATUS, Disbelief.NOT_SIGNED),
    ):
        keep_refused(ctx, kind, reason, f"{kind} {reason}")
    return Hanging([query.code for query in unknown], due.code, text.code)


def _rows(page: str) -> int:
    return page.count("<tr data-row=")


def _file(reader: Reader, address: str) -> list[dict[str, str]]:
    answer = reader.get(f"{_HERE}/{address}")
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))


def test_filters_narrow_the_page_and_the_file_alike(office: Office, hanging: Hanging) -> None:
    operator = _operator(office)
    narrowed = {
        ("unknown", ""): 2,
        ("unknown", "kind=question"): 2,
        ("unknown", "kind=reminder"): 0,
        ("unknown", f"q={hanging.unknown[0]}"): 1,
        ("unknown", "q=LOST-1&kind=question"): 1,
        ("unknown", "q=4001"): 1,
        ("quarantine", ""): 4,
        ("quarantine", "what=webhook"): 2,
        ("quarantine", "what=query"): 1,
        ("quarantine", "what=text"): 1,
        ("quarantine", f"q={hanging.due}"): 1,
        ("quarantine", f"q={hanging.text}&what=query"): 0,
        ("quarantine", f"q={hanging.text}"): 1,
        ("refused", ""): 3,
        ("refused", "kind=status"): 2,
        ("refused", "reason=it+is+not+signed"): 1,
        ("refused", "kind=inbound&reason=it+is+not+signed"): 0,
    }
    for (name, filters), number in narrowed.items():
        page = operator.get(f"{_HERE}/{name}?{filters}").text
        assert _rows(page) == number, (name, filters)
        assert len(_file(operator, f"{name}.csv?{filters}")) == number, (name, filters)
        assert ("Nothing fits" in page) == (number == 0), (name, filters)
    assert hanging.unknown[0] in operator.get(f"{_HERE}/unknown?q=LOST-0").text
    assert hanging.unknown[1] not in operator.get(f"{_HERE}/unknown?q=LOST-0").text


def test_a_filter_that_cannot_be_understood_is_told_and_narrows_nothing(office: Office, hanging: Hanging) -> None:
    operator = _operator(office)
    for address in (
        "unknown?kind=x", "unknown?after=1", "unknown?q=%00", "quarantine?what=x", "quarantine?after=x",
        "refused?kind=question", "refused?reason=x", "refused?after=-",
    ):  # fmt: skip
        answer = operator.get(f"{_HERE}/{address}")
        assert answer.status_code == 422, address
        assert "There is a problem" in answer.text
        assert _rows(answer.text) == 0
        name, _, filters = address.partition("?")
        if not filters.startswith("after"):
            assert operator.get(f"{_HERE}/{name}.csv?{filters}").status_code == 422, address
    assert "<span>Kind</span>" in operator.get(f"{_HERE}/refused?kind=x").text


def test_a_whole_number_does_not_stay_in_the_address(office: Office) -> None:
    answer = _operator(office).client.get(f"{_HERE}/unknown", params={"q": "9123 4567"})
    assert answer.headers["location"] == f"{_HERE}/unknown?q=4567"


def test_pages_go_on_where_they_ended_and_keep_their_filters(office: Office) -> None:
    operator = _operator(office)
    for _ in range(52):
        set_aside_webhook(office.world)
    first = operator.get(f"{_HERE}/quarantine?what=webhook").text
    following = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "what=webhook" in following
    rest = operator.get(following).text
    assert (_rows(first), _rows(rest)) == (50, 2)
    assert 'rel="next"' not in rest
    assert f'href="{_HERE}/quarantine?what=webhook"' in rest, "the way back to the first page"
    assert len(_file(operator, "quarantine.csv")) == 52


@pytest.mark.parametrize("length", [1, 2, 3])
def test_every_page_of_every_list_leads_to_all_rows_once(office: Office, hanging: Hanging, length: int) -> None:
    def in_pages(read: Any, **wanted: Any) -> list[Any]:
        def page(_: int, after: Any) -> Page:
            return read(office.ctx, length, after, **wanted)

        return list(every_row(page))

    assert [row.code for row in in_pages(list_unknown, kind=TextKind.QUESTION)] == hanging.unknown
    whole = in_pages(list_quarantined)
    assert sorted(row.what for row in whole) == [What.QUERY, What.TEXT, What.WEBHOOK, What.WEBHOOK]
    assert [row.id for row in whole] == sorted(row.id for row in whole)
    refused = in_pages(list_refused)
    assert len({row.id for row in refused}) == len(refused) == 3


def test_a_workbook_holds_the_same_rows(office: Office, hanging: Hanging) -> None:
    answer = _operator(office).get(f"{_HERE}/refused.xlsx?kind=status")
    sheet = load_workbook(BytesIO(answer.content), read_only=True).active
    assert sheet is not None
    titles, *rows = list(sheet.iter_rows(values_only=True))
    assert titles == ("Kind", "Why?", "Only counted", "How often", "First", "Last")
    assert {row[:4] for row in rows} == {
        ("Receipt", "The signature does not fit", None, 1),
        ("Receipt", "It is not signed", None, 1),
    }


def test_the_reason_of_what_is_only_counted_is_found_and_said_in_the_readers_language(
    office: Office, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.service.webhooks._REFUSED_KEPT", 0)
    keep_refused(office.ctx, WebhookKind.STATUS, Disbelief.NOT_SIGNED, "one more than are kept")
    page = _operator(office, "zh-HK").get(f"{_HERE}/refused?reason=it+is+not+signed").text
    assert _rows(page) == 2
    assert page.count("只計數目") == 1
    assert "it is not signed</" not in page


def test_a_look_at_what_shows_the_same_sends_nothing(office: Office, hanging: Hanging) -> None:
    operator = _operator(office)
    for name in ("unknown", "quarantine", "refused"):
        mark = operator.get(f"{_HERE}/{name}").text.partition('data-mark="')[2].partition('"')[0]
        headers = {"HX-Request": "true", "X-Mark": mark}
        assert operator.get(f"{_HERE}/{name}", **headers).status_code == 204, name


def test_a_webhook_is_tried_again_for_a_reason_that_stays(office: Office) -> None:
    operator, webhook = _operator(office), set_aside_webhook(office.world)
    other = set_aside_webhook(office.world)
    page = f"{_HERE}/quarantine/{webhook}/retry"
    assert f'href="{page}"' in operator.get(f"{_HERE}/quarantine").text
    assert "It has five more tries" in operator.get(page).text
    for wrong in ({}, {"reason": " "}, {"reason": "r" * 301}):
        assert operator.post(page, page, **wrong).status_code == 422
    assert latest_steerings(office.ctx) == []
    answer = operator.post(page, page, reason="The reader is mended")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{_HERE}/quarantine?retried=yes")
    told = operator.get(answer.headers["location"]).text
    assert "It is tried again." in told
    assert (str(webhook) in told, str(other) in told) == (False, True)
    (deed,) = latest_steerings(office.ctx)
    assert (deed.deed, deed.actor, deed.because, deed.about) == (
        Deed.RETRIED, "Mei Chan", "The reader is mended", webhook,
    )  # fmt: skip
    overview = operator.get(_HERE).text
    for words in ("A webhook that was set aside is tried again", "The reader is mended", str(webhook)):
        assert words in overview
    assert (operator.get(page).status_code, operator.post(page, reason="Once more").status_code) == (409, 409)
    nowhere = f"{_HERE}/quarantine/{new_id()}/retry"
    assert (operator.get(nowhere).status_code, operator.post(nowhere, reason="x").status_code) == (404, 404)


def test_the_lists_and_their_deed_are_chinese_for_who_reads_chinese(office: Office, hanging: Hanging) -> None:
    operator = _operator(office, "zh-HK")
    retry = f"quarantine/{set_aside_webhook(office.world)}/retry"
    left = {}
    for address in ("unknown", "quarantine", "refused", "refused?kind=x", "unknown?q=nothing", retry):
        read = Leftovers(operator.get(f"{_HERE}/{address}").text)
        left[address] = [*read.marked, *read.unmarked]
    left["posted"] = Leftovers(operator.post(f"{_HERE}/{retry}", f"{_HERE}/{retry}").text).marked
    assert {address: found for address, found in left.items() if found} == {"quarantine": ["It killed its worker."]}
