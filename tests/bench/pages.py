"""What the console's pages cost at 100,000 queries in PostgreSQL: the median time of each and of all, and statements.

    python -m tests.bench.pages [--queries 100000] [--looks 15]

A few hundred queries go the product's own way; the rest are copies of their rows, made by the database in the same
minutes. Exit code 1: a page sent more than ten statements, or counted a table to its end.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, create_engine, text

from notifier.console import ConsoleParts, create_console
from notifier.console.access import Open, accesses
from notifier.domain.permissions import Role
from notifier.storage.migrations.run import migrate
from tests.bench.stand import open_stand
from tests.console.office import Office, open_office
from tests.console.places import is_of_closed, places_of, replied
from tests.console.reader import reader_of
from tests.statements import counts_a_table, statements

GOAL = 0.100  # seconds, the median over all pages
MOST = 10  # statements of a page
_BORN = 200  # queries that go the product's own way
_PEOPLE = 91_000_000
# What a query's rows refer to one another by; a copy gets the same references, each with the copy's number in it.
_ROWS = {
    "queries": ("id", "code", "referral_reference"),
    "rounds": ("id", "query_id"),
    "questions": ("id", "round_id"),
    "texts": ("id", "query_id", "round_id", "carrier_sid"),
    "history": ("id", "query_id"),
}


@dataclass(frozen=True)
class Cost:
    """Of one page: the median of some looks in seconds, and of one look how many statements and counts of a table."""

    seconds: float
    statements: int
    counts: int


def main() -> None:
    """Fill the database, look at every page, and print the table."""
    asked = _arguments()
    screen = Console(highlight=False)
    with _crowded(asked.queries) as office:
        costs = _look(office, asked.looks)
    title = f"{asked.queries:,} queries, {asked.looks} looks at each page"
    table = Table("page", "median, ms", "statements", title=title)
    for path, cost in sorted(costs.items(), key=lambda item: -item[1].seconds):
        table.add_row(path, f"{cost.seconds * 1000:.1f}", str(cost.statements))
    screen.print(table)
    middle, most = median(cost.seconds for cost in costs.values()), max(cost.statements for cost in costs.values())
    counts = sum(cost.counts for cost in costs.values())
    screen.print(f"Median of all pages: {middle * 1000:.1f} ms; goal: {GOAL * 1000:.0f} ms.")
    screen.print(f"Statements of a page: {most} at most; limit: {MOST}. Counts over a whole table: {counts}.")
    sys.exit(most > MOST or counts > 0)


@contextmanager
def _crowded(queries: int) -> Iterator[Office]:
    with open_stand() as stand, stand.database() as url:
        migrate(url)
        with open_office(url) as office:
            for number in range(min(_BORN, queries)):
                office.world.refer(sender_mobile=f"+852{_PEOPLE + number}")
            office.world.send()
            engine = create_engine(url)
            with engine.begin() as connection:
                _multiply(connection, queries // _BORN)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
            engine.dispose()
            yield office


def _multiply(connection: Connection, times: int) -> None:
    """Copies of every row, so that each stands `times` times. Keys are made of the old key and the copy's number."""
    for table, keys in _ROWS.items():
        names = connection.execute(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = :table"), {"table": table}
        )
        columns = [name for (name,) in names if name != "id" or "id" in keys]
        chosen = [_copied(name) if name in keys else name for name in columns]
        connection.execute(
            text(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(chosen)} "
                f"FROM {table}, generate_series(2, :times) AS copy"
            ),
            {"times": times},
        )


def _copied(name: str) -> str:
    if name == "code":
        return "left(code, 5) || lpad(upper(to_hex(copy)), 3, '0')"
    if name in ("referral_reference", "carrier_sid"):
        return f"{name} || '-' || copy"
    # As old as what it is a copy of: the first 48 bits of a UUID of version 7 are its time.
    return (
        f"CAST(left(replace(CAST({name} AS text), '-', ''), 12) || "
        f"right(md5(CAST({name} AS text) || copy), 20) AS uuid)"
    )


def _look(office: Office, looks: int) -> dict[str, Cost]:
    """By page; the first look of all is left out."""
    reader = reader_of(office)
    reader.sign_in(office.hire(Role.ADMIN))
    known = places_of(office, replied(office))
    costs: dict[str, Cost] = {}
    for path in _pages(office):
        seen = []
        for _ in range(looks + 1):
            with statements(office.ctx) as sent:
                began = time.perf_counter()
                answer = reader.get("/console" + path.format(**known))
                seen.append(time.perf_counter() - began)
            answer.raise_for_status()
        costs[path] = Cost(median(seen[1:]), len(sent), sum(map(counts_a_table, sent)))
    return costs


def _pages(office: Office) -> list[str]:
    """Every page that is read, but for streams, whole exports, the carrier's own, and what a closed query alone has."""
    console = create_console(ConsoleParts(office.ctx, office.url, secure=False, sandbox=True))
    return [
        str(context.path)
        for context, (access,) in accesses(console.app.routes)
        if "GET" in (context.methods or ())
        and access is not Open.PUBLIC
        and "{kind}" not in str(context.path)
        and not str(context.path).startswith(("/changes", "/sandbox/phones", "/sandbox/carrier"))
        and not is_of_closed(str(context.path))
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench.pages", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--queries", type=int, default=100_000, help="how many there are (100000)")
    parser.add_argument("--looks", type=int, default=15, help="how often each page is looked at (15)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
