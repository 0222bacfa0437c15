"""How a run is told: progress while it lasts, and a summary at its end."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.chaos.faults.matrix import ELSEWHERE, Fault
from tests.chaos.invariants import INVARIANTS
from tests.chaos.run import Verdict

_LOST, _DOUBLED, _MISSED = ("I1", "I4"), ("I2", "I5", "I6"), ("I3", "I7")


def print_summary(screen: Console, verdict: Verdict, faults: Sequence[Fault]) -> None:
    """Rows, figures, invariants, and what is wrong."""
    screen.print(_of_faults(verdict, faults))
    figures = Table("figure", "", title="What happened", title_justify="left")
    figures.columns[1].justify = "right"
    for name, figure in verdict.figures.items():
        figures.add_row(name, figure)
    figures.add_row("seconds a cycle", f"{verdict.seconds / max(verdict.cycles, 1):.1f}")
    screen.print(figures)
    screen.print(_of_invariants(verdict))
    for sentence in verdict.failed:
        screen.print(Text(sentence))
    lost, doubled, missed = (verdict.count(*names) for names in (_LOST, _DOUBLED, _MISSED))
    screen.print(f"{verdict.cycles} cycles: {lost} lost, {doubled} doubled, {missed} missed.", style="bold")
    screen.print(f"Once more with the same dice: make chaos CYCLES={verdict.cycles} SEED={verdict.seed}")


def _of_faults(verdict: Verdict, faults: Sequence[Fault]) -> Table:
    table = Table(title="Faults", title_justify="left")
    for heading in ("row", "fault", "moment", "threatens", "struck", "slowest", ""):
        table.add_column(heading, justify="right" if heading in ("row", "struck", "slowest") else "left")
    for fault in faults:
        slowest = f"{verdict.slowest.get(fault.number, 0):.1f} s"
        note = verdict.notes.get(str(fault.number), "")
        struck = str(verdict.struck[fault.number])
        table.add_row(str(fault.number), fault.what, fault.moment, fault.threatens, struck, slowest, note)
    for number, place in ELSEWHERE.items():
        table.add_row(str(number), "", "", "", "-", "-", f"see {place}")
    return table


def _of_invariants(verdict: Verdict) -> Table:
    table = Table("", "invariant", "holds", "sees what is planted", title="Invariants", title_justify="left")
    for name, check in INVARIANTS.items():
        said = verdict.broken.get(name, [])
        what = check.__name__.partition("_")[2].replace("_", " ")
        table.add_row(name, what, "no" if said else "yes", "no" if name in verdict.overlooked else "yes")
        for sentence in said:
            table.add_row("", Text(sentence), "", "")
    return table
