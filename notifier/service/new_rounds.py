"""Asking once more: the same phone again, or a corrected one. Each makes a new round with a window of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid
from notifier.domain.item import read_item
from notifier.domain.lifecycle import Event
from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.referral import AskedQuestion
from notifier.domain.types import Language, TextKind, WhyAgain
from notifier.service.asking import Started, start_round
from notifier.service.context import Context
from notifier.service.handoffs import OUTLASTS_ASKING, close_handoffs
from notifier.service.numbers import override_for_query
from notifier.service.parking import COMES_BACK, restore_calls
from notifier.service.phones import read_phone
from notifier.service.planning import Asking, first_due
from notifier.service.resolution import Deed, drop_waiting
from notifier.service.rounds import current_round
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
        return [name for name in _FIELDS if getattr(self, name) is not None]

    def beyond(self, ctx: Context, query: Query) -> "Correction":
        """Without what is known already: it would only text the sender a second time."""
        mobile, given = query.mobile, query.mobile_given
        known = self.sender_mobile is not None and (
            read_phone(ctx, self.sender_mobile).mobile == mobile if mobile else self.sender_mobile == given
        )
        return Correction(
            sender_mobile=None if known else self.sender_mobile,
            language=None if self.language is query.language else self.language,
            item_id=None if self.item_id == query.item_id else self.item_id,
        )


_FIELDS = ("sender_mobile", "language", "item_id")


def ask_again(
    codes: Sequence[str] = (),
    deadline_at: datetime | None = None,
    *,
    why: WhyAgain | None = None,
    anyway: bool = False,
    despite_health: str | None = None,
) -> Callable[[Deed], None]:
    """Ask the same questions again, or those of `codes`: staff have read customs' words, so the text goes out.

    `why`: what was wrong with what the sender said, for the history.
    `deadline_at`: a new explicit deadline. `anyway`: staff have weighed that the item is stopped, that it is night or
    that the deadline is close, and want the text to go out now; a phone that wants no texts gets none all the same.
    `despite_health`: why this query's texts go to its phone although others failed, or it has had many.
    """

    def deed(doing: Deed) -> None:
        questions = _questions(doing.session, doing.query)
        if codes:
            known = {question.code: question for question in questions}
            questions = tuple(known.get(code, AskedQuestion(code, None)) for code in codes)
        told = _new_deadline(doing, deadline_at, anyway) | ({"because": why.value} if why else {})
        if anyway:
            told |= {"anyway": True}
            doing.tell("It is asked anyway: a stopped item, the quiet hours and a close deadline do not hold the text.")
        if despite_health is not None:
            told |= override_for_query(doing, despite_health)
        _new_round(doing, Event.ASKED_AGAIN, questions, told, chosen=True, anyway=anyway)

    return deed


def _new_deadline(doing: Deed, deadline_at: datetime | None, anyway: bool) -> dict[str, Any]:
    """Set it, or let go of one that is over when the text is to go out anyway; returns what the history tells."""
    query = doing.query
    if deadline_at is not None:
        if deadline_at <= doing.at:
            raise Invalid.one("deadline_at", "is over already.", "Give a time to come, or leave it out.")
        query.deadline_at = deadline_at
        doing.tell(f"The deadline is now {deadline_at.astimezone(HONG_KONG):%Y-%m-%d %H:%M} in Hong Kong.")
        return {"deadline_at": deadline_at.isoformat()}
    if anyway and query.deadline_at is not None and query.deadline_at <= doing.at:
        query.deadline_at = None
        doing.tell("The old deadline is over and no longer counts: the usual window does.")
        return {"deadline_at": None}
    return {}


def correct(correction: Correction) -> Callable[[Deed], None]:
    """Mobile, language or item were wrong: mend them and ask anew. A number given up gets no more texts for this query.

    Raises Invalid when nothing is corrected or the item number is wrong.
    """
    if not correction.fields():
        raise Invalid.one("sender_mobile", "nothing to correct.", "Give sender_mobile, language or item_id.")
    if correction.item_id is not None:
        correction = replace(correction, item_id=read_item(correction.item_id))

    def deed(doing: Deed) -> None:
        query = doing.query
        wrong = correction.beyond(doing.ctx, query)
        fields = wrong.fields()
        if not fields:
            mend = "To ask the sender once more, use ask-again."
            raise Invalid.one(correction.fields()[0], "is known as it is: there is nothing to correct.", mend)
        chosen = _was_chosen(doing.session, query)
        if wrong.sender_mobile is not None:
            phone = read_phone(doing.ctx, wrong.sender_mobile)
            doing.tell("The old number gets no more texts for this query; replies from it go to staff.")
            query.mobile_given, query.mobile = phone.given, phone.mobile
            query.mobile_hash, query.last4_hash = phone.mobile_hash, phone.last4_hash
        query.language = wrong.language or query.language
        query.item_id = wrong.item_id or query.item_id
        told = {"fields": ",".join(fields)}
        _new_round(doing, Event.CORRECTED, _questions(doing.session, query), told, chosen=chosen)

    return deed


def _was_chosen(session: Session, query: Query) -> bool:
    """Whether these questions may be texted without an officer's look at customs' own words.

    They were when a text was made of them before, or staff asked again.
    """
    asked = current_round(session, query)
    made = select(Text.id).where(Text.round_id == asked.id, Text.kind == TextKind.QUESTION)
    return asked.reason == Event.ASKED_AGAIN or session.scalar(made) is not None


def _new_round(
    doing: Deed,
    event: Event,
    questions: tuple[AskedQuestion, ...],
    told: dict[str, Any],
    *,
    chosen: bool,
    anyway: bool = False,
) -> None:
    query, ctx = doing.query, doing.ctx
    due = first_due(ctx, doing.at, query)
    detail = {"round": query.round_number + 1, **told}
    record(doing.session, query, event, at=doing.at, actor=doing.principal, due_at=due, detail=detail)
    drop_waiting(doing)
    because = event.replace("_", " ")
    again = event is Event.ASKED_AGAIN
    by = doing.principal.name
    ended = close_handoffs(doing.session, query, doing.at, because, by=by, but=OUTLASTS_ASKING, parked=not again)
    if again and restore_calls(doing.session, ctx, query, doing.at, because, doing.principal):
        doing.tell(COMES_BACK)
    query.round_number += 1
    doing.session.flush()
    asking = Asking(read_phone(ctx, query.mobile_given), questions, event.value, chosen, anyway)
    started = start_round(doing.session, ctx, query, asking, doing.at)
    if ended:
        doing.tell("What people had taken over to get an answer ends.")
    _tell(doing, started)


def _tell(doing: Deed, started: Started) -> None:
    if started.question is not None:
        later = "when the quiet hours end" if started.question.send_after > doing.at else "now"
        doing.tell(f"A new round begins: the question is texted {later}, with a window of its own.")
        return
    doing.tell("No text can ask this: the query goes to people at once.")
    for need in started.needs:
        doing.tell(f"For the {need.team} team: {need.sentence}")


def _questions(session: Session, query: Query) -> tuple[AskedQuestion, ...]:
    asked = current_round(session, query)
    return tuple(
        AskedQuestion(question.code, question.customs_words)
        for question in session.scalars(
            select(Question).where(Question.round_id == asked.id).order_by(Question.position)
        )
    )
