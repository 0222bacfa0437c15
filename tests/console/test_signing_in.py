"""Signing in: what opens, what does not, and how little is said about why."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from notifier.domain.errors import Invalid
from notifier.domain.permissions import Role
from notifier.service.keys import create_key
from notifier.service.signing_in import sandbox_link
from notifier.service.staff import add_staff, change_role, disable_staff, reset_staff
from notifier.storage.models import SignInTry, StaffSession
from tests.console.office import PASSWORD, Office, Person
from tests.console.reader import reader_of


def test_password_and_code_open_the_desk_and_signing_out_shuts_it(office: Office) -> None:
    reader = reader_of(office)
    assert reader.title() == "Sign in"
    answer = reader.sign_in(office.hire(Role.LIAISON))
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/queries")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert reader.title() == "Queries"
    kept = dict(reader.client.cookies)
    reader.post("/console/sign-out")
    assert reader.title() == "Sign in"
    reader.client.cookies.update(kept)
    assert reader.title() == "Sign in"


def test_a_wrong_password_a_wrong_code_and_nobody_are_told_the_same(office: Office) -> None:
    person = office.hire(Role.LIAISON)
    stranger = Person("nobody@post.example", person.secret, [])
    tries = [(person, "wrong password", None), (person, PASSWORD, "000000"), (stranger, PASSWORD, None)]
    pages = []
    for who, password, code in tries:
        answer = reader_of(office).sign_in(who, password, code)
        assert answer.status_code == 403
        pages.append(answer.text.partition("<h1>")[0])
    assert len(set(pages)) == 1
    assert "do not fit together" in pages[0]


def test_a_code_opens_once_and_so_does_a_recovery_code(office: Office) -> None:
    person, code = office.hire(Role.LIAISON), None
    code = person.code()
    assert reader_of(office).sign_in(person, code=code).status_code == 303
    assert reader_of(office).sign_in(person, code=code).status_code == 403
    assert reader_of(office).sign_in(person, code=person.recovery[0]).status_code == 303
    assert reader_of(office).sign_in(person, code=person.recovery[0]).status_code == 403


@pytest.mark.parametrize("known", [True, False])
def test_who_fails_too_often_waits_whether_or_not_there_is_such_an_account(office: Office, known: bool) -> None:
    person = office.hire(Role.LIAISON)
    who = person if known else Person("nobody@post.example", person.secret, [])
    answers = [reader_of(office).sign_in(who, "wrong").status_code for _ in range(6)]
    assert answers == [403] * 5 + [429]
    assert "Too many tries failed" in reader_of(office).sign_in(who).text
    _wait(office)
    assert reader_of(office).sign_in(who).status_code == (303 if known else 403)


def _wait(office: Office) -> None:
    with office.ctx.database.begin() as session:
        session.execute(update(SignInTry).values(blocked_until=office.ctx.clock.wall()))
        assert session.scalars(select(SignInTry.failures)).all()


@pytest.mark.parametrize("left", ["seen_at", "ends_at"])
def test_a_session_ends_when_it_is_idle_and_in_any_case(office: Office, left: str) -> None:
    reader = reader_of(office)
    reader.sign_in(office.hire(Role.LIAISON))
    assert reader.title() == "Queries"
    with office.ctx.database.begin() as session:
        session.execute(update(StaffSession).values({left: office.ctx.clock.wall() - timedelta(hours=1, seconds=1)}))
    assert "Your session has ended" in reader.client.get("/console/queries", follow_redirects=True).text


def test_disabling_a_new_role_and_a_reset_end_every_session(office: Office) -> None:
    for number, deed in enumerate((disable_staff, reset_staff, lambda ctx, who: change_role(ctx, who, Role.OPS))):
        person, reader = office.hire(Role.LIAISON, f"P{number} Lee"), reader_of(office)
        reader.sign_in(person)
        assert reader.title() == "Queries"
        deed(office.ctx, person.email)
        assert reader.title() == "Sign in"


def test_a_set_up_link_is_used_once_and_the_code_must_fit(office: Office) -> None:
    token = add_staff(office.ctx, "new@post.example", "New", Role.HOTLINE)
    page, reader = f"/console/set-up/{token}", reader_of(office)
    assert "otpauth://totp/" in reader.get(page).text
    (secret,) = re.findall(r'<p class="key"><code>([A-Z2-7]{32})</code>', reader.get(page).text)
    person = Person("new@post.example", secret, [])
    assert reader.post(page, page, code="000000", password=PASSWORD).status_code == 422
    assert reader.post(page, page, code=person.code(), password="too short").status_code == 422
    assert "Your account is ready" in reader.post(page, page, code=person.code(), password=PASSWORD).text
    assert reader.get(page).status_code == 403
    assert reader.sign_in(person).status_code == 303


def test_nobody_is_called_as_somebody_else_is(office: Office) -> None:
    office.hire(Role.HOTLINE, "Mei Chan")
    create_key(office.ctx, Role.LIAISON, "relay")
    for name in ("Mei Chan", " mei chan ", "Relay", "system", "customs", "Sender"):
        with pytest.raises(Invalid, match="is somebody else's"):
            add_staff(office.ctx, "other@post.example", name, Role.HOTLINE)
    with pytest.raises(Invalid, match="is somebody else's"):
        create_key(office.ctx, Role.ADMIN, "mei chan")
    assert create_key(office.ctx, Role.LIAISON, "relay"), "a key that takes over from another may be called as that is"
    assert add_staff(office.ctx, "other@post.example", "Mei Chan (Kowloon)", Role.HOTLINE)


def test_the_sandbox_link_works_once_and_its_person_changes_desks(office: Office) -> None:
    path, reader = f"/console/link/{sandbox_link(office.ctx)}", reader_of(office)
    assert reader.get(path).status_code == 303
    assert reader_of(office).get(path).status_code == 403
    assert reader.post("/console/role", role="ops").status_code == 303
    assert "Operations" in reader.get("/console/account").text
    other = reader_of(office)
    other.sign_in(office.hire(Role.HOTLINE))
    assert other.post("/console/role", role="admin").status_code == 403


def test_a_link_back_never_leads_elsewhere(office: Office) -> None:
    for number, wanted in enumerate(("https://evil.example/console/", "//evil.example", "/\\evil", "/console/\\x")):
        person = office.hire(Role.LIAISON, f"Q{number} Lee")
        fields = {"email": person.email, "password": PASSWORD, "code": person.code(), "next": wanted}
        answer = reader_of(office).post("/console/sign-in", "/console/sign-in", **fields)
        assert answer.headers["location"] == "/console/queries", wanted
