"""What the product needs of a carrier, in its own words. A failure is data, not an exception."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from notifier.domain.types import Direction, Trouble


@dataclass(frozen=True)
class Outgoing:
    """One text to post: `to` and `sender_id` in E.164 (or a registered name), `attempt_id` rides in the callback."""

    to: str
    sender_id: str
    body: str
    attempt_id: str

    def __repr__(self) -> str:
        """Without the number and the body: this value may reach a log."""
        return f"Outgoing(attempt_id={self.attempt_id!r})"


@dataclass(frozen=True)
class Accepted:
    """The carrier has it and named it."""

    sid: str
    status: str


class Hold(StrEnum):
    """How far a refusal reaches: this text; everything we would send today; everything, until somebody mends it."""

    TEXT = "text"
    TODAY = "today"
    EVERYTHING = "everything"


@dataclass(frozen=True)
class NotSent:
    """Surely not sent; may be tried again, after `retry_after` when the carrier named one.

    `hold` other than TEXT: no other text would fare better (daily cap, our own configuration), so sending pauses.
    """

    reason: str
    code: int | None = None
    retry_after: timedelta | None = None
    hold: Hold = Hold.TEXT


class Fault(StrEnum):
    """Whose fault a final refusal is."""

    NUMBER = "number"
    OPTED_OUT = "opted_out"
    CONTENT = "content"
    ROUTE = "route"


@dataclass(frozen=True)
class Never:
    """Will never be sent; `reason` is a sentence for staff."""

    reason: str
    fault: Fault
    code: int | None = None


@dataclass(frozen=True)
class Explanation:
    """What an error code of the carrier means: a sentence for staff, and whose fault it is.

    `again`: the text surely did not arrive, and another try may. `hold`: how much should wait before it.
    `trouble`: what it tells of the recipient's phone, None when it tells nothing.
    """

    reason: str
    fault: Fault | None
    again: bool = False
    hold: Hold = Hold.TEXT
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Unknown:
    """It may have been sent: ask before sending again."""

    reason: str
    code: int | None = None


Outcome = Accepted | NotSent | Never | Unknown


@dataclass(frozen=True)
class CarrierMessage:
    """A message as the carrier lists it. `changed_at`: when its status last did, as far as the carrier tells."""

    sid: str
    to: str
    sender_id: str
    body: str
    status: str
    error_code: int | None
    created_at: datetime | None
    direction: Direction = Direction.OUT
    sent_at: datetime | None = None
    changed_at: datetime | None = None
    num_media: int = 0

    def __repr__(self) -> str:
        """Without numbers and body."""
        return f"CarrierMessage(sid={self.sid!r}, status={self.status!r})"


class Carrier(Protocol):
    """Sends, and answers what it has. Asking raises CarrierSilent when nothing can be learned."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Make exactly one POST, never repeated inside."""
        ...

    def find(self, to: str, sender_id: str, since: datetime | None) -> list[CarrierMessage]:
        """All outbound messages between two parties, all pages, newest first; `since` in aware UTC or everything."""
        ...

    def messages(
        self, direction: Direction, our_number: str, since: datetime, until: datetime
    ) -> Iterator[CarrierMessage]:
        """Everything one of our numbers sent or got in a time range, all pages, in the carrier's order.

        Both ends are aware. Raises CarrierSilent as soon as a page cannot be had: what came before is not all of it.
        """
        ...

    def fetch(self, sid: str) -> CarrierMessage | None:
        """One message by its SID, or None when the carrier has none."""
        ...

    def explain(self, code: int | None) -> Explanation:
        """A sentence for staff about an error code in a receipt, known or not."""
        ...
