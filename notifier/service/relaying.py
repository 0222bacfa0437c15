"""An accepted answer that people take to customs by hand: customs has it, or refused it, as decisions.

A relay tells the same through the API; both come to the same functions of answers.py.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import select

from notifier.domain.errors import NotFound
from notifier.domain.lifecycle import State
from notifier.service.answers import note_refused, note_sent
from notifier.service.context import Context
from notifier.service.reasons import checked_reason
from notifier.service.resolution import Deed
from notifier.storage.models import Answer
from notifier.storage.models.people import AnswerState


def answers_of(ctx: Context, query_id: UUID) -> Sequence[Answer]:
    """Every answer of a query, oldest first."""
    with ctx.database.read() as session:
        return session.scalars(select(Answer).where(Answer.query_id == query_id).order_by(Answer.id)).all()


def customs_has_it(answer_id: UUID) -> Callable[[Deed], None]:
    """Somebody brought it to customs. News of one that was taken back meanwhile counts too: it had left before."""

    def deed(doing: Deed) -> None:
        answer = _locked(doing, answer_id)
        if answer.state is AnswerState.SENT:
            doing.tell("Customs has this answer already: nothing changes.")
            return
        note_sent(doing.session, doing.query, answer, doing.at, doing.principal)
        doing.tell("The answer counts as sent: no relay pulls it any more, and nobody is reminded of it.")
        if doing.query.state is State.CLOSED:
            doing.tell("Should customs refuse it, say so here: the query opens again.")
        else:
            doing.tell("The query stays open: staff are told that customs has an answer that was taken back.")

    return deed


def customs_refused_it(answer_id: UUID, reason: str) -> Callable[[Deed], None]:
    """Customs sent it back; `reason`: why, in customs' words or staff's. Raises Invalid: none, or too long."""
    said = checked_reason(reason)

    def deed(doing: Deed) -> None:
        was_closed = doing.query.state is State.CLOSED
        answer = _locked(doing, answer_id)
        due_at = doing.at + doing.ctx.people.handoff_within
        taken = note_refused(doing.session, doing.query, answer, doing.at, doing.principal, said, due_at)
        if was_closed:
            doing.tell("The query is open again and waits for staff; no text goes out by itself.")
        else:
            doing.tell("The query stays open, and staff are told why customs refused the answer.")
        if taken:
            doing.tell("The accepted answer has not left: it is taken back from the relay, and is a proposal again.")

    return deed


def _locked(doing: Deed, answer_id: UUID) -> Answer:
    """Whoever carries out the deed holds the query already: the same order of locks as everywhere."""
    held = {"key_share": True}
    answer = doing.session.get(Answer, answer_id, with_for_update=held, populate_existing=True)
    if answer is None or answer.query_id != doing.query.id:
        raise NotFound("There is no such answer.")
    return answer
