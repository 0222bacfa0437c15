"""What an audit comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Finding:
    """What was found of one kind of due thing. `lag`: of the oldest, on the clock it is due by.

    held: everything overdue waits by the gap rule. stands: for how long audits have been finding something.
    """

    kind: str
    overdue: int = 0
    missing: int = 0
    doubled: int = 0
    people: int = 0
    lag: timedelta = timedelta(0)
    held: bool = False
    stands: timedelta | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.overdue or self.missing or self.doubled)

    @property
    def words(self) -> str:
        """As people read it."""
        held = ", held until the carrier is asked" if self.held else ""
        told = {
            f"{self.overdue} overdue by {self.lag // timedelta(minutes=1)} min{held}": self.overdue,
            f"{self.missing} without a due time": self.missing,
            f"{self.doubled} happened twice": self.doubled,
        }
        return f"{self.kind}: {', '.join(words for words, number in told.items() if number)}"


@dataclass(frozen=True)
class Audited:
    """The findings of the last audit, every kind; `ago` None: there was none yet."""

    findings: Sequence[Finding]
    ago: timedelta | None
