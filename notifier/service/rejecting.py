"""Staff read the reply, and it does not answer what customs asked: the query goes to the hotline."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import update

from notifier.domain.errors import Invalid
from notifier.domain.lifecycle import Event
from notifier.domain.types import Team
from notifier.service.handoffs import Need, Reason, close_handoffs, open_call
from notifier.service.parking import COMES_BACK, restore_calls
from notifier.service.resolution import Deed
from notifier.service.rounds import current_round
from notifier.storage.models import Answer
from notifier.storage.models.people import AnswerState

_CALL = Need(
    Team.HOTLINE,
    Reason.REPLY_REJECTED,
    "Staff read the sender's reply, and it does not answer customs: read why, then call.",
    priority=2,
)


def reject_answer(reason: str) -> Callable[[Deed], None]:
    """What the present round was answered with will not do; its words are kept. Raises Invalid: no reason."""
    if not reason.strip():
        raise Invalid.one("reason", "is missing.", "Say why the reply does not answer customs.")

    def deed(doing: Deed) -> None:
        asked = current_round(doing.session, doing.query)
        rejected = doing.session.scalars(
            update(Answer)
            .where(Answer.round_id == asked.id, Answer.state == AnswerState.PROPOSED)
            .values(state=AnswerState.REJECTED, refusal=reason.strip()[:300])
            .returning(Answer.id)
        ).all()
        doing.record(Event.ANSWER_REJECTED, answers=sorted(map(str, rejected)))
        by = doing.principal.name
        read = (Reason.REVIEW_REPLY, Reason.STILL_OPEN)
        close_handoffs(doing.session, doing.query, doing.at, "the reply was rejected", by=by, reasons=read)
        _call(doing, reason)

    return deed


def _call(doing: Deed, reason: str) -> None:
    """The call that was parked, or a first one."""
    if restore_calls(doing.session, doing.ctx, doing.query, doing.at, "the reply was rejected", doing.principal):
        doing.tell(COMES_BACK)
        return
    open_call(doing.session, doing.ctx, replace(_CALL, note=reason.strip()), doing.at, doing.query)
    doing.tell("The hotline calls the sender; to text once more instead, use ask-again.")
