"""Ratios of the product's speed to floors measured beside it.

    python -m tests.bench [--rounds 5] [--only R1,R4] [--quick]

Absolute rates drift with the machine; a ratio of two rates from the same round hardly does. `--quick` runs one tiny
round of each: it shows that everything works, not how fast.
"""

import argparse
from collections.abc import Sequence

from rich.console import Console

from tests.bench import r1_queries, r2_texts, r4_intake
from tests.bench.ratios import Ratio, Seen, measure
from tests.bench.stand import open_stand
from tests.bench.table import print_round, print_table

_WIDTH = 110  # columns where no terminal tells its own
RATIOS = {each.name: each for each in (r1_queries.RATIO, r2_texts.RATIO, r4_intake.RATIO)}


def main() -> None:
    """Run the rounds and print the table."""
    asked = _arguments()
    screen = Console(highlight=False, width=None if Console().is_terminal else _WIDTH)
    seen = {ratio.name: Seen(ratio) for ratio in asked.only}
    with open_stand() as stand:
        for ratio, each in measure(stand, asked.only, 1 if asked.quick else asked.rounds, asked.quick):
            seen[ratio.name].rounds.append(each)
            print_round(screen, ratio, each)
    print_table(screen, list(seen.values()), asked.quick)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=_positive, default=5, help="how often each ratio is measured (5)")
    parser.add_argument("--only", type=_named, default=list(RATIOS.values()), help="some of R1,R2,R4")
    parser.add_argument("--quick", action="store_true", help="one tiny round of each, to see that it works")
    return parser.parse_args()


def _positive(raw: str) -> int:
    if not raw.isdecimal() or int(raw) < 1:
        raise argparse.ArgumentTypeError("give a number from 1 on")
    return int(raw)


def _named(raw: str) -> Sequence[Ratio]:
    names = raw.upper().split(",")
    if unknown := set(names) - set(RATIOS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there is only {', '.join(RATIOS)}")
    return [RATIOS[name] for name in dict.fromkeys(names)]


if __name__ == "__main__":
    main()
