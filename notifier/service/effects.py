"""What a reply does to the query it is about. The query's row is locked, and the reply is placed there already."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import SENDER, Principal
from notifier.domain.reading import Reading
from notifier.domain.types import ReadingKind, Team, TextKind
from notifier.service.clocks import review_due
from notifier.service.context import Context
from notifier.service.gathering import Gathered, gather, propose
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.service.notices import send_notice
from notifier.service.parking import park_calls
from notifier.service.rounds import current_round
from notifier.service.transitions import record
from notifier.service.windows import cancel_waiting_texts
from notifier.storage.models import Query, Reply


@dataclass(frozen=True)
class Heard:
    """A reply with what its effect needs.

    at: business time of its arrival. awake: an automatic answer may go out. speak_from: business time from which it
    may; None = at once, as the sender just wrote. A reply that was found late is answered when the night is over.
    """

    reply: Reply
    reading: Reading
    at: datetime
    actor: Principal = SENDER
    awake: bool = True
    speak_from: datetime | None = None

    @property
    def speak_at(self) -> datetime:
        """When an automatic answer may go out."""
        return self.speak_from or self.at


def place(session: Session, reply: Reply, query: Query) -> None:
    """Say which query and round a reply is about."""
    reply.query_id, reply.round_id = query.id, current_round(session, query).id
    reply.late = query.state is State.CLOSED
    session.flush()


def take_effect(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    """Let a placed reply do what its reading says."""
    effects = _AFTER_CLOSING if query.state is State.CLOSED else _WHILE_OPEN
    effects[heard.reading.kind](session, ctx, heard, query)


def note(
    session: Session,
    heard: Heard,
    query: Query,
    event: Event = Event.REPLY_NOTED,
    due_at: datetime | None = None,
) -> None:
    """Write down that a reply came."""
    detail = {"reply": str(heard.reply.id), "reading": heard.reading.kind.value}
    record(session, query, event, at=heard.at, actor=heard.actor, due_at=due_at, detail=detail)


def _answered(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    """It ends the waiting at once, also when people had taken over: if every question has its answer."""
    gathered = gather(session, ctx, current_round(session, query))
    if heard.reply not in gathered.replies:
        note(session, heard, query)  # It counts for no question, whoever put it here.
        return
    if gathered.missing and query.state is not State.REPLIED:
        note(session, heard, query)
        _prompt(session, ctx, heard, query)
        return
    first = query.state is not State.REPLIED
    due_at = review_due(ctx, query, heard.at) if first else None
    note(session, heard, query, Event.REPLY_ANSWERED, due_at)
    cancel_waiting_texts(session, query)
    park_calls(session, query, heard.at)
    propose(session, query, current_round(session, query), gathered, heard.at)
    _tell_staff(session, ctx, heard, query, gathered)


def _tell_staff(session: Session, ctx: Context, heard: Heard, query: Query, gathered: Gathered) -> None:
    """When the sender has had time to finish: the state has moved, only the work list waits."""
    began = next(reply for reply in gathered.replies if reply.answer_id == heard.reply.answer_id).received_at
    sentence = "The sender replied: read it, and accept it as the answer, ask again, or call."
    need = Need(Team.STAFF, Reason.REVIEW_REPLY, sentence, priority=2)
    open_handoff(session, need, heard.at, query=query, shown_from=began + ctx.people.gather)


def _acknowledged(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    note(session, heard, query)
    _prompt(session, ctx, heard, query)


def _prompt(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    """Say what is still to be answered, once."""
    if query.state is State.AWAITING_REPLY and heard.awake:
        send_notice(session, ctx, query, TextKind.PROMPT, heard.speak_at)


def _doubted(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    note(session, heard, query)
    if heard.awake:
        send_notice(session, ctx, query, TextKind.IDENTITY, heard.speak_at)
    sentence = "The sender asks whether our text is genuine: be ready for a call, or call from the hotline."
    open_handoff(session, Need(Team.STAFF, Reason.SENDER_DOUBTS, sentence), heard.at, query=query)


def _unreadable(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    note(session, heard, query)
    if heard.reply.num_media and heard.awake:
        send_notice(session, ctx, query, TextKind.TEXT_ONLY, heard.speak_at)
    sentence = "A reply holds no words that could be read: look at it, and call the sender if need be."
    open_handoff(session, Need(Team.STAFF, Reason.UNREADABLE_REPLY, sentence), heard.at, query=query)


def _noted(session: Session, _ctx: Context, heard: Heard, query: Query) -> None:
    """It concerns the phone rather than the query; or it is a bare thank-you when all is over."""
    note(session, heard, query)


def _answered_late(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    note(session, heard, query, Event.REPLY_ANSWERED)
    if heard.awake:
        send_notice(session, ctx, query, TextKind.LATE, heard.speak_at)
    _show_late(session, heard, query)


def _unreadable_late(session: Session, _ctx: Context, heard: Heard, query: Query) -> None:
    note(session, heard, query)
    _show_late(session, heard, query)


def _doubted_late(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    """Whoever asks who we are is told, whenever they ask; staff see it with what else came late."""
    note(session, heard, query)
    if heard.awake:
        send_notice(session, ctx, query, TextKind.IDENTITY, heard.speak_at)
    _show_late(session, heard, query)


def _show_late(session: Session, heard: Heard, query: Query) -> None:
    sentence = "A reply came after the query was closed: read it; reopen the query if customs can still use it."
    open_handoff(session, Need(Team.STAFF, Reason.LATE_REPLY, sentence), heard.at, query=query, reply=heard.reply)


_Effect = Callable[[Session, Context, Heard, Query], None]
_OF_THE_PHONE: dict[ReadingKind, _Effect] = dict.fromkeys(
    (ReadingKind.STOP, ReadingKind.CANCEL, ReadingKind.WRONG_NUMBER, ReadingKind.START, ReadingKind.CHECK), _noted
)
_WHILE_OPEN: dict[ReadingKind, _Effect] = _OF_THE_PHONE | {
    ReadingKind.ANSWER: _answered,
    ReadingKind.OPTION: _answered,
    ReadingKind.ACKNOWLEDGEMENT: _acknowledged,
    ReadingKind.DOUBT: _doubted,
    ReadingKind.UNREADABLE: _unreadable,
}
_AFTER_CLOSING: dict[ReadingKind, _Effect] = _OF_THE_PHONE | {
    ReadingKind.ANSWER: _answered_late,
    ReadingKind.OPTION: _answered_late,
    ReadingKind.ACKNOWLEDGEMENT: _noted,
    ReadingKind.DOUBT: _doubted_late,
    ReadingKind.UNREADABLE: _unreadable_late,
}
