"""Asking once more: the same phone again, or a corrected one. Each makes a new round with a window of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid
from notifier.domain.item import read_item
from notifier.domain.lifecycle import Event, State
from notifier.domain.referral import AskedQuestion
from notifier.domain.types import Language, TextKind
from notifier.service.asking import Asking, first_due, start_round
from notifier.service.handoffs import close_handoffs
from notifier.service.phones import read_phone
from notifier.service.replies import current_round
from notifier.service.resolution import Deed, drop_waiting
from notifier.service.transitions import record
from notifier.storage.models import Query, Question, Text


@dataclass(frozen=True, repr=False)
class Correction:
    """What turned out to be wrong; None = it was right."""

    sender_mobile: str | None = None
    language: Language | None = None
    item_id: str | None = None

    def fields(self) -> list[str]:
        """Names of what is corrected."""
        return [name for name in ("sender_mobile", "language", "item_id") if getattr(self, name) is not None]


def ask_again(codes: Sequence[str] = ()) -> Callable[[Deed], None]:
    """Ask the same questions again, or those of `codes`: staff have read customs' words, so the text goes out."""

    def deed(doing: Deed) -> None:
        questions = _questions(doing.session, doing.query)
        if codes:
            known = {question.code: question for question in questions}
            questions = tuple(known.get(code, AskedQuestion(code, None)) for code in codes)
        _new_round(doing, Event.ASKED_AGAIN, questions, {})

    return deed


def correct(correction: Correction) -> Callable[[Deed], None]:
    """Mobile, language or item were wrong: mend them and ask anew. A number given up gets no more texts for this query.

    Raises Invalid when nothing is corrected or the item number is wrong.
    """
    fields = correction.fields()
    if not fields:
        raise Invalid.one("sender_mobile", "nothing to correct.", "Give sender_mobile, language or item_id.")
    item_id = read_item(correction.item_id) if correction.item_id is not None else None

    def deed(doing: Deed) -> None:
        query = doing.query
        if correction.sender_mobile is not None:
            phone = read_phone(doing.ctx, correction.sender_mobile)
            doing.tell("The old number gets no more texts for this query; replies from it go to staff.")
            query.mobile_given, query.mobile = phone.given, phone.mobile
            query.mobile_hash, query.last4_hash = phone.mobile_hash, phone.last4_hash
        query.language = correction.language or query.language
        query.item_id = item_id or query.item_id
        _new_round(doing, Event.CORRECTED, _questions(doing.session, query), {"fields": ",".join(fields)})

    return deed


def _new_round(doing: Deed, event: Event, questions: tuple[AskedQuestion, ...], detail: dict[str, str]) -> None:
    query, ctx = doing.query, doing.ctx
    due = first_due(ctx, doing.at, query.deadline_at)
    number = query.round_number + 1
    record(
        doing.session,
        query,
        event,
        at=doing.at,
        actor=doing.principal,
        due_at=due,
        detail={"round": number, **detail},
    )
    drop_waiting(doing)
    close_handoffs(doing.session, query, doing.at, event.replace("_", " "), by=doing.principal.name)
    query.round_number = number
    doing.session.flush()
    asking = Asking(read_phone(ctx, query.mobile_given), questions, event.value, chosen=True)
    asked = start_round(doing.session, ctx, query, asking, doing.at)
    text = doing.session.scalar(select(Text).where(Text.round_id == asked.id, Text.kind == TextKind.QUESTION))
    if text is None:
        doing.tell("No text can ask this: the query goes to people at once.")
    else:
        later = "when the quiet hours end" if text.send_after > doing.at else "now"
        doing.tell(f"A new round begins: the question is texted {later}, with a window of its own.")
    if query.state is State.ESCALATED and text is not None:
        doing.tell("What people had taken over ends.")


def _questions(session: Session, query: Query) -> tuple[AskedQuestion, ...]:
    asked = current_round(session, query)
    return tuple(
        AskedQuestion(question.code, question.customs_words)
        for question in session.scalars(
            select(Question).where(Question.round_id == asked.id).order_by(Question.position)
        )
    )
