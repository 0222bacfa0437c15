"""One plain word for a text, whatever our state of it and the carrier's news are."""

import pytest

from notifier.service.text_status import TextStatus, text_status
from notifier.storage.models.texts import TextState

_HANDED_OVER = {
    None: "sent",
    "accepted": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "undelivered",
    "failed": "undelivered",
    "canceled": "undelivered",
}


@pytest.mark.parametrize(("delivery", "word"), _HANDED_OVER.items())
def test_the_carrier_has_the_last_word_of_what_it_was_handed(delivery: str | None, word: str) -> None:
    assert text_status(TextState.HANDED_OVER, delivery) == word


@pytest.mark.parametrize("delivery", [None, "delivered", "failed"])
def test_before_that_our_own_state_tells(delivery: str | None) -> None:
    """News of an attempt that was given up says nothing of the one that comes."""
    told = {state: text_status(state, delivery) for state in TextState if state is not TextState.HANDED_OVER}
    assert told == {
        TextState.QUEUED: TextStatus.QUEUED,
        TextState.CLAIMED: TextStatus.QUEUED,
        TextState.POSTING: TextStatus.SENDING,
        TextState.UNKNOWN: TextStatus.UNKNOWN,
        TextState.FAILED: TextStatus.FAILED,
        TextState.CANCELLED: TextStatus.CANCELLED,
    }
