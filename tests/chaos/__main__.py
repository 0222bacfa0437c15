"""Kill everything, again and again, and look for what was lost, doubled or missed.

    python -m tests.chaos [--cycles 1000] [--seed N] [--rows 1,5,27] [--folder DIR]

A seed repeats what is drawn: the faults and their order, what senders and staff do, and the carrier's mischief. The
processes are real, so their order in time is not repeated to the millisecond. Exit code 1: something does not hold.
"""

import argparse
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from tests.chaos.faults.matrix import MATRIX, Fault
from tests.chaos.run import Verdict, play
from tests.chaos.table import print_summary

_WIDTH = 150  # columns where no terminal tells its own
_LINE_EVERY = 10  # cycles between two lines where there is no terminal for a bar


def main() -> None:
    """Run, and tell."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # leave no server behind
    screen = Console(highlight=False, width=None if Console().is_terminal else _WIDTH)
    began = time.monotonic()
    screen.print(f"{asked.cycles} cycles, seed {asked.seed}")
    with _folder(asked.folder) as folder, _progress(screen, asked.cycles) as bar:
        task = bar.add_task("Starting", total=asked.cycles)
        told: set[str] = set()

        def seen(verdict: Verdict, fault: Fault) -> None:
            wrong = verdict.sentences()
            for sentence in wrong:
                if sentence not in told:
                    screen.print(Text(f"after row {fault.number}: {sentence}"))
            told.update(wrong)
            done = f"{verdict.cycles} of {asked.cycles} after {time.monotonic() - began:.0f} s, {len(wrong)} wrong"
            bar.update(
                task, completed=verdict.cycles, description=f"row {fault.number} {fault.what}, {len(wrong)} wrong"
            )
            if not screen.is_terminal and verdict.cycles % _LINE_EVERY == 0:
                screen.print(done)

        verdict = play(folder, asked.rows, asked.cycles, asked.seed, seen)
    print_summary(screen, verdict, asked.rows)
    sys.exit(0 if verdict.holds else 1)


@contextlib.contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    """One that is named is kept, logs and all."""
    if named is not None:
        named.mkdir(parents=True)
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="notifier-chaos-", ignore_cleanup_errors=True) as folder:
        path = Path(folder)
        path.chmod(0o755)  # PostgreSQL runs as another user, below
        yield path


def _progress(screen: Console, cycles: int) -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, TextColumn("{task.description}"), console=screen, disable=not screen.is_terminal)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.chaos", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cycles", type=_positive, default=1000, help="how many faults strike (1000)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9), help="repeats a run's dice")
    parser.add_argument("--rows", type=_rows, default=MATRIX, help="only these of the matrix, as 1,5,27")
    parser.add_argument("--folder", type=Path, help="a new folder, kept afterwards with every log and both databases")
    return parser.parse_args()


def _positive(raw: str) -> int:
    if not raw.isdecimal() or int(raw) < 1:
        raise argparse.ArgumentTypeError("give a number from 1 on")
    return int(raw)


def _rows(raw: str) -> Sequence[Fault]:
    known = {str(fault.number): fault for fault in MATRIX}
    wanted = raw.split(",")
    if strange := set(wanted) - set(known):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(strange))}: the matrix has {', '.join(known)}")
    return [known[number] for number in wanted]


if __name__ == "__main__":
    main()
