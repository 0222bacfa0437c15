"""One query as a story: customs' words, texts, replies, what people did, in the order it happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notifier.domain.lifecycle import Event
from notifier.service.query_story import QueryStory
from notifier.service.text_status import TextStatus, text_status

# What the list shows anyway as a text, a reply or a handoff of its own.
_TOLD_OTHERWISE = frozenset({Event.TEXT_HANDED_OVER, Event.REPLY_NOTED, Event.REPLY_ANSWERED})
_BAD = frozenset({TextStatus.UNDELIVERED, TextStatus.FAILED, TextStatus.UNKNOWN})


@dataclass(frozen=True)
class Entry:
    """What happened at an instant. `side`: who spoke; `lines`: words as they are; `notes`: sentences for staff."""

    at: datetime
    side: str  # customs, us, sender, staff, system
    title: StrEnum
    detail: StrEnum | None = None
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    who: str | None = None
    to: datetime | None = None  # reply by
    bad: bool = False
    late: bool = False


def timeline(seen: QueryStory) -> list[Entry]:
    """Oldest first; what happened in one instant stays in the order customs, texts, replies, people, states."""
    return sorted(_entries(seen), key=lambda entry: entry.at)


def _entries(seen: QueryStory) -> Iterator[Entry]:
    yield from _texts(seen)
    for reply in seen.replies:
        yield Entry(reply.received_at, "sender", reply.reading, lines=(reply.body,), late=reply.late)
    for row in seen.history:
        if row.event not in _TOLD_OTHERWISE:
            people = row.actor not in ("system", "customs", "sender")
            side = "staff" if people else "system"
            yield Entry(row.at, side, row.event, row.to_state, who=row.actor if people else None)
    for answer in seen.answers:
        if answer.accepted_at is not None:
            yield Entry(answer.accepted_at, "staff", answer.state, lines=(answer.body,), who=answer.accepted_by)


def _texts(seen: QueryStory) -> Iterator[Entry]:
    for text in seen.texts:
        status = text_status(text.state, text.delivery)
        yield Entry(
            text.handed_over_at or text.send_after,
            "us",
            text.kind,
            status,
            lines=(text.body,) if text.body else (),
            notes=(text.reason,) if text.reason else (),
            to=text.reply_by,
            bad=status in _BAD,
        )
