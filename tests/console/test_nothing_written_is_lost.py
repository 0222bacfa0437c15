"""What somebody had written survives a session that ends, a page that is too old, and a colleague who was faster."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

from sqlalchemy import update

from notifier.domain.lifecycle import State
from notifier.domain.permissions import Role
from notifier.service.lookups import WholeQuery
from notifier.storage.models import StaffSession
from tests.console.office import PASSWORD, Office, Person
from tests.console.reader import Reader, reader_of

_WORDS = "Two shirts, 100% cotton <new>"
_KEPT = re.compile(r'name="kept" value="([^"]*)"')
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def _at_work(office: Office, role: Role = Role.LIAISON) -> tuple[Reader, Person, str]:
    """An officer, and the page of a query that was replied to."""
    person, reader = office.hire(role), reader_of(office)
    reader.sign_in(person)
    query = office.world.texted()
    office.world.reply("Two cotton shirts")
    return reader, person, f"/console/queries/{query.id}"


def _seen(office: Office, page: str) -> WholeQuery:
    return office.world.see(UUID(page.rpartition("/")[2]))


def _end_sessions(office: Office) -> None:
    with office.ctx.database.begin() as session:
        session.execute(update(StaffSession).values(ended_at=office.ctx.clock.wall()))


def _again(reader: Reader, person: Person, asked: str) -> str:
    """Sign in on the page that asks for it, with what it keeps; the page that follows."""
    (kept,) = _KEPT.findall(asked)
    form = {"email": person.email, "password": PASSWORD, "code": person.recovery[0], "kept": unescape(kept)}
    (token,) = re.findall(r'name="csrf" value="(\w+)"', asked)[:1]
    return reader.post("/console/sign-in", csrf=token, **form).text


def test_after_signing_in_again_one_goes_on_with_what_one_had_written(office: Office) -> None:
    reader, person, page = _at_work(office)
    (token,) = re.findall(r'name="csrf" value="(\w+)"', reader.get(f"{page}/accept").text)[:1]
    _end_sessions(office)
    asked = reader.post(f"{page}/accept", csrf=token, text=_WORDS, read="yes")
    assert asked.status_code == 403
    assert "go on with what you had written" in asked.text
    wrong = reader.post("/console/sign-in", csrf=token, email=person.email, kept=unescape(_KEPT.findall(asked.text)[0]))
    assert _KEPT.findall(wrong.text) == _KEPT.findall(asked.text), "a try that failed keeps it too"
    again = _again(reader, person, asked.text)
    assert unescape(_WORDS) in unescape(again)
    assert _seen(office, page).query.state is State.REPLIED, "nothing is done unasked"
    form = {name: unescape(value) for name, value in _HIDDEN.findall(again.partition(f'action="{page}/accept"')[2])}
    assert reader.post(f"{page}/accept", **form).status_code == 303
    seen = _seen(office, page)
    assert (seen.query.state, seen.answers[-1].body) == (State.CLOSED, _WORDS)


def test_what_is_kept_leads_nowhere_but_to_our_own_pages(small_office: Office) -> None:
    person, reader = small_office.hire(Role.LIAISON), reader_of(small_office)
    for number, kept in enumerate(
        ('{"to": "https://evil.example/", "fields": {"text": "x"}}', "[1]", "{", '{"to": 1}')
    ):
        form = {"email": person.email, "password": PASSWORD, "code": person.recovery[number], "kept": kept}
        answer = reader_of(small_office).post("/console/sign-in", "/console/sign-in", **form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/queries"), kept
    assert reader.get("/console/queries").status_code == 303


def test_a_page_that_asks_by_itself_is_told_where_to_sign_in_and_decides_for_itself(small_office: Office) -> None:
    reader, _, page = _at_work(small_office)
    _end_sessions(small_office)
    told = reader.get(page, **{"HX-Request": "true"})
    assert (told.status_code, told.text) == (204, "")
    assert told.headers["x-sign-in"].startswith("/console/sign-in?ended=1&next=")


def test_a_page_that_is_too_old_shows_what_was_written_in_it(small_office: Office) -> None:
    reader, _, page = _at_work(small_office)
    refused = reader.post(f"{page}/record", csrf="0" * 64, text=_WORDS)
    assert refused.status_code == 403
    assert unescape(_WORDS) in unescape(refused.text)
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    forged = reader.client.post(f"{page}/record", data={"text": "Call 9999 0000"}, headers=elsewhere)
    assert (forged.status_code, "9999 0000" in forged.text) == (403, False)


def test_what_cannot_be_done_any_more_says_why_where_to_look_and_what_was_written(office: Office) -> None:
    reader, _, page = _at_work(office)
    reader.post(f"{page}/withdraw", read="yes")
    late = reader.post(f"{page}/ask-again", read="yes", why="too_vague", codes="", deadline_at="")
    assert late.status_code == 409
    assert "A query that is closed cannot be asked again." in late.text
    assert f'href="{page}"' in late.text
    late = reader.post(f"{page}/escalate", read="yes", team="hotline", note=_WORDS)
    assert unescape(_WORDS) in unescape(late.text)


def test_the_reason_is_told_in_the_readers_language(office: Office) -> None:
    mei, _, page = _at_work(office, Role.HOTLINE)
    office.world.wind(timedelta(hours=72))
    handoff = next(one for one in _seen(office, page).handoffs if one.closed_at is None)
    sheet = f"/console/handoffs/{handoff.id}"
    ken = reader_of(office)
    ken.sign_in(office.hire(Role.HOTLINE, "Ken Lee"))
    ken.client.headers["Accept-Language"] = "zh-HK"
    mei.post(f"{sheet}/claim")
    refused = ken.post(f"{sheet}/done", read="yes", note=_WORDS)
    assert (refused.status_code, "這項待辦由Mei Chan處理中。" in refused.text) == (409, True)
    assert unescape(_WORDS) in unescape(refused.text)
