"""Answers on their way to customs: pulled by a relay, marked as sent, or refused by customs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict, NotFound
from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import CUSTOMS, Principal
from notifier.domain.types import Team
from notifier.service.clocks import send_due, tell
from notifier.service.context import Context
from notifier.service.firing import fire_each
from notifier.service.handoffs import Need, Reason, close_handoffs, open_handoff
from notifier.service.reasons import MOST_REASON
from notifier.service.transitions import record
from notifier.storage.models import Answer, History, Query
from notifier.storage.models.people import AnswerState, Overdue

_SET_BACK = timedelta(minutes=10)
_SENT_ALL_THE_SAME = Need(
    Team.STAFF,
    Reason.SENT_ALL_THE_SAME,
    "Customs has the answer that was taken back, for it had left before: accept it by its id if it holds, which sends "
    "nothing again; else accept the right one, and tell customs.",
    priority=1,
)


def mark_sent(ctx: Context, answer_id: UUID, principal: Principal) -> Answer:
    """Customs has it; saying so twice is fine.

    It is news of an answer that was taken back too: the relay had pulled it before. The query stays open, and staff
    learn what customs has. Raises NotFound, Conflict when it is refused, or was never accepted.
    """
    with ctx.database.begin() as session:
        query, answer = _locked(session, answer_id)
        note_sent(session, query, answer, ctx.clock.business(session), principal)
        return answer


def note_sent(session: Session, query: Query, answer: Answer, at: datetime, by: Principal) -> None:
    """The same where both rows are locked already. Raises Conflict."""
    if answer.state is AnswerState.SENT:
        return
    _bring_back(session, answer)
    _require(answer, AnswerState.ACCEPTED)
    answer.state, answer.sent_at, answer.next_due_at = AnswerState.SENT, at, None
    record(session, query, Event.ANSWER_SENT, at=at, actor=by, detail={"answer": str(answer.id)})
    close_handoffs(session, query, at, "the answer was sent", by=by.name, reasons=(Reason.ANSWER_WAITS,))
    if query.state is not State.CLOSED:
        open_handoff(session, _SENT_ALL_THE_SAME, at, query=query)


def mark_refused(ctx: Context, answer_id: UUID, reason: str, principal: Principal) -> Answer:
    """Customs refused it: people look, and the query opens again if it was closed. Raises NotFound, Conflict."""
    with ctx.database.begin() as session:
        query, answer = _locked(session, answer_id)
        at = ctx.clock.business(session)
        note_refused(session, query, answer, at, principal, reason, at + ctx.people.handoff_within)
        return answer


def note_refused(
    session: Session, query: Query, answer: Answer, at: datetime, by: Principal, reason: str, due_at: datetime
) -> list[UUID]:
    """The same where both rows are locked already; returns the other answers that were taken back. Raises Conflict.

    `due_at`: until when somebody looks at a query that opens again.
    """
    _bring_back(session, answer)
    _require(answer, AnswerState.ACCEPTED, AnswerState.SENT)
    answer.state, answer.refused_at, answer.next_due_at = AnswerState.REFUSED, at, None
    answer.refusal = reason[:MOST_REASON]
    because = "customs refused the answer"
    close_handoffs(session, query, at, because, by=by.name, reasons=(Reason.ANSWER_WAITS,))
    taken: list[UUID] = []
    detail: dict[str, Any] = {"answer": str(answer.id), "told_by": by.name}
    if query.state is State.CLOSED:
        taken = take_back(session, query, at, by)
        detail |= taken_back(taken)
        record(session, query, Event.REOPENED, at=at, actor=CUSTOMS, due_at=due_at, detail=detail)
    else:
        record(session, query, Event.ANSWER_REFUSED, at=at, actor=CUSTOMS, detail=detail)
    sentence = "Customs refused the answer: read why, then correct and accept it again, or ask the sender."
    open_handoff(session, Need(Team.STAFF, Reason.ANSWER_REFUSED, sentence, priority=1), at, query=query)
    return taken


def raise_overdue_answers(ctx: Context) -> int:
    """Accepted answers that nobody took to customs in time become work for staff; returns how many."""
    with ctx.database.read() as session:
        overdue = _overdue(session, ctx.clock.business(session), ctx.sweep_batch)
    return fire_each(overdue, partial(_raise, ctx), partial(_set_back, ctx))


def _overdue(session: Session, at: datetime, most: int) -> list[UUID]:
    return list(
        session.scalars(
            select(Answer.id)
            .where(Answer.state == AnswerState.ACCEPTED, Answer.next_due_at <= at)
            .order_by(Answer.next_due_at)
            .limit(most)
        )
    )


def _raise(ctx: Context, answer_id: UUID) -> bool:
    with ctx.database.begin() as session:
        query, answer = _locked(session, answer_id)
        at = ctx.clock.business(session)
        if answer.state is not AnswerState.ACCEPTED or answer.next_due_at is None or answer.next_due_at > at:
            return False
        answer.next_due_at = send_due(ctx, query, at)
        sentence = (
            "An accepted answer has not left for customs: check the relay, or send it by hand and say so at the query."
        )
        handoff = open_handoff(session, Need(Team.STAFF, Reason.ANSWER_WAITS, sentence, priority=1), at, query=query)
        if handoff in session.new:  # Else it lies on the list already.
            handoff.overdue = Overdue.SENDING
            tell(session, query, Overdue.SENDING, at, handoff)
        return True


def _set_back(ctx: Context, answer_id: UUID) -> None:
    """Let others pass; staff see to it by hand."""
    with ctx.database.begin() as session:
        query, answer = _locked(session, answer_id)
        at = ctx.clock.business(session)
        answer.next_due_at = at + _SET_BACK
        sentence = "Nobody could be reminded of an accepted answer: tell whoever runs the service, and send it by hand."
        open_handoff(session, Need(Team.STAFF, Reason.QUARANTINED, sentence, priority=1), at, query=query)


def take_back(session: Session, query: Query, at: datetime, by: Principal) -> list[UUID]:
    """Accepted answers that have not left are only proposals again, since the query is open; returns their ids."""
    session.flush()
    taken = session.scalars(
        update(Answer)
        .where(Answer.query_id == query.id, Answer.state == AnswerState.ACCEPTED)
        .values(state=AnswerState.PROPOSED, code=None, next_due_at=None, accepted_at=None, accepted_by=None)
        .returning(Answer.id)
    ).all()
    if taken:
        because = "the answer was taken back"
        close_handoffs(session, query, at, because, by=by.name, reasons=(Reason.ANSWER_WAITS,))
    return sorted(taken)


def was_accepted(session: Session, answer: Answer) -> History | None:
    """When it was last accepted, as the history has it; None when it never was, so that no relay can have it."""
    entries = session.scalars(
        select(History)
        .where(History.query_id == answer.query_id, History.event == Event.ANSWER_ACCEPTED)
        .order_by(History.seq.desc())
    )
    return next((entry for entry in entries if entry.detail.get("answer") == str(answer.id)), None)


def _bring_back(session: Session, answer: Answer) -> None:
    """A proposal that a relay has news of left while it was accepted: what is told of it now is told of that."""
    here = (AnswerState.PROPOSED, AnswerState.REJECTED)
    if answer.state not in here or (entry := was_accepted(session, answer)) is None:
        return
    # Its due time is over at once: the news that brought it back says what became of it.
    answer.state, answer.next_due_at = AnswerState.ACCEPTED, entry.at
    answer.code, answer.accepted_at, answer.accepted_by = entry.detail.get("code"), entry.at, entry.actor


def taken_back(answer_ids: Sequence[UUID]) -> dict[str, Any]:
    """How the history tells it."""
    return {"taken_back": [str(answer_id) for answer_id in answer_ids]} if answer_ids else {}


def _locked(session: Session, answer_id: UUID) -> tuple[Query, Answer]:
    """The query first, as everywhere: one order of locks."""
    query_id = session.scalar(select(Answer.query_id).where(Answer.id == answer_id))
    if query_id is None:
        raise NotFound("There is no such answer.")
    held = {"key_share": True}
    query = session.get_one(Query, query_id, with_for_update=held)
    return query, session.get_one(Answer, answer_id, with_for_update=held, populate_existing=True)


def _require(answer: Answer, *states: AnswerState) -> None:
    if answer.state not in states:
        raise Conflict(f"This answer is {answer.state}, so this cannot be done.")
