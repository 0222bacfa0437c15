"""Every page times every role: the table of permissions decides, and who is refused changes nothing."""

from collections.abc import Iterator

import pytest

from notifier.console import ConsoleParts, create_console
from notifier.console.access import Open, accesses
from notifier.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from tests.console.office import Office
from tests.console.places import FORMS, accepted, is_of_closed, places_of, replied
from tests.console.reader import reader_of
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.web.rows import all_rows, changed_tables

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
        verb = path.rpartition("/")[2]
        query = accepted(small_office) if is_of_closed(path) else replied(small_office)
        places = places_of(small_office, query)
        form = {"answer": places["answer_id"], **FORMS.get(verb, {})}
        here = "/console" + path.format(**places)
        before = all_rows(small_office.ctx)
        answer = reader.get(here) if method == "GET" else reader.post(here, read="yes", query=str(query), **form)
        changed = [table for table in changed_tables(before, all_rows(small_office.ctx)) if table != "staff_sessions"]
        if access not in ROLE_PERMISSIONS[role]:
            assert (answer.status_code, changed) == (403, []), (method, path)
            assert "Your role may not do this" in answer.text
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
