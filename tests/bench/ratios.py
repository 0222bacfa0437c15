"""What a ratio is, and how rounds of several are run: floor and product side by side, who goes first taking turns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench.stand import Stand

Measure = Callable[[Stand, int], float]


@dataclass(frozen=True)
class Ratio:
    """A product's rate over a floor's, both in deeds a second. `sketch`: what was seen before anything was built."""

    name: str
    product_is: str
    floor_is: str
    product: Measure
    floor: Measure
    goal: float
    sketch: float | None
    count: int  # deeds in a full run
    quick_count: int


@dataclass(frozen=True)
class Round:
    """Rates of one round."""

    product: float
    floor: float

    @property
    def ratio(self) -> float:
        """How much of the floor the product reaches."""
        return self.product / self.floor


@dataclass
class Seen:
    """All rounds of one ratio."""

    ratio: Ratio
    rounds: list[Round] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of the rounds' ratios: absolute rates drift, ratios of one round do not."""
        return median(each.ratio for each in self.rounds)


def measure(stand: Stand, ratios: Sequence[Ratio], rounds: int, quick: bool) -> Iterator[tuple[Ratio, Round]]:
    """Every round of every ratio as it ends."""
    for number in range(rounds):
        for ratio in ratios:
            count = ratio.quick_count if quick else ratio.count
            first, second = (ratio.product, ratio.floor) if number % 2 else (ratio.floor, ratio.product)
            rates = {first: first(stand, count), second: second(stand, count)}
            yield ratio, Round(rates[ratio.product], rates[ratio.floor])
