"""What people decide about a query. Every verb tells its consequences, and can be tried without doing it.

A preview runs the very same code and rolls it back, so what is told is what would happen.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifier.domain.answer_codes import ANSWER_CODES, OLD_ANSWER_CODES
from notifier.domain.answer_rules import Weight
from notifier.domain.errors import Invalid, NotFound
from notifier.domain.lifecycle import Event, Outcome, State
from notifier.domain.permissions import Principal
from notifier.domain.types import Team
from notifier.service.answer_checks import broken_rules
from notifier.service.answers import take_back, taken_back, was_accepted
from notifier.service.clocks import review_due, send_due
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, close_handoffs, open_call, open_handoff
from notifier.service.parking import COMES_BACK, restore_calls
from notifier.service.rounds import current_round
from notifier.service.seen_replies import require_read
from notifier.service.transitions import record
from notifier.service.windows import cancel_waiting_texts
from notifier.storage.models import Answer, Query, Text
from notifier.storage.models.people import AnswerState
from notifier.storage.models.texts import TextState

MOST_WORDS = 500
# How staff may end a query themselves.
ENDINGS = (Outcome.UNANSWERED, Outcome.CLEARED, Outcome.RETURNED, Outcome.DO_NOT_LOAD)


@dataclass
class Deed:
    """One decision being carried out: its query, its instant, and what it will lead to."""

    session: Session
    ctx: Context
    query: Query
    principal: Principal
    at: datetime
    consequences: list[str] = field(default_factory=list)

    def record(self, event: Event, **detail: Any) -> None:
        """Let the event happen; a closing event takes its outcome from `detail`."""
        outcome = detail.get("outcome")
        record(
            self.session,
            self.query,
            event,
            at=self.at,
            actor=self.principal,
            due_at=self.at + self.ctx.people.handoff_within,
            outcome=Outcome(outcome) if outcome else None,
            detail=dict(detail),
        )

    def tell(self, sentence: str) -> None:
        """Add a consequence, once."""
        if sentence not in self.consequences:
            self.consequences.append(sentence)


@dataclass(frozen=True)
class Done:
    """How a query stands after a deed, and what the deed led to; `preview`: nothing was kept."""

    id: UUID
    code: str
    state: State
    outcome: Outcome | None
    consequences: tuple[str, ...]
    preview: bool


class _RollBack(Exception):
    """Ends a preview's transaction without keeping it."""


def carry_out(
    ctx: Context, query_id: UUID, principal: Principal, deed: Callable[[Deed], None], *, preview: bool = False
) -> Done:
    """Run a deed in one transaction. Raises NotFound, Conflict (lifecycle), Invalid."""
    done: list[Done] = []
    try:
        with ctx.database.begin() as session:
            query = session.get(Query, query_id, with_for_update={"key_share": True})
            if query is None:
                raise NotFound("There is no such query.")
            doing = Deed(session, ctx, query, principal, ctx.clock.business(session))
            deed(doing)
            done.append(Done(query.id, query.code, query.state, query.outcome, tuple(doing.consequences), preview))
            if preview:
                raise _RollBack
    except _RollBack:
        pass
    return done[0]


def finish_query(deed: Deed, event: Event, outcome: Outcome, **detail: str) -> None:
    """Close the query, take back what waits, and end its handoffs."""
    was_closed = deed.query.state is State.CLOSED
    deed.record(event, outcome=outcome.value, **detail)
    if was_closed:
        deed.tell("The query was closed already: this is only noted.")
        return
    drop_waiting(deed)
    close_handoffs(deed.session, deed.query, deed.at, f"closed: {outcome}", by=deed.principal.name)
    deed.tell(f"The query closes as {outcome.replace('_', ' ')}, and its open handoffs end.")


def drop_waiting(deed: Deed) -> None:
    """No text that has not left will leave; say what cannot be taken back."""
    cancelled = cancel_waiting_texts(deed.session, deed.query)
    if cancelled:
        deed.tell(f"{cancelled} text(s) that have not left are cancelled.")
    flying = deed.session.scalar(
        select(func.count(Text.id)).where(
            Text.query_id == deed.query.id, Text.state.in_((TextState.POSTING, TextState.UNKNOWN))
        )
    )
    if flying:
        deed.tell("A text may be with the carrier already: it cannot be taken back.")


