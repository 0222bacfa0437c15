"""Every page times every role: the table of permissions decides, and who is refused changes nothing."""

from collections.abc import Iterator

import pytest

from notifier.console import ConsoleParts, create_console
from notifier.console.access import Open, accesses
from notifier.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from tests.console.office import Office
from tests.console.places import places_of, replied
from tests.console.reader import reader_of
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.web.rows import all_rows, changed_tables

# What each form that is to change something holds.
_FORMS = {
    "accept": {"text": "Shirts"},
    "reject": {"reason": "Too vague"},
    "escalate": {"team": "hotline"},
    "reopen": {"reason": "It still counts"},
    "correct": {"sender_mobile": "9123 0000"},
    "record": {"text": "Two cotton shirts"},
    "close": {"outcome": "returned"},
    "new": {
        "made_reference": "M-ACFH2345",
        "item_id": "CP123456785HK",
        "sender_mobile": "9123 0001",
        "authority": "FR",
        "codes": "F605",
        "kind": "RFI",
    },
    "number": {"because": "To call the sender"},
    "reveal": {"because": "To call the sender"},
    "note": {"note": "She rang"},
    "answered": {"text": "Two cotton shirts"},
    "no-answer": {"wait": "1"},
    "prefers-calls": {"wait": "1"},
    "hand-over": {"team": "security"},
    "incoming": {"item_id": "RR123456785HK", "mobile": "9123 4567"},
    "{check_id}": {"verified": "yes", "text": "Two cotton shirts"},
    "{reply_id}": {"target": "nowhere"},
    "retry": {"reason": "It is mended"},
    "{deed}": {"reason": "It is mended"},
    "ours": {"mobile": "9123 4567", "words": "Customs asks about your parcel"},
}
_VERBS_ELSEWHERE = ("reopen",)  # of a closed query
_ONLY_ASK = ("check", "look", "import")  # a form without a file asks for one
_IDLE = ("renew", "release")  # nobody has a claim here
_MAY_FIND_NOTHING = ("next",)  # what a role's list holds depends on what this walk did before


@pytest.fixture
def pages(sqlite_url: str) -> Iterator[dict[tuple[str, str], Permission | Open]]:
    """What the console itself declares."""
    ctx = make_context(sqlite_url, carrier=FakeCarrier())
    console = create_console(ConsoleParts(ctx, "http://localhost", secure=False, sandbox=True))
    yield {
        (method, str(context.path)): access
        for context, (access,) in accesses(console.app.routes)
        for method in context.methods or ()
    }
    ctx.database.dispose()


def test_what_needs_nobody_signed_in_is_a_short_list(pages: dict[tuple[str, str], Permission | Open]) -> None:
    openly = {path for (_, path), access in pages.items() if access is Open.PUBLIC}
    assert openly == {"/", "/sign-in", "/set-up/{token}", "/link/{token}"}


@pytest.mark.parametrize("role", Role)
def test_a_role_may_open_what_the_table_says(
    small_office: Office, pages: dict[tuple[str, str], Permission | Open], role: Role
) -> None:
    reader = reader_of(small_office)
    reader.sign_in(small_office.hire(role))
    asked = {route: access for route, access in pages.items() if isinstance(access, Permission)}
    assert len(asked) >= 15
    for (method, path), access in asked.items():
        query = replied(small_office)
        verb = path.rpartition("/")[2]
        form = _FORMS.get(verb, {})
        here = "/console" + path.format(**places_of(small_office, query))
        before = all_rows(small_office.ctx)
        answer = reader.get(here) if method == "GET" else reader.post(here, read="yes", query=str(query), **form)
        changed = [table for table in changed_tables(before, all_rows(small_office.ctx)) if table != "staff_sessions"]
        if access not in ROLE_PERMISSIONS[role]:
            assert (answer.status_code, changed) == (403, []), (method, path)
            assert "Your role may not do this" in answer.text
        elif verb in _VERBS_ELSEWHERE:
            assert answer.status_code == (200 if method == "GET" else 409), (method, path)
        else:
            assert answer.status_code in ((200, 303, 422) if verb in _ONLY_ASK else (200, 303)), (method, path)
            may_change = method == "POST" and verb not in (*_IDLE, *_ONLY_ASK)
            assert verb in _MAY_FIND_NOTHING or bool(changed) == may_change, (method, path)


def test_nobody_signed_in_is_led_to_the_sign_in_page(
    small_office: Office, pages: dict[tuple[str, str], Permission | Open]
) -> None:
    query, reader = replied(small_office), reader_of(small_office)
    places = places_of(small_office, query)
    before = all_rows(small_office.ctx)
    for (method, path), access in pages.items():
        if access is Open.PUBLIC:
            continue
        here = "/console" + path.format(**places)
        answer = reader.get(here) if method == "GET" else reader.post(here, "/console/sign-in", read="yes")
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/console/sign-in"), (method, path)
    assert changed_tables(before, all_rows(small_office.ctx)) == []
