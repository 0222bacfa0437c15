"""Pages that stay new: what tells them, what they cost, and that an open page keeps no session alive."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from notifier.domain.permissions import Role
from notifier.service.signing_in import IDLE
from notifier.storage.changes import ChangeMark
from notifier.storage.models import StaffSession
from tests.console.office import Office
from tests.console.reader import Reader, reader_of


@pytest.fixture
def mark(office: Office) -> Iterator[ChangeMark]:
    """A look at the office's database."""
    made = office.ctx.database.change_mark()
    yield made
    made.let_go()


def test_what_was_written_is_seen_and_what_was_read_is_not(office: Office, mark: ChangeMark) -> None:
    before = mark.read()
    query = office.world.refer()
    written = mark.read()
    office.world.see(query.id)
    assert written != before
    assert mark.read() == written


def test_a_look_after_the_connection_was_given_back_connects_anew(office: Office, mark: ChangeMark) -> None:
    mark.read()
    mark.let_go()
    before = mark.read()
    office.world.refer()
    assert mark.read() != before


def test_an_open_page_is_told_once_something_was_written(office: Office) -> None:
    officer = _officer(office)
    with officer.client.stream("GET", "/console/changes", timeout=20) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert _next_event(lines) == "listening"
        office.world.refer()
        assert _next_event(lines) == "changed"


def test_nobody_listens_who_is_not_signed_in(small_office: Office) -> None:
    answer = reader_of(small_office).get("/console/changes")
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/console/sign-in")


def test_an_open_page_keeps_no_session_alive_and_a_person_does(small_office: Office) -> None:
    officer = _officer(small_office)
    long_ago = small_office.ctx.clock.wall() - IDLE + timedelta(minutes=2)
    with small_office.ctx.database.begin() as session:
        session.execute(update(StaffSession).values(seen_at=long_ago))
    assert officer.get("/console/queries", **{"HX-Request": "true", "X-Mark": "old"}).status_code == 200
    assert _seen_at(small_office) == long_ago
    assert officer.get("/console/queries").status_code == 200
    assert _seen_at(small_office) > long_ago + timedelta(minutes=30)


def _officer(office: Office) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(Role.LIAISON)).status_code == 303
    return reader


def _seen_at(office: Office) -> datetime:
    with office.ctx.database.read() as session:
        return session.scalars(select(StaffSession.seen_at)).one()


def _next_event(lines: Iterator[str]) -> str:
    for line in lines:
        if line.startswith("event:"):
            return line.partition(":")[2].strip()
    return ""
