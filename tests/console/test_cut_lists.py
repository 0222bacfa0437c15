"""A list that is cut says so, and where the rest is."""

import pytest

from notifier.domain.permissions import Role
from notifier.service import phone_story, text_checks
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.journeys.world import MOBILE

_LATEST = "The latest 2 are shown."
_OF_BOTH = "Of texts and of replies, the latest 2 are shown."


def _person(office: Office, role: Role) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(role)).status_code == 303
    return reader


def test_a_phone_with_more_than_is_shown_says_so_and_leads_to_the_rest(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_story, "_MOST_SHOWN", 2)
    officer = _person(office, Role.LIAISON)
    queries = [office.world.refer(item_id=item) for item in ("RR123456785HK", "CP123456785HK")]
    page = f"/console/queries/{queries[0].id}/phone"
    whole = officer.get(page).text
    assert _LATEST not in whole
    assert _OF_BOTH not in whole
    queries.append(office.world.refer(item_id="CP203011144HK"))
    office.world.send()
    for words in ("hello", "who is this?", "Two cotton shirts"):
        office.world.reply(words)
    cut = officer.get(page).text
    assert _LATEST in cut
    assert _OF_BOTH in cut
    assert "hello" not in cut
    assert "Two cotton shirts" in cut
    assert [f'data-row="{query.id}"' in cut for query in queries] == [False, True, True]
    rest = f"/console/queries?q={MOBILE[-4:]}"
    assert f'href="{rest}"' in cut
    found = officer.get(rest).text
    assert all(query.code in found for query in queries)


def test_checks_and_senders_who_asked_say_that_there_are_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_checks, "_MOST_ASKED", 2)
    agent = _person(office, Role.HOTLINE)
    phones = [f"+8529123400{number}" for number in range(3)]
    for number, phone in enumerate(phones):
        office.world.send()  # what the last one was answered with, if anything
        office.world.texted(sender_mobile=phone)
        office.world.reply(f"CHECK is it you? {number}", phone)
        shown = agent.post("/console/ours", mobile=phone, words="Customs asks about your parcel").text
        assert (_LATEST in shown) is (number == 2)
        assert ("The 2 that wait longest are shown." in shown) is (number == 2)
    assert "is it you? 2" not in shown
    rest = "/console/handoffs?team=all&amp;reason=sender_checks"
    assert f'href="{rest}"' in shown
    assert agent.get(rest.replace("&amp;", "&")).text.count('data-row="') == 3
