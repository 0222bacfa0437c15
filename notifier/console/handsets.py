"""The port to the sandbox's phones and its carrier: what pages show of them, and what people do with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, repr=False)
class Bubble:
    """One message as its phone shows it. `ours`: we sent it; `other`: our side's name or number. Wall-clock time."""

    at: datetime
    ours: bool
    other: str
    body: str
    status: str  # as carriers call it
    error_code: int | None
    segments: int


@dataclass(frozen=True, repr=False)
class Handset:
    """A phone (E.164) with its messages, oldest first; `key`: what stands for the number in addresses."""

    key: str
    phone: str
    bubbles: Sequence[Bubble]


class Handsets(Protocol):
    """The sandbox's side of the line."""

    def all(self) -> Sequence[Handset]:
        """Phones that were texted or wrote, the latest first; of each the last message at least."""
        ...

    def find(self, key: str) -> Handset | None:
        """One phone with its whole thread."""
        ...

    def write(self, phone: str, body: str) -> bool:
        """The sender writes to whoever texted this phone last, or to the reply number; False when there is nobody."""
        ...

    def mischief(self) -> Mapping[str, float]:
        """What the carrier does wrong: shares from 0 to 1, and seconds."""
        ...

    def misbehave(self, wanted: Mapping[str, float]) -> None:
        """Change some of it. Raises Invalid for what the carrier does not know."""
        ...

    def habits(self) -> Sequence[tuple[str, str]]:
        """Numbers that always fare the same: their last four digits, and what becomes of texts to them."""
        ...
