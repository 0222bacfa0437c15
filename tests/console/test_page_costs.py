"""What every page costs: at most ten statements, and none that reads a table to its end."""

from dataclasses import dataclass, field

import pytest

from notifier.console import ConsoleParts, create_console
from notifier.console.access import Open, accesses
from notifier.console.call_endings import ENDINGS
from notifier.console.verbs import VERBS
from notifier.domain.permissions import Role
from tests.console.office import Office
from tests.console.places import FORMS, accepted, is_of_closed, places_of, replied
from tests.console.reader import reader_of
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.statements import counts_a_table, statements

_MOST = 10
# What is told before a deed is done is the deed itself, taken back: that costs what the deed costs.
_DEEDS = {*VERBS, *ENDINGS, "{reply_id}", "{check_id}"}
_ENDS_THE_VISIT = ("/sign-out", "/role")


@pytest.fixture
def routes(sqlite_url: str) -> dict[str, list[str]]:
    """Every page of whatever room, by how it is asked for."""
    ctx = make_context(sqlite_url, carrier=FakeCarrier())
    console = create_console(ConsoleParts(ctx, "http://localhost", secure=False, sandbox=True))
    found: dict[str, list[str]] = {"GET": [], "POST": []}
    for context, (access,) in accesses(console.app.routes):
        path = str(context.path)
        # A stream has no end, and phones are the carrier's and not in this office.
        if access is not Open.PUBLIC and not path.startswith(("/changes", "/sandbox/phones", "/sandbox/carrier")):
            found[next(iter(context.methods or ()))].append(path)
    ctx.database.dispose()
    return found


def test_no_page_asks_more_than_ten_times_or_counts_a_whole_table(office: Office, routes: dict[str, list[str]]) -> None:
    reader = reader_of(office)
    reader.sign_in(office.hire(Role.ADMIN))
    open_one, closed_one = places_of(office, replied(office)), places_of(office, accepted(office))
    costs = Costs()
    assert len(routes["GET"]) >= 30
    for path in routes["GET"]:
        known = closed_one if is_of_closed(path) else open_one
        with statements(office.ctx) as sent:
            assert reader.get("/console" + path.format(**known)).status_code == 200, path
        costs.add(path, sent)
    assert costs.too_many() == {}
    assert costs.counting == []


def test_no_page_that_a_form_leads_to_asks_more_often_or_counts_a_whole_table(
    office: Office, routes: dict[str, list[str]]
) -> None:
    reader = reader_of(office)
    reader.sign_in(office.hire(Role.ADMIN))
    costs = Costs()
    for path in routes["POST"]:
        verb = path.rpartition("/")[2]
        if verb in _DEEDS or path in _ENDS_THE_VISIT:
            continue
        query = replied(office)
        here = "/console" + path.format(**places_of(office, query))
        form = {"query": str(query), "csrf": reader.token(), **FORMS.get(verb, {})}
        with statements(office.ctx) as sent:
            answer = reader.post(here, **form)
        if answer.status_code in (200, 422):
            costs.add(path, sent)
    assert len(costs.by_page) >= 9
    assert costs.too_many() == {}
    assert costs.counting == []


@dataclass
class Costs:
    """How many statements each page sent, and which of them counted a table."""

    by_page: dict[str, int] = field(default_factory=dict)
    counting: list[str] = field(default_factory=list)

    def add(self, path: str, sent: list[str]) -> None:
        """One page's."""
        self.by_page[path] = len(sent)
        self.counting += [f"{path}: {statement}" for statement in sent if counts_a_table(statement)]

    def too_many(self) -> dict[str, int]:
        """Pages above the limit."""
        return {path: cost for path, cost in self.by_page.items() if cost > _MOST}


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
    assert counts_a_table(statement) is counts