def withdraw(deed: Deed) -> None:
    """Customs no longer asks."""
    finish_query(deed, Event.WITHDRAWN, Outcome.WITHDRAWN)


def close(outcome: Outcome) -> Callable[[Deed], None]:
    """Staff close the query. An answer to customs is accepted, not closed; a withdrawal has its own verb."""
    if outcome not in ENDINGS:
        raise Invalid.one("outcome", "cannot be chosen here.", f"Give one of {', '.join(ENDINGS)}.")

    def deed(doing: Deed) -> None:
        finish_query(doing, Event.CLOSED_BY_STAFF, outcome)

    return deed


def escalate(team: Team, note: str | None = None) -> Callable[[Deed], None]:
    """Stop waiting for the sender and give the query to people, or to other people; `note`: a colleague's own words."""

    def deed(doing: Deed) -> None:
        again = doing.query.state is State.ESCALATED
        doing.record(Event.ESCALATED, team=team.value, reason=Reason.STAFF_ASKED.value)
        drop_waiting(doing)
        if restore_calls(doing.session, doing.ctx, doing.query, doing.at, "handed over", doing.principal):
            doing.tell(COMES_BACK)
        sentence = "A colleague handed this query over: see its history."
        need = Need(team, Reason.STAFF_ASKED, sentence, priority=2, note=note)
        open_call(doing.session, doing.ctx, need, doing.at, doing.query)
        doing.tell(f"The query goes to the {team} team; the sender gets no more texts, but a reply still counts.")
        if again:
            doing.tell("What other teams have of it on their lists stays there, until they finish it.")

    return deed


def reopen(reason: str) -> Callable[[Deed], None]:
    """Take a closed query up again; it goes to staff, who may ask again, correct, or answer."""
    if not reason.strip():
        raise Invalid.one("reason", "is missing.", "Say why the query is reopened.")

    def deed(doing: Deed) -> None:
        taken = take_back(doing.session, doing.query, doing.at, doing.principal)
        doing.record(Event.REOPENED, **taken_back(taken))
        if taken:
            doing.tell("The accepted answer has not left: it is taken back from the relay, and is a proposal again.")
        sentence = "The query was reopened: read why, then ask again, correct it, or answer customs."
        need = Need(Team.STAFF, Reason.REOPENED, sentence, note=reason.strip())
        open_handoff(doing.session, need, doing.at, query=doing.query)
        doing.tell("The query is open again and waits for staff; no text goes out by itself.")

    return deed


def accept_answer(
    words: str | None, code: str | None, answer_id: UUID | None = None, read: str | None = None
) -> Callable[[Deed], None]:
    """Accept what goes back to customs: a reply as it is (`words` None), or in staff's words. Closes the query.

    `answer_id`: which proposed answer; None takes the latest of the present round, for what an earlier round brought
    was not enough for somebody. One that customs has already holds as it left; nothing is sent again.
    `read`: the mark of the replies that were read (seen_replies.py); None: nobody asks.
    Raises Invalid for an unknown answer code, when there is nothing to accept, or when another reply came.
    """
    if code is not None and code not in ANSWER_CODES + OLD_ANSWER_CODES:
        raise Invalid.one("code", "is not one of customs' answer codes.", f"Give one of {', '.join(ANSWER_CODES)}.")

    def deed(doing: Deed) -> None:
        if read is not None:
            require_read(doing.session, doing.query.id, read)
        answer = _answer_to_accept(doing, words, code, answer_id)
        if answer.state is AnswerState.SENT:
            finish_query(doing, Event.ANSWER_ACCEPTED, Outcome.ANSWERED, answer=str(answer.id))
            doing.tell("Customs has this answer already: nothing is sent again.")
            return
        answer.state, answer.code = AnswerState.ACCEPTED, code
        answer.accepted_at, answer.accepted_by = doing.at, doing.principal.name
        answer.next_due_at = send_due(doing.ctx, doing.query, doing.at)
        if words is not None:
            answer.body = checked_words(words)
        doing.session.flush()
        for broken in broken_rules(doing.session, doing.ctx, doing.query, answer.body, code):
            may = "will" if broken.weight is Weight.REFUSED else "may"
            doing.tell(f"Customs {may} refuse it. {broken.sentence}")
        told = {"answer": str(answer.id)} | ({"code": code} if code else {})
        finish_query(doing, Event.ANSWER_ACCEPTED, Outcome.ANSWERED, **told)
        doing.tell("The answer waits for the relay to customs; should customs refuse it, the query opens again.")

    return deed


