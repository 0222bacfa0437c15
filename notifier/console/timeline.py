"""One query as a story: customs' words, texts, replies, what people did, in the order it happened."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from notifier.domain.lifecycle import Event
from notifier.domain.types import WhyAgain
from notifier.service.query_story import QueryStory
from notifier.service.text_status import TextStatus, text_status
from notifier.storage.models import History, Reply, Text

# What the list shows anyway as a text, a reply or a handoff of its own.
_TOLD_OTHERWISE = frozenset({Event.TEXT_HANDED_OVER, Event.REPLY_NOTED, Event.REPLY_ANSWERED})
# Somebody gave a reason, which stands with an answer or in a note.
_WITH_REASONS = frozenset({Event.ANSWER_REJECTED, Event.ANSWER_REFUSED, Event.REOPENED, Event.ESCALATED})
_BAD = frozenset({TextStatus.UNDELIVERED, TextStatus.FAILED, TextStatus.UNKNOWN})


class Look(StrEnum):
    """What people did that moves nothing, and is told all the same."""

    NUMBER_SEEN = "number_seen"


@dataclass(frozen=True)
class Entry:
    """What happened at an instant. `side`: who spoke; `lines`: words as they are; `notes`: sentences for staff.

    carrier_code: the carrier's error. answer_code: what customs is answered with.
    """

    at: datetime
    side: str  # customs, us, sender, staff, system
    title: StrEnum
    detail: StrEnum | None = None
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    carrier_code: int | None = None
    answer_code: str | None = None
    who: str | None = None
    why: StrEnum | None = None
    to: datetime | None = None  # reply by
    reply_id: UUID | None = None
    bad: bool = False
    late: bool = False


def timeline(seen: QueryStory) -> list[Entry]:
    """Oldest first; what happened in one instant stays in the order customs, texts, replies, people, states."""
    return sorted(_entries(seen), key=lambda entry: entry.at)


def _entries(seen: QueryStory) -> Iterator[Entry]:
    yield from messages(seen.texts, seen.replies)
    for row in seen.history:
        if row.event not in _TOLD_OTHERWISE:
            yield _happened(seen, row)
    for answer in seen.answers:
        if answer.accepted_at is not None:
            lines, who = (answer.body,), answer.accepted_by
            yield Entry(answer.accepted_at, "staff", answer.state, lines=lines, who=who, answer_code=answer.code)
    for view in seen.views:
        yield Entry(view.at, "staff", Look.NUMBER_SEEN, lines=(view.because,), who=view.viewer)


def _happened(seen: QueryStory, row: History) -> Entry:
    people = row.actor not in ("system", "customs", "sender")
    side, who = ("staff", row.actor) if people else ("system", None)
    return Entry(row.at, side, row.event, row.to_state, lines=_reasons(seen, row), why=_why(row.detail), who=who)


def _reasons(seen: QueryStory, row: History) -> tuple[str, ...]:
    """Why, in the words of whoever decided: of a rejection or refusal, else what was noted for who takes it on."""
    if row.event not in _WITH_REASONS:
        return ()
    named = {row.detail.get("answer"), *row.detail.get("answers", ())}
    refusals = [one.refusal for one in seen.answers if str(one.id) in named and one.refusal]
    notes = [one.note for one in seen.handoffs if one.opened_at == row.at and one.note]
    return tuple(dict.fromkeys(refusals or notes))


def _why(detail: Mapping[str, Any]) -> StrEnum | None:
    """Why staff asked again; other events' reasons are told by what they led to."""
    given = detail.get("because")
    return WhyAgain(given) if given in set(WhyAgain) else None


def messages(texts: Iterable[Text], replies: Iterable[Reply]) -> list[Entry]:
    """What was written both ways, oldest first."""
    wrote = (
        Entry(reply.received_at, "sender", reply.reading, lines=(reply.body,), late=reply.late, reply_id=reply.id)
        for reply in replies
    )
    return sorted([*_texts(texts), *wrote], key=lambda entry: entry.at)


def _texts(texts: Iterable[Text]) -> Iterator[Entry]:
    for text in texts:
        status = text_status(text.state, text.delivery)
        yield Entry(
            text.handed_over_at or text.send_after,
            "us",
            text.kind,
            status,
            lines=(text.body,) if text.body else (),
            notes=(text.reason,) if text.reason else (),
            carrier_code=text.error_code,
            to=text.reply_by,
            bad=status in _BAD,
        )
