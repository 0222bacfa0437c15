"""What the service needs of whatever brings messages to staff."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from notifier.domain.errors import NotifierError


class Told(StrEnum):
    """How telling ended. UNKNOWN: it may have arrived, so telling again may tell twice."""

    TOLD = "told"
    NOT_TOLD = "not_told"
    UNKNOWN = "unknown"


class NobodyListens(NotifierError):
    """The address of the sign of life did not take it; the message never shows the address."""


class Teller(Protocol):
    """Brings messages to staff. Never raises for what happens on the way, and returns within some seconds."""

    def receivers(self) -> Sequence[str]:
        """A name for each address, the same in every process; it never shows the address."""
        ...

    def tell(self, receiver: str, title: str, body: str) -> Told:
        """Bring one message to one receiver. NOT_TOLD for one that is not known (any more)."""
        ...


class NobodyToTell:
    """A teller without addresses: alarms stand in the log and in the API alone."""

    def receivers(self) -> Sequence[str]:
        """None."""
        return ()

    def tell(self, receiver: str, title: str, body: str) -> Told:
        """Nobody is told."""
        return Told.NOT_TOLD


NOBODY: Teller = NobodyToTell()