def _answer_to_accept(doing: Deed, words: str | None, code: str | None, answer_id: UUID | None) -> Answer:
    """The one that is there, or a new one: what left, or may have left, keeps the words and the code it left with."""
    found = _answer_there(doing.session, doing.query, answer_id)
    if found is None:
        if words is None or answer_id is not None:
            mend = "Give the answer in your own words."
            raise Invalid.one("text", "is missing: no reply waits to be accepted.", mend)
        return _own_answer(doing, words)
    same_words = words in (None, found.body)
    if found.state is AnswerState.SENT:
        as_it_left = same_words and code in (None, found.code)
    else:
        before = was_accepted(doing.session, found)
        as_it_left = before is None or (same_words and code == before.detail.get("code"))
    return found if as_it_left else _own_answer(doing, found.body if words is None else words)


def _answer_there(session: Session, query: Query, answer_id: UUID | None) -> Answer | None:
    """The answer of this id, or the latest proposal of the present round."""
    where = [Answer.query_id == query.id]
    if answer_id is not None:
        where += [Answer.id == answer_id, Answer.state.in_((AnswerState.PROPOSED, AnswerState.SENT))]
    else:
        where += [Answer.round_id == current_round(session, query).id, Answer.state == AnswerState.PROPOSED]
    return session.scalars(select(Answer).where(*where).order_by(Answer.id.desc()).limit(1)).one_or_none()


def _own_answer(doing: Deed, words: str) -> Answer:
    answer = Answer(
        query_id=doing.query.id,
        round_id=current_round(doing.session, doing.query).id,
        state=AnswerState.PROPOSED,
        body=checked_words(words),
        proposed_at=doing.at,
    )
    doing.session.add(answer)
    doing.session.flush()
    return answer


def record_answer(words: str, call_id: UUID | None = None) -> Callable[[Deed], None]:
    """The sender answered by phone: the hotline writes it down, staff review it as they review a reply.

    `call_id`: the joint call in which it was said of several queries at once.
    """
    checked_words(words)
    said_in = {"call": str(call_id)} if call_id else {}

    def deed(doing: Deed) -> None:
        answer = _own_answer(doing, words)
        doing.record(Event.REPLY_ANSWERED, answer=str(answer.id), **said_in)
        if doing.query.state is State.CLOSED:
            sentence = (
                "An answer by phone came after the query was closed: read it; reopen the query if it still counts."
            )
            open_handoff(doing.session, Need(Team.STAFF, Reason.LATE_REPLY, sentence), doing.at, query=doing.query)
            doing.tell(
                "The query is closed: the answer is kept, and staff are told; reopen it if customs can still use it."
            )
            return
        doing.query.next_due_at = review_due(doing.ctx, doing.query, doing.at)
        drop_waiting(doing)
        close_handoffs(doing.session, doing.query, doing.at, "answered by phone", teams=(Team.HOTLINE,))
        need = Need(Team.STAFF, Reason.REVIEW_REPLY, "The sender answered by phone: accept it, or ask again.", 2)
        open_handoff(doing.session, need, doing.at, query=doing.query)
        doing.tell("The query is replied; staff review the answer before it goes to customs.")

    return deed


def checked_words(words: str) -> str:
    """An answer's text. Raises Invalid when blank or too long."""
    if not words.strip():
        raise Invalid.one("text", "is blank.", "Give the answer.")
    if len(words) > MOST_WORDS:
        raise Invalid.one("text", f"is longer than {MOST_WORDS} characters.", "Shorten it: customs takes 512 at most.")
    return words
