"""What every page costs: at most ten statements, and none that reads a table to its end."""

import re

import pytest

from notifier.console import ConsoleParts, create_console
from notifier.console.access import Open, accesses
from notifier.domain.permissions import Role
from tests.console.office import Office
from tests.console.places import places_of, replied
from tests.console.reader import reader_of
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.service.test_round_trips import statements

_MOST = 10
_TABLES = ("queries", "texts", "replies", "history", "receipts", "attempts", "webhooks", "handoffs")


@pytest.fixture
def pages(sqlite_url: str) -> list[str]:
    """Every page that is read, of whatever room."""
    ctx = make_context(sqlite_url, carrier=FakeCarrier())
    console = create_console(ConsoleParts(ctx, "http://localhost", secure=False, sandbox=True))
    found = [
        str(context.path)
        for context, (access,) in accesses(console.app.routes)
        if "GET" in (context.methods or ()) and access is not Open.PUBLIC
    ]
    ctx.database.dispose()
    # A stream has no end, phones are the carrier's and not in this office, a closed query alone can be opened again.
    return [path for path in found if not path.startswith(("/changes", "/sandbox/phones", "/sandbox/carrier"))]


def test_no_page_asks_more_than_ten_times_or_counts_a_whole_table(office: Office, pages: list[str]) -> None:
    reader = reader_of(office)
    reader.sign_in(office.hire(Role.ADMIN))
    query = replied(office)
    known = places_of(office, query)
    costs: dict[str, int] = {}
    counting: list[str] = []
    assert len(pages) >= 30
    for path in pages:
        if path.endswith("/reopen"):
            continue
        with statements(office.ctx) as sent:
            assert reader.get("/console" + path.format(**known)).status_code == 200, path
        asked = [statement for statement in sent if not statement.startswith("BEGIN")]
        costs[path] = len(asked)
        counting += [f"{path}: {statement}" for statement in asked if _counts_a_table(statement)]
    assert {path: cost for path, cost in costs.items() if cost > _MOST} == {}
    assert counting == []


@pytest.mark.parametrize(
    ("statement", "counts"),
    [
        ("SELECT count(*) AS n FROM texts", True),
        ("SELECT state, count(texts.id) FROM texts GROUP BY state", True),
        ("SELECT count(*) FROM texts WHERE texts.state = 'queued'", False),
        ("SELECT (SELECT count(*) FROM (SELECT texts.id FROM texts WHERE state = 'unknown' LIMIT 9) AS a) AS n", False),
    ],
)
def test_the_look_for_counts_sees_them(statement: str, counts: bool) -> None:
    assert _counts_a_table(statement) is counts


def _counts_a_table(statement: str) -> bool:
    """A count of a table's rows without a condition reads them all."""
    flat = " ".join(statement.lower().split())
    found = re.search(rf"count\([^()]*\)[^()]* from ({'|'.join(_TABLES)})\b([^()]*)", flat)
    return found is not None and " where " not in found[2]
