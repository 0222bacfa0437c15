"""Guessing at the door: how long one waits, who waits with whom, and codes that have had their use."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from notifier.domain.permissions import Role
from notifier.service import signing_in
from notifier.service.signing_in import sandbox_link
from notifier.storage.models import SignInTry, Staff
from tests.console.office import Office, Person
from tests.console.reader import reader_of


def _told_to_wait(office: Office, person: Person) -> int:
    """Seconds, as the page says them to somebody who asks with the right password."""
    answer = reader_of(office).sign_in(person)
    assert (answer.status_code, "set-cookie" in answer.headers) == (429, False)
    (seconds,) = re.findall(r"Wait (\d+) seconds", answer.text)
    return int(seconds)


def _wait_no_longer(office: Office) -> None:
    with office.ctx.database.begin() as session:
        session.execute(update(SignInTry).values(blocked_until=office.ctx.clock.wall()))


def _freeze(office: Office) -> dict[str, object]:
    with office.ctx.database.read() as session:
        return {row.key_hash: (row.failures, row.blocked_until) for row in session.scalars(select(SignInTry))}


def test_each_failure_after_the_fifth_makes_one_wait_twice_as_long(office: Office) -> None:
    person, waits = office.hire(Role.LIAISON), []
    for _ in range(4):
        assert reader_of(office).sign_in(person, "wrong").status_code == 403
    for _ in range(5):
        assert reader_of(office).sign_in(person, "wrong").status_code == 403
        with office.ctx.database.read() as session:
            until = session.scalars(select(SignInTry.blocked_until).where(SignInTry.blocked_until.is_not(None))).one()
            last = session.scalars(select(SignInTry.last_at).where(SignInTry.blocked_until.is_not(None))).one()
        waits.append((until - last).total_seconds())
        _wait_no_longer(office)
    assert waits == [2, 4, 8, 16, 32]


def test_who_asks_while_waiting_is_told_how_long_and_waits_no_longer_for_it(office: Office) -> None:
    person = office.hire(Role.LIAISON)
    for _ in range(5):
        reader_of(office).sign_in(person, "wrong")
    with office.ctx.database.begin() as session:
        later = office.ctx.clock.wall() + timedelta(seconds=90)
        session.execute(update(SignInTry).where(SignInTry.blocked_until.is_not(None)).values(blocked_until=later))
    before = _freeze(office)
    seconds = [_told_to_wait(office, person) for _ in range(3)]
    assert all(60 < one <= 90 for one in seconds)
    assert sorted(seconds, reverse=True) == seconds
    assert _freeze(office) == before


def test_signing_in_makes_the_failures_before_it_forgotten(office: Office) -> None:
    person = office.hire(Role.LIAISON)
    for _ in range(4):
        reader_of(office).sign_in(person, "wrong")
    assert reader_of(office).sign_in(person).status_code == 303
    answers = [reader_of(office).sign_in(person, "wrong").status_code for _ in range(5)]
    assert answers == [403] * 5


def test_many_failures_from_one_address_make_everybody_there_wait(office: Office) -> None:
    person = office.hire(Role.LIAISON)
    strangers = [Person(f"nobody{number}@post.example", person.secret, []) for number in range(2)]
    assert reader_of(office).sign_in(strangers[0], "wrong").status_code == 403
    with office.ctx.database.begin() as session:
        session.execute(update(SignInTry).values(failures=29))
    assert reader_of(office).sign_in(strangers[1], "wrong").status_code == 403
    with office.ctx.database.begin() as session:
        later = office.ctx.clock.wall() + timedelta(seconds=300)
        session.execute(update(SignInTry).where(SignInTry.failures == 30).values(blocked_until=later))
    assert 0 < _told_to_wait(office, person) <= 300


def test_the_code_before_the_one_that_was_used_opens_nothing_either(office: Office) -> None:
    person = office.hire(Role.LIAISON)
    seen_over_a_shoulder = pyotp.TOTP(person.secret).at(office.ctx.clock.wall() - timedelta(seconds=30))
    assert reader_of(office).sign_in(person).status_code == 303
    assert reader_of(office).sign_in(person, code=seen_over_a_shoulder).status_code == 403


def test_each_recovery_code_opens_once_however_it_is_typed(office: Office) -> None:
    person = office.hire(Role.LIAISON)
    assert len(set(person.recovery)) == len(person.recovery) >= 8
    first, second, *_ = person.recovery
    assert reader_of(office).sign_in(person, code=f" {first.upper()} ").status_code == 303
    assert reader_of(office).sign_in(person, code=first).status_code == 403
    assert reader_of(office).sign_in(person, code=second).status_code == 303


def test_a_new_sandbox_link_ends_the_one_before_and_an_old_one_opens_nothing(office: Office) -> None:
    first, second = sandbox_link(office.ctx), sandbox_link(office.ctx)
    assert reader_of(office).get(f"/console/link/{first}").status_code == 403
    with office.ctx.database.begin() as session:
        session.execute(update(Staff).values(link_until=office.ctx.clock.wall()))
    refused = reader_of(office).get(f"/console/link/{second}")
    assert (refused.status_code, "This link opens nothing" in refused.text) == (403, True)
    assert reader_of(office).get(f"/console/link/{sandbox_link(office.ctx)}").status_code == 303


def test_an_office_behind_one_address_may_sign_in_all_day(
    small_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "_FREE_BY_ADDRESS", 3)
    staff = [small_office.hire(Role.HOTLINE, f"{name} Chan") for name in ("Mei", "Siu", "Kit", "Yan", "Wai", "Lok")]
    assert reader_of(small_office).sign_in(staff[0], "wrong").status_code == 403
    assert [reader_of(small_office).sign_in(person).status_code for person in staff] == [303] * len(staff)
    for _ in range(2):
        assert reader_of(small_office).sign_in(staff[0], "wrong").status_code == 403
    assert _told_to_wait(small_office, staff[1]) > 0
