"""Taking a file of referrals in chunks, each one transaction; what is done is remembered, so a file goes on.

The count of rows done is committed together with the queries they made: however an import ends, no row is taken twice
and none is passed over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from notifier.customs.csv_referrals import ReferralFile, Row
from notifier.domain.errors import Conflict, FieldProblem, Stale
from notifier.service.context import Context
from notifier.service.intake import Door, accept_within
from notifier.service.phones import read_phone
from notifier.storage.models import ImportRun
from notifier.storage.turns import take_turns

CHUNK = 100  # rows; on SQLite others wait for the writer as long as a chunk takes

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class RowReport:
    """A row that needs a look: the line it begins on, customs' reference, and what is wrong."""

    line: int
    reference: str
    problems: tuple[FieldProblem, ...]


@dataclass
class ImportReport:
    """How a file ended. `rows` = created + known + refused + conflicts, over all runs of the same file.

    `resumed_from`: rows done by earlier runs. `troubles`: every refused row, and the contradicting ones of this run.
    """

    resumed_from: int = 0
    rows: int = 0
    created: int = 0
    known: int = 0
    refused: int = 0
    troubles: list[RowReport] = field(default_factory=list)

    @property
    def conflicts(self) -> int:
        """Rows that contradict a known query; each is kept for staff."""
        return self.rows - self.created - self.known - self.refused

    @property
    def flawless(self) -> bool:
        """Whether no row needs a look."""
        return not (self.refused or self.conflicts)


@dataclass(frozen=True)
class _Place:
    """A run's key, and how many of its rows this importer knows to be done."""

    key: str
    rows_done: int


def import_rows(
    ctx: Context,
    source: ReferralFile,
    door: Door,
    *,
    again: bool = False,
    chunk: int = CHUNK,
    on_progress: Callable[[int], None] = lambda _line: None,
) -> ImportReport:
    """Take every row, from where an earlier run of the same bytes stopped; `again` begins anew (known rows stay known).

    `on_progress` is told the line of the last row that is committed. Raises Conflict while another import of this
    file is under way.
    """
    key = ctx.database.keyring.hash("import", source.fingerprint)
    done = _twice(ctx, partial(_begin, ctx=ctx, key=key, again=again))
    report = ImportReport(resumed_from=done)
    rows = source.rows()
    # Refusals need no database to be found again, so the report is whole also after an interruption.
    report.troubles += _refusals(list(islice(rows, done)))
    while batch := list(islice(rows, chunk)):
        report.troubles += _refusals(batch)
        report.troubles += _twice(ctx, partial(_take, ctx=ctx, run=_Place(key, done), rows=batch, door=door))
        done += len(batch)
        on_progress(batch[-1].line)
    _twice(ctx, partial(_finish, ctx=ctx, key=key, report=report))
    report.troubles.sort(key=lambda trouble: trouble.line)
    return report


def _twice(ctx: Context, work: Callable[[Session], _Result]) -> _Result:
    """One transaction; run again once when somebody else wrote the same, or waited for us, in that instant."""
    try:
        with ctx.database.begin() as session:
            return work(session)
    except (IntegrityError, OperationalError, Stale):
        with ctx.database.begin() as session:
            return work(session)


def _begin(session: Session, ctx: Context, key: str, again: bool) -> int:
    """The run of this file, made or found; returns how many rows are done."""
    run = session.get(ImportRun, key, with_for_update=True)
    if run is not None and again:
        session.delete(run)
        session.flush()
        run = None
    if run is None:
        run = ImportRun(file_hash=key, rows_done=0, created=0, known=0, refused=0, started_at=ctx.clock.wall())
        session.add(run)
    return run.rows_done


def _take(session: Session, ctx: Context, run: _Place, rows: Sequence[Row], door: Door) -> list[RowReport]:
    """One chunk and its bookmark; returns the rows that contradict what is known."""
    found = session.get_one(ImportRun, run.key, with_for_update=True)
    if found.rows_done != run.rows_done:
        raise Conflict("This file is being imported by somebody else at this moment: wait for it to end.")
    contradicting = []
    # In one order for every importer, and before any row: then none waits for another that waits for it.
    phones = (read_phone(ctx, row.referral.sender_mobile).mobile_hash for row in rows if row.referral is not None)
    take_turns(session, filter(None, phones))
    for row in rows:
        if row.referral is None:
            found.refused += 1
            continue
        taken = accept_within(session, ctx, row.referral, door)
        if taken.conflict_id is not None:
            contradicting.append(RowReport(row.line, row.reference, (_contradiction(taken.code),)))
        found.created += taken.new
        found.known += not taken.new and taken.conflict_id is None
    found.rows_done += len(rows)
    return contradicting


def _finish(session: Session, ctx: Context, key: str, report: ImportReport) -> None:
    run = session.get_one(ImportRun, key, with_for_update=True)
    run.finished_at = run.finished_at or ctx.clock.wall()
    report.rows, report.created, report.known, report.refused = run.rows_done, run.created, run.known, run.refused


def _contradiction(code: str) -> FieldProblem:
    return FieldProblem(
        "referral_reference",
        f"is known as query {code}, with other content: it is kept for staff, and not applied.",
        "Compare both in the query, and correct it there; or mend the reference.",
    )


def _refusals(rows: Sequence[Row]) -> list[RowReport]:
    return [RowReport(row.line, row.reference, row.problems) for row in rows if row.referral is None]
