"""How a call ended: what the agent chooses, and all that follows, in the transaction that concludes it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from notifier.domain.errors import Conflict, Invalid
from notifier.domain.lifecycle import Event, State
from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.types import Team
from notifier.service.concluding import Call, Ending
from notifier.service.handoff_list import free_at
from notifier.service.handoffs import Need, Reason, close_handoffs, is_on_a_list, open_handoff
from notifier.service.joint_calls import open_parts
from notifier.service.proposing import Proposal, propose_within
from notifier.service.resolution import Deed, drop_waiting, escalate, record_answer
from notifier.service.silencing import add_in_call
from notifier.service.taking_on import finish_within
from notifier.storage.models import CallNote, Handoff, Query, Reply
from notifier.storage.models.calls import CallOutcome
from notifier.storage.models.people import ClockState, SuppressionReason

LONGEST_WAIT = timedelta(days=14)


def answered(words: str, query_ids: Sequence[UUID] = ()) -> Ending:
    """The sender answered: it is written down on the query, or on the chosen ones of a joint call; staff judge it."""

    def end(call: Call) -> None:
        if call.handoff.phone_hash is not None:
            chosen = tuple(query.id for query in call.chosen(query_ids))
            proposal = Proposal(call.handoff.id, words, chosen)
            for done in propose_within(call.session, call.ctx, proposal, call.principal, preview=call.preview):
                call.tell(*(f"{done.code}: {sentence}" for sentence in done.consequences))
        else:
            for query in call.chosen(()):
                _do(call, query, record_answer(words))
        call.keep(CallOutcome.ANSWERED)

    return end


def no_answer(next_try_at: datetime) -> Ending:
    """Nobody picked up: the handoff leaves the list, and is back at the next try. Its due time is in its row."""

    def end(call: Call) -> None:
        again = _put_off(call, next_try_at)
        call.keep(CallOutcome.NO_ANSWER, again)

    return end


def prefers_calls(next_try_at: datetime, because: str = "said in a call") -> Ending:
    """The sender wants to be called, and not now: the phone gets no more texts, and the call comes back."""

    def end(call: Call) -> None:
        _silence(call, SuppressionReason.PREFERS_CALLS, because)
        again = _put_off(call, next_try_at)
        call.keep(CallOutcome.PREFERS_CALLS, again)

    return end


def wrong_number(because: str = "said in a call") -> Ending:
    """Somebody else has this phone: it gets no more texts, and staff look for the sender's number."""

    def end(call: Call) -> None:
        # What silencing hands to people is new work, and not done with this call.
        parts = open_parts(call.session, call.handoff.id)
        _silence(call, SuppressionReason.WRONG_NUMBER, because)
        finish_within(call.session, call.ctx, call.handoff.id, call.principal, "wrong number", parts)
        for query in call.queries:
            if query.state is not State.CLOSED and not is_on_a_list(call.session, query):
                open_handoff(call.session, _FIND_NUMBER, call.at, query=query)
        call.tell("Liaison staff look for the sender's number, and correct it.")
        call.keep(CallOutcome.WRONG_NUMBER)

    return end


def wants_return(query_ids: Sequence[UUID] = ()) -> Ending:
    """The sender wants the item back rather than answer: nothing more is asked, and liaison staff arrange it."""

    def end(call: Call) -> None:
        for query in call.chosen(query_ids):
            _do(call, query, _to_be_returned(call.note))
        if call.handoff.phone_hash is None and call.handoff.team is not Team.HOTLINE:
            finish_within(call.session, call.ctx, call.handoff.id, call.principal, "wants the item back")
        call.keep(CallOutcome.WANTS_RETURN)

    return end


def _to_be_returned(note: str | None) -> Callable[[Deed], None]:
    def deed(doing: Deed) -> None:
        doing.record(Event.ESCALATED, team=Team.STAFF.value, reason=Reason.WANTS_RETURN.value)
        drop_waiting(doing)
        because = "wants the item back"
        close_handoffs(doing.session, doing.query, doing.at, because, by=doing.principal.name, teams=(Team.HOTLINE,))
        sentence = "The sender wants the item back: hold it, tell customs, and close the query as returned."
        need = Need(Team.STAFF, Reason.WANTS_RETURN, sentence, priority=2, note=note)
        open_handoff(doing.session, need, doing.at, query=doing.query)
        doing.tell("Liaison staff arrange the return; the sender is asked nothing more.")

    return deed


