"""`notifier import`: a file of referrals, a progress bar, and what is wrong with each row that could not be taken."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from notifier.cli.database_trouble import tell
from notifier.customs.csv_referrals import ReferralFile, open_referrals
from notifier.customs.decoding import Encoding
from notifier.domain.errors import Conflict, Invalid
from notifier.domain.permissions import Principal, Role
from notifier.runtime import open_runtime
from notifier.service.importing import ImportReport, RowReport, import_rows
from notifier.service.intake import Door

ALL_TAKEN, SOME_REFUSED, UNUSABLE = 0, 1, 2
_DOOR = Door(Principal("import", Role.LIAISON), "import")
_MOST_SHOWN = 50
_PIPE_WIDTH = 200  # columns where no terminal tells its own
_REPORT_HEADER = ("line", "reference", "column", "problem", "mend")
# A spreadsheet would run a cell that begins with one of these.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def import_file(
    file: Path, report: Path | None = None, encoding: Encoding | None = None, *, again: bool = False
) -> int:
    """Take a file and print how it went; the exit code: 0 all taken, 1 some rows need a look, 2 nothing could be done.

    `report`: where every such row is written, as CSV. `again`: begin anew with a file that was taken before.
    """
    screen = Console(width=None if Console().is_terminal else _PIPE_WIDTH, highlight=False)
    try:
        source = open_referrals(file.read_bytes(), encoding)
        if report is not None:
            _check_writable(report, file)
        outcome = _take(source, screen, again=again)
        _show(screen, outcome)
        if report is not None:
            _write_report(report, outcome.troubles)
            screen.print(_what_is_in(report, outcome), markup=False)
    except Invalid as refusal:
        return _unusable(screen, refusal)
    except OSError as failure:
        screen.print(f"{failure.filename or file}: {failure.strerror or 'cannot be used'}.", markup=False)
        return UNUSABLE
    except (SQLAlchemyError, Conflict) as failure:
        screen.print(_interrupted(failure), markup=False)
        return UNUSABLE
    return ALL_TAKEN if outcome.flawless else SOME_REFUSED


def _check_writable(report: Path, file: Path) -> None:
    """Better known before than after; and the referrals themselves are not to be written over."""
    report.open("a").close()
    if report.samefile(file):
        raise Invalid.one("--report", "is the file of referrals itself.", "Name another file for it.")


def _what_is_in(report: Path, outcome: ImportReport) -> str:
    if outcome.troubles:
        return f"Every row that needs a look is in {report}."
    return f"No row needs a look, and {report} holds none."


def _take(source: ReferralFile, screen: Console, *, again: bool) -> ImportReport:
    with open_runtime() as runtime, _progress(screen, len(source.lines)) as (bar, task):
        return import_rows(
            runtime.ctx, source, _DOOR, again=again, on_progress=lambda line: bar.update(task, completed=line)
        )


@contextmanager
def _progress(screen: Console, lines: int) -> Iterator[tuple[Progress, TaskID]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
        task = bar.add_task("Lines", total=lines)
        yield bar, task
        bar.update(task, completed=lines)


def _show(screen: Console, outcome: ImportReport) -> None:
    if outcome.resumed_from:
        screen.print(_what_this_run_did(outcome), markup=False)
    screen.print(
        f"{'All in all ' if outcome.resumed_from else ''}{_rows(outcome.rows)}: {outcome.created} new, "
        f"{outcome.known} known, {outcome.conflicts} contradicting, {outcome.refused} refused.",
        markup=False,
    )
    if not outcome.troubles:
        return
    table = Table("line", "column", "what is wrong", "how to mend it")
    for trouble in outcome.troubles[:_MOST_SHOWN]:
        for place, problem in enumerate(trouble.problems):
            line = "" if place else str(trouble.line)
            table.add_row(*map(Text, (line, problem.field, problem.message, problem.mend)))
    screen.print(table)
    left = len(outcome.troubles) - _MOST_SHOWN
    if left > 0:
        screen.print(f"... and {_rows(left)} more: --report FILE.csv writes them all.", markup=False)


def _what_this_run_did(outcome: ImportReport) -> str:
    """The counts are of all runs together, so what was done just now is told apart."""
    earlier, now = outcome.resumed_from, outcome.rows - outcome.resumed_from
    done = f"this run took the other {now}" if now else "this run had nothing to do"
    return f"An earlier run had done {_rows(earlier)}; {done}. --again begins anew."


def _rows(number: int) -> str:
    return f"{number} row" if number == 1 else f"{number} rows"


def _write_report(path: Path, troubles: Sequence[RowReport]) -> None:
    """With a byte order mark, so that spreadsheets read it as UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as sheet:
        writer = csv.writer(sheet)
        writer.writerow(_REPORT_HEADER)
        for trouble in troubles:
            for problem in trouble.problems:
                cells = (trouble.reference, problem.field, problem.message, problem.mend)
                writer.writerow([trouble.line, *map(_guarded, cells)])


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _unusable(screen: Console, refusal: Invalid) -> int:
    screen.print("The file cannot be used; nothing was taken from it.", markup=False)
    for problem in refusal.problems:
        screen.print(f"{problem.field}: {problem.message} {problem.mend}", markup=False)
    return UNUSABLE


def _interrupted(failure: SQLAlchemyError | Conflict) -> str:
    if isinstance(failure, Conflict):
        return str(failure)
    return f"{tell(failure)} What is committed stays; the same command goes on from there."
