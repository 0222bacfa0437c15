"""`notifier reconcile`: ask the carrier for a span by hand, let what was missed take effect, and report."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table

from notifier.domain.errors import SettingsWrong
from notifier.domain.types import Direction
from notifier.runtime import open_runtime
from notifier.service.installation import arrive
from notifier.service.reconciling import Pass, reconcile_by_hand
from notifier.service.webhooks import process_webhooks

_NAMES = {Direction.IN: "replies", Direction.OUT: "texts"}


def run_reconcile(since: str, until: str | None) -> int:
    """0: the carrier told everything. 1: it could not be asked, or knows texts that no row knows."""
    start, end = read_instant("--since", since), read_instant("--until", until) if until else None
    if end is not None and end <= start:
        raise SettingsWrong("--until is not after --since: swap them, or leave --until out.")
    with open_runtime() as runtime:
        arrive(runtime.ctx)  # A copy must be known as one before its pass counts.
        passes = reconcile_by_hand(runtime.ctx, start, end)
        # Workers may be down: what was found takes effect here.
        while process_webhooks(runtime.ctx):
            pass
    _report(passes)
    return 0 if all(one.error is None and not one.tally.strange for one in passes) else 1


def read_instant(option: str, raw: str) -> datetime:
    """An aware instant. Raises SettingsWrong: a time without its offset would be guessed."""
    try:
        read = datetime.fromisoformat(raw)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise SettingsWrong(f"{option} is not a time with its offset: write it as 2026-11-24T00:00+08:00.")
    return read


def _report(passes: Sequence[Pass]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("", "found", "applied", "already known", "unknown to us"):
        table.add_column(heading, justify="left" if not heading else "right")
    for one in passes:
        tally = one.tally
        table.add_row(_NAMES[one.direction], *map(str, (tally.found, tally.applied, tally.known, tally.strange)))
    console = Console()
    console.print(table)
    for one in passes:
        if one.error is not None:
            console.print(f"{_NAMES[one.direction]}: not complete. {one.error} Run it again later.")
        if one.tally.strange:
            console.print(
                f"The carrier has {one.tally.strange} text(s) from our numbers that no row knows: another system sends "
                "from them, or rows were lost in a restored backup. Compare them before anything is sent again."
            )