def handed_over(team: Team) -> Ending:
    """Another team goes on, with what was noted. Raises Invalid when it has the work already."""

    def end(call: Call) -> None:
        if team is call.handoff.team:
            raise Invalid.one("team", "has it already.", "Choose another team.")
        if call.handoff.reply_id is not None and not call.queries:
            _give_reply(call, call.handoff.reply_id, team)
        else:
            for query in call.chosen([query.id for query in call.queries]):
                _do(call, query, escalate(team, call.note))
        finish_within(call.session, call.ctx, call.handoff.id, call.principal, f"handed over to {team}")
        call.keep(CallOutcome.HANDED_OVER)

    return end


def _give_reply(call: Call, reply_id: UUID, team: Team) -> None:
    """A reply that is about no query: the same work with it for the other team, whose sheet says who gave it."""
    # Whoever moves the reply locks it too: they find the new handoff, or this call finds that the old one is closed.
    reply = call.session.get_one(Reply, reply_id, with_for_update=True, populate_existing=True)
    had = call.handoff
    need = Need(team, Reason(had.reason), had.sentence, had.priority, call.note or had.note)
    given = open_handoff(call.session, need, call.at, reply=reply)
    call.session.flush()
    given_by = {"author": call.principal.name, "outcome": CallOutcome.HANDED_OVER, "at": call.at}
    call.session.add(CallNote(handoff_id=given.id, **given_by))
    call.tell(f"The reply goes to the {team} team.")


def done(call: Call) -> None:
    """The work is done. What is still open comes back when it is due."""
    because = call.note or "done"
    finished = finish_within(call.session, call.ctx, call.handoff.id, call.principal, because)
    call.tell("This handoff ends.")
    left = finished.left or (finished.state not in (None, State.CLOSED) and not finished.listed)
    if left:
        call.tell("The query stays open, and comes back on a list when it is due.")
    call.keep(CallOutcome.DONE)


def _do(call: Call, query: Query, deed: Callable[[Deed], None]) -> None:
    doing = Deed(call.session, call.ctx, query, call.principal, call.at)
    deed(doing)
    name = f"{query.code}: " if call.handoff.phone_hash is not None else ""
    call.tell(*(name + sentence for sentence in doing.consequences))


def _silence(call: Call, reason: SuppressionReason, because: str) -> None:
    words = call.note or because
    added = add_in_call(call.session, call.ctx, call.handoff.id, call.principal, words, reason)
    call.tell("This phone gets no more texts." if added.new else "This phone was on the list already.")
    if added.taken_over:
        call.tell(f"{added.taken_over} more open queries of this phone go to the hotline.")


def _put_off(call: Call, next_try_at: datetime) -> datetime:
    """Off the list until then, and claimed by nobody; what a reply has parked rests on. Returns when, in hours of work.

    Raises Invalid for a time that is over, too far, or after customs' deadline; Conflict when somebody took it.
    """
    again = call.ctx.at_work(next_try_at)
    deadlines = [query.deadline_at for query in call.queries if query.deadline_at is not None]
    if again <= call.at or again > call.at + LONGEST_WAIT:
        raise Invalid.one("next_try", "is over, or too far away.", "Give a time within the next two weeks.")
    if deadlines and call.at < min(deadlines) <= again:
        raise Invalid.one("next_try", "is after customs' deadline.", "Try again sooner.")
    mine = (Handoff.closed_at.is_(None), (Handoff.claimed_by == call.principal.name) | free_at(call.ctx.clock.wall()))
    let_go = {"claimed_by": None, "claimed_until": None}
    rests = call.handoff.clock is ClockState.PARKED
    wound = {} if rests else {"clock": ClockState.NEW, "shown_from": again, "due_at": again}
    changed = update(Handoff).where(Handoff.id == call.handoff.id, *mine).values(**let_go, **wound)
    if call.session.execute(changed.returning(Handoff.id)).scalar() is None:
        raise Conflict("Somebody else took this handoff meanwhile.")
    call.tell(
        f"It is back on the list at {again.astimezone(HONG_KONG):%H:%M on %d %B}, and nobody holds it until then."
    )
    return again


_FIND_NUMBER = Need(
    Team.STAFF,
    Reason.WRONG_NUMBER,
    "The number is wrong, as a call showed: find the sender's number, and correct the query.",
    priority=2,
)
