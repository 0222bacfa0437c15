"""Random moments for faults; NOTIFIER_TEST_SEED=… repeats those of a run, which are printed when it fails."""

import os
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Moment:
    """When to kill: so many texts after the last start, and so many seconds later."""

    texts: int
    seconds: float


def seed() -> int:
    """A new one, or the one that is asked for; a failing test shows it."""
    chosen = int(os.environ.get("NOTIFIER_TEST_SEED") or random.SystemRandom().randrange(10**9))
    print(f"NOTIFIER_TEST_SEED={chosen}")
    return chosen


def dice() -> random.Random:
    """Dice that fall the same way for the same seed."""
    return random.Random(seed())


def moments(number: int) -> list[Moment]:
    """So many random ones."""
    thrown = dice()
    return [Moment(thrown.randint(1, 15), thrown.uniform(0, 0.05)) for _ in range(number)]
