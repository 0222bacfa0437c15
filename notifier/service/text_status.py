"""One plain word for a text: how far it is on its way to the sender."""

from enum import StrEnum

from notifier.domain.receipts import DELIVERED
from notifier.storage.models.texts import TextState


class TextStatus(StrEnum):
    """What a client needs to know; `state` (our part) and `delivery` (the carrier's word) tell it more finely."""

    QUEUED = "queued"  # waits for its time, or for a worker
    SENDING = "sending"  # is being handed to the carrier
    UNKNOWN = "unknown"  # may have been sent: the carrier is asked
    SENT = "sent"  # the carrier has it, and has not told the end of it
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"  # the carrier had it, and could not bring it
    FAILED = "failed"  # never left, and never will
    CANCELLED = "cancelled"  # never left: it was not needed any more


_BEFORE_THE_CARRIER = {
    TextState.QUEUED: TextStatus.QUEUED,
    TextState.CLAIMED: TextStatus.QUEUED,
    TextState.POSTING: TextStatus.SENDING,
    TextState.UNKNOWN: TextStatus.UNKNOWN,
    TextState.FAILED: TextStatus.FAILED,
    TextState.CANCELLED: TextStatus.CANCELLED,
}
_IN_THE_END = {
    DELIVERED: TextStatus.DELIVERED,
    "undelivered": TextStatus.UNDELIVERED,
    "failed": TextStatus.UNDELIVERED,
    "canceled": TextStatus.UNDELIVERED,
}


def text_status(state: TextState, delivery: str | None) -> TextStatus:
    """The word for a text's state and the carrier's last news of it."""
    if state is TextState.HANDED_OVER:
        return _IN_THE_END.get(delivery or "", TextStatus.SENT)
    return _BEFORE_THE_CARRIER[state]
