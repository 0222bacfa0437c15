"""Delivery news in order: callbacks come late, doubled and shuffled, so a status only ever moves up.

scheduled, accepted < queued < sending < sent < delivered, undelivered, failed, canceled. The first final word
stands, except that a later `delivered` beats `undelivered` and `failed`: a handset that has the text has it.
"""

DELIVERED = "delivered"
_LEVELS = {
    "scheduled": 1,
    "accepted": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    DELIVERED: 5,
    "undelivered": 5,
    "failed": 5,
    "canceled": 5,
}
_MISTAKEN = frozenset({"undelivered", "failed"})
# Some channels report that a message was read: then it was delivered.
_SAME_AS = {"read": DELIVERED}


def advance(current: str | None, incoming: str) -> str | None:
    """The status after news of `incoming`; `current` is None before any news.

    A status we do not know changes nothing, so the answer is None only when nothing is known yet.
    """
    news = _SAME_AS.get(incoming, incoming)
    if _level(news) > _level(current) or (news == DELIVERED and current in _MISTAKEN):
        return news
    return current


def at_hand_over(status: str) -> str:
    """What an answer to our own POST may tell of delivery: no more than that the text is on its way.

    News from `sent` on has effects, and those belong to receipts.
    """
    return status if 0 < _level(status) < _LEVELS["sent"] else "accepted"


def _level(status: str | None) -> int:
    return 0 if status is None else _LEVELS.get(status, 0)
