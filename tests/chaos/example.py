"""Facts in which everything holds, small enough to be read: one query, texted, reminded of, answered and closed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from tests.chaos.facts import Attempt, Entry, Facts, Message, Query, Receipt, Reply, Round, Text
from tests.chaos.invariants import entry_hash
from tests.chaos.journal import Timeline

ASKED = datetime(2026, 11, 25, 8, tzinfo=UTC)
REMIND, CLOSE = ASKED + timedelta(hours=48), ASKED + timedelta(hours=72)
PHONE, OTHER, OURS = "+85261230101", "+85261230102", "+85264500001"
_QUERY, _OPEN, _ROUND, _SECOND = (UUID(int=number) for number in (10, 11, 20, 21))
_QUESTION, _REMINDER, _OTHER = (UUID(int=number) for number in (30, 31, 32))
_CODE, _OTHER_CODE, _REPLY = "K7F29QXA", "K7F29QXB", UUID(int=60)
_STORY = (
    ("intake_accepted", "stay", "received", ASKED),
    ("text_handed_over", "stay", "received", ASKED),
    ("window_opened", "move", "awaiting_reply", ASKED),
    ("reminder_queued", "stay", "awaiting_reply", REMIND),
    ("window_closed", "move", "escalated", CLOSE),
    ("reply_answered", "move", "replied", CLOSE + timedelta(seconds=1)),
    ("answer_accepted", "move", "closed", CLOSE + timedelta(hours=1)),
)


def history(query_id: UUID, story: tuple[tuple[str, str, str, datetime], ...]) -> list[Entry]:
    """The rows of a story, chained."""
    rows: list[Entry] = []
    chained, state = "0" * 64, None
    for seq, (event, effect, to, at) in enumerate(story, 1):
        detail = {"reply": str(_REPLY)} if event == "reply_answered" else {"round": 1}
        row = Entry(query_id, seq, event, effect, state, to, "system", at, detail, chained, "")
        row = row._replace(hash=entry_hash(row))
        chained, state = row.hash, to
        rows.append(row)
    assert all(later.prev_hash == earlier.hash for earlier, later in pairwise(rows))
    return rows


def facts() -> Facts:
    """Two queries: one that is over, and one that waits."""
    over, waiting = history(_QUERY, _STORY), history(_OPEN, _STORY[:3])
    now = CLOSE + timedelta(hours=2)
    later = now + timedelta(hours=1)
    texts = [
        Text(_QUESTION, _QUERY, _ROUND, "question", "handed_over", "SM1", "delivered", None, ASKED, None, ASKED),
        Text(_REMINDER, _QUERY, _ROUND, "reminder", "handed_over", "SM2", "delivered", None, ASKED, None, REMIND),
        Text(_OTHER, _OPEN, _SECOND, "question", "handed_over", "SM3", "sent", None, ASKED, None, ASKED),
    ]
    attempts = [
        Attempt(UUID(int=40 + place), text.id, 1, ASKED, "accepted", text.sid, 0) for place, text in enumerate(texts)
    ]
    sent = [
        Message(str(text.sid), False, OURS, phone, f"{text.kind} {code}", str(text.delivery), str(attempt.id))
        for text, attempt, phone, code in zip(
            texts, attempts, (PHONE, PHONE, OTHER), (_CODE, _CODE, _OTHER_CODE), strict=True
        )
    ]
    return Facts(
        now=now,
        timeline=Timeline(),
        queries=[
            Query(_QUERY, _CODE, "R1", "closed", 1, None, len(over), over[-1].hash, "RR123456785HK"),
            Query(
                _OPEN, _OTHER_CODE, "R2", "awaiting_reply", 1, later, len(waiting), waiting[-1].hash, "CP203011144HK"
            ),
        ],
        history=[*over, *waiting],
        rounds=[Round(_ROUND, _QUERY, 1, REMIND, CLOSE), Round(_SECOND, _OPEN, 1, REMIND, CLOSE)],
        texts=texts,
        attempts=attempts,
        receipts=[Receipt(text.id, str(text.sid), str(text.delivery)) for text in texts],
        replies=[Reply(_REPLY, "SM4", _QUERY, False, "answer")],
        messages=[*sent, Message("SM4", True, PHONE, OURS, "two shirts", "received", None)],
        promised={"R1": str(_QUERY), "R2": str(_OPEN)},
        phones={"R1": PHONE, "R2": OTHER},
        heads={_QUERY: (2, over[1].hash)},
        decided={str(_QUERY): ["answer_accepted"]},
    )


def at_rest() -> Facts:
    """The same, once the second query is over as well."""
    told = facts()
    ended = history(_OPEN, (*_STORY[:3], ("withdrawn", "move", "closed", CLOSE)))
    (over, waiting) = told.queries
    closed = waiting._replace(state="closed", due_at=None, history_seq=len(ended), history_hash=ended[-1].hash)
    kept = [row for row in told.history if row.query_id == _QUERY]
    return replace(told, queries=[over, closed], history=[*kept, *ended], at_rest=True)
