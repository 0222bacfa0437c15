"""What the person at the terminal sees: phases with a bar while it plays, and the table at the end."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Column, Table
from rich.text import Text

from notifier.cli.demo.judge import Verdict

_PIPE_WIDTH = 160  # columns where no terminal tells its own
_MOST_SHOWN = 40


class Phase:
    """A part of the play while it is on."""

    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def step(self, number: int = 1) -> None:
        """So many more are done."""
        self._bars.advance(self._task, number)

    def say(self, what: str) -> None:
        """What is waited for; nothing when it is over."""
        self._bars.update(self._task, waits=what)


class Screen:
    """A terminal with bars that move; anything else gets a line when a phase is over."""

    def __init__(self) -> None:
        self.console = Console(width=None if Console().is_terminal else _PIPE_WIDTH, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=12),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TextColumn("[dim]{task.fields[waits]}", table_column=Column(no_wrap=True, overflow="ellipsis")),
            console=self.console,
            disable=not self.console.is_terminal,
        )

    def __enter__(self) -> "Screen":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    @contextmanager
    def phase(self, title: str, total: int) -> Iterator[Phase]:
        """One bar, from its beginning to its end."""
        began = time.monotonic()
        task = self._bars.add_task(title, total=total, waits="")
        yield Phase(self._bars, task)
        self._bars.stop_task(task)
        if not self.console.is_terminal:
            self.tell(f"{title}: {total} in {time.monotonic() - began:.1f} s")

    def tell(self, sentence: str) -> None:
        """One line, as it is."""
        self.console.print(sentence, markup=False)

    def show(self, verdicts: Sequence[Verdict], besides: Sequence[str]) -> None:
        """The table of stories, and everything that is not as expected."""
        self.console.print(_by_story(verdicts))
        wrong = [verdict for verdict in verdicts if verdict.differences]
        if wrong:
            self.console.print(_wrong(wrong[:_MOST_SHOWN]))
        if len(wrong) > _MOST_SHOWN:
            self.tell(f"... and {len(wrong) - _MOST_SHOWN} queries more.")
        rounds = sum(len(set(verdict.asked)) for verdict in verdicts)
        questions = sum(len(verdict.asked) for verdict in verdicts)
        self.tell(f"{rounds} rounds were asked by text, with {questions} question texts.")
        for sentence in besides:
            self.tell(sentence)


def _by_story(verdicts: Sequence[Verdict]) -> Table:
    table = Table("story", title="How the queries ended", title_justify="left")
    for heading in ("queries", "as expected", "texts expected", "texts seen"):
        table.add_column(heading, justify="right")
    stories = {verdict.part.story.story: None for verdict in verdicts}
    for story in stories:
        table.add_row(Text(story), *_counts([verdict for verdict in verdicts if verdict.part.story.story == story]))
    table.add_section()
    table.add_row("all", *_counts(verdicts))
    return table


def _counts(verdicts: Sequence[Verdict]) -> list[str]:
    right = sum(not verdict.differences for verdict in verdicts)
    wanted = sum(len(verdict.part.story.expected.texts) for verdict in verdicts)
    seen = sum(len(verdict.seen.texts) for verdict in verdicts)
    return [str(len(verdicts)), str(right), str(wanted), str(seen)]


def _wrong(verdicts: Sequence[Verdict]) -> Table:
    table = Table("line", "reference", "what", "expected", "seen", title="Not as expected", title_justify="left")
    for verdict in verdicts:
        for place, difference in enumerate(verdict.differences):
            story = verdict.part.story
            row = ("", "") if place else (str(story.line), story.reference)
            table.add_row(*map(Text, (*row, difference.what, difference.expected, difference.seen)))
    return table
