"""Texts go to a phone again: an entry of the list is lifted on the page of its phone, for a reason that stays."""

from datetime import timedelta

import pytest

from notifier.domain.permissions import Role
from notifier.service.silencing import add_by_query
from notifier.service.suppressions import find_suppressions
from notifier.storage.models.people import SuppressionReason
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.journeys.world import LIAISON, MOBILE

_WHY = "It was the child"


def _person(office: Office, role: Role = Role.LIAISON) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(role)).status_code == 303
    return reader


def _stopped(office: Office, words: str = "STOP") -> tuple[str, str]:
    """The page of a phone that wants no texts, and where its entry is lifted."""
    query = office.world.texted()
    office.world.reply(words)
    (entry,) = find_suppressions(office.ctx, MOBILE)
    page = f"/console/queries/{query.id}/phone"
    return page, f"{page}/{entry.id}/lift"


def test_an_entry_is_lifted_for_a_reason_once_its_consequences_are_told(office: Office) -> None:
    officer = _person(office)
    page, lift = _stopped(office, "wrong number")
    office.world.wind(timedelta(days=800))
    before = officer.get(page).text
    assert f'href="{lift}"' in before
    assert "have the entry lifted" in before, "what staff are told to do can be done here"
    told = officer.get(lift).text
    for words in ("This number is no longer taken for a wrong one.", "Nothing goes out by itself"):
        assert words in told
    for reason in (" ", "x" * 301):
        assert officer.post(lift, reason=reason).status_code == 422
    assert find_suppressions(office.ctx, MOBILE)
    done = officer.post(lift, reason=_WHY)
    assert (done.status_code, done.headers["location"]) == (303, f"{page}?lifted=yes")
    assert find_suppressions(office.ctx, MOBILE) == []
    after = officer.get(f"{page}?lifted=yes").text
    for words in ("The entry was lifted.", "This phone gets texts.", _WHY, "Mei Chan"):
        assert words in after
    assert lift not in after
    assert officer.post(lift, reason=_WHY).status_code == 409


def test_where_another_entry_is_left_that_is_told(office: Office) -> None:
    officer = _person(office)
    page, lift = _stopped(office)
    query = office.world.refer(item_id="CP123456785HK")
    add_by_query(office.ctx, query.id, SuppressionReason.PREFERS_CALLS, LIAISON, "She rang")
    assert "for another reason too" in officer.get(lift).text
    officer.post(lift, reason=_WHY)
    after = officer.get(page).text
    assert "to prefer calls" in after
    assert "This phone gets texts." not in after


def test_an_entry_of_another_phone_is_not_there(office: Office) -> None:
    officer = _person(office)
    _, lift = _stopped(office)
    other = office.world.texted(sender_mobile="9876 5432")
    elsewhere = f"/console/queries/{other.id}/phone/{lift.split('/')[-2]}/lift"
    assert officer.get(elsewhere).status_code == 404
    assert officer.post(elsewhere, reason=_WHY).status_code == 404
    assert find_suppressions(office.ctx, MOBILE)


@pytest.mark.parametrize("role", [Role.HOTLINE, Role.OPS])
def test_who_may_not_lift_sees_no_way_to(small_office: Office, role: Role) -> None:
    person = _person(small_office, role)
    page, lift = _stopped(small_office)
    shown = person.get(page).text
    assert "On the list of phones that get no texts" in shown
    assert lift not in shown
    assert person.post(lift, reason=_WHY).status_code == 403


def test_what_people_wrote_as_they_lifted_it_is_for_who_may_see_numbers(small_office: Office) -> None:
    page, lift = _stopped(small_office)
    _person(small_office).post(lift, reason=_WHY)
    watcher = reader_of(small_office)
    watcher.sign_in(small_office.hire(Role.OPS, "Kit Lee"))
    assert _WHY not in watcher.get(page).text
