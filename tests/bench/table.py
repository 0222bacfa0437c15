"""Figures on the screen: each round as it ends, and a table at the end."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.bench.ratios import Ratio, Round, Seen

_NUMBER = {"justify": "right", "no_wrap": True}


def print_round(screen: Console, ratio: Ratio, each: Round) -> None:
    """One line: a long bench should show that it moves."""
    screen.print(
        f"{ratio.name}  {ratio.product_is} {each.product:,.0f}/s, "
        f"{ratio.floor_is} {each.floor:,.0f}/s: {each.ratio:.2f}"
    )


def print_table(screen: Console, seen: Sequence[Seen], quick: bool) -> None:
    """Every round, the median of its ratios, and the goal."""
    title = "A quick look: too short to judge by" if quick else "Rates a second; the ratio is the median of the rounds'"
    table = Table(title=title, title_justify="left")
    for heading in ("", "product / floor", "product", "floor", "by round", "ratio", "goal", "sketch", ""):
        if heading in ("product", "floor", "ratio", "goal", "sketch"):
            table.add_column(heading, justify="right")
        else:
            table.add_column(heading)
    for each in seen:
        table.add_row(*_cells(each))
    screen.print(table)


def _cells(seen: Seen) -> tuple[str, ...]:
    ratio, rounds = seen.ratio, seen.rounds
    return (
        ratio.name,
        f"{ratio.product_is}\n{ratio.floor_is}",
        "\n".join(f"{each.product:,.0f}" for each in rounds),
        "\n".join(f"{each.floor:,.0f}" for each in rounds),
        "\n".join(f"{each.ratio:.2f}" for each in rounds),
        f"{seen.median:.2f}",
        f"{ratio.goal:.2f}",
        "-" if ratio.sketch is None else f"{ratio.sketch:.2f}",
        "reached" if seen.median >= ratio.goal else "missed",
    )
