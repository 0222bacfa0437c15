"""How a call ended: what the agent chooses, and all that follows, in one transaction.

A preview runs the very same code and rolls it back. Whoever holds the handoff concludes it; where nobody does, anyone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict, Invalid, NotFound
from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import Principal
from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.handoff_list import free_at
from notifier.service.handoffs import Need, Reason, close_handoffs, is_on_a_list, open_handoff
from notifier.service.joint_calls import open_parts, whole_of
from notifier.service.proposing import Proposal, propose_within
from notifier.service.resolution import Deed, drop_waiting, escalate, record_answer
from notifier.service.silencing import add_in_call
from notifier.service.taking_on import finish_within, why_not
from notifier.storage.models import CallNote, Handoff, Query
from notifier.storage.models.calls import CallOutcome
from notifier.storage.models.people import ClockState, SuppressionReason

MOST_NOTED = 2000  # characters
LONGEST_WAIT = timedelta(days=14)


@dataclass
class Call:
    """A handoff being concluded, with the queries it is about, locked, and what it leads to."""

    session: Session
    ctx: Context
    handoff: Handoff
    queries: Sequence[Query]
    principal: Principal
    at: datetime
    preview: bool
    note: str | None = None
    told: list[str] = field(default_factory=list)

    def tell(self, *sentences: str) -> None:
        """Add consequences, each once."""
        self.told += [sentence for sentence in sentences if sentence not in self.told]

    def keep(self, outcome: CallOutcome | None, next_try_at: datetime | None = None) -> None:
        """Write down how it ended, with what the agent noted."""
        kept = {"outcome": outcome, "body": self.note, "next_try_at": next_try_at, "at": self.at}
        self.session.add(CallNote(handoff_id=self.handoff.id, author=self.principal.name, **kept))

    def chosen(self, query_ids: Sequence[UUID]) -> list[Query]:
        """Of a joint call the queries chosen, of any other its own. Raises Invalid, Conflict."""
        if not self.queries:
            raise Conflict("This handoff is about no query.")
        if self.handoff.phone_hash is None:
            return list(self.queries)
        found = [query for query in self.queries if query.id in query_ids]
        if not found or len(found) != len(set(query_ids)):
            raise Invalid.one("items", "are not chosen, or are no longer open.", "Choose the items it is about.")
        return found


@dataclass(frozen=True)
class Concluded:
    """What an outcome led to; `open`: the handoff is still work. `preview`: nothing was kept."""

    handoff_id: UUID
    open: bool
    consequences: tuple[str, ...]
    preview: bool


Ending = Callable[[Call], None]


def conclude(
    ctx: Context, handoff_id: UUID, principal: Principal, ending: Ending, *, note: str = "", preview: bool = False
) -> Concluded:
    """End a call this way. Raises NotFound, Conflict (closed, or held by somebody else), Invalid."""
    with ctx.database.begin() as session:
        handoff = _handoff(session, ctx, handoff_id, principal)
        queries = _locked_queries(session, handoff)
        session.refresh(handoff)  # somebody may have ended it while these were waited for
        _require_free(ctx, handoff, principal)
        at = ctx.clock.business(session)
        call = Call(session, ctx, handoff, queries, principal, at, preview, checked_note(note))
        ending(call)
        session.flush()
        session.refresh(handoff, ["closed_at"])
        done = Concluded(handoff.id, handoff.closed_at is None, tuple(call.told), preview)
        if preview:
            session.rollback()
        return done


def write_note(ctx: Context, handoff_id: UUID, principal: Principal, words: str) -> None:
    """Keep a note, whoever holds the handoff. Raises NotFound, Invalid."""
    body = checked_note(words)
    if body is None:
        raise Invalid.one("note", "is blank.", "Write what colleagues should know.")
    with ctx.database.begin() as session:
        whole = whole_of(session, handoff_id)
        if session.get(Handoff, whole) is None:
            raise NotFound("There is no such handoff.")
        kept = CallNote(handoff_id=whole, author=principal.name, body=body, at=ctx.clock.business(session))
        session.add(kept)


def checked_note(words: str) -> str | None:
    """What an agent noted, or None when it is blank. Raises Invalid when it is too long."""
    if len(words) > MOST_NOTED:
        raise Invalid.one("note", f"is longer than {MOST_NOTED} characters.", "Shorten it.")
    return words.strip() or None


def _handoff(session: Session, ctx: Context, handoff_id: UUID, principal: Principal) -> Handoff:
    """Only looked at: its lock comes last, after those of queries and parts, where it is changed."""
    handoff = session.get(Handoff, whole_of(session, handoff_id))
    if handoff is None:
        raise NotFound("There is no such handoff.")
    _require_free(ctx, handoff, principal)
    return handoff


def _require_free(ctx: Context, handoff: Handoff, principal: Principal) -> None:
    held = handoff.claimed_until is not None and handoff.claimed_until >= ctx.clock.wall()
    if handoff.closed_at is not None or (held and handoff.claimed_by != principal.name):
        raise Conflict(why_not(handoff))


def _locked_queries(session: Session, handoff: Handoff) -> Sequence[Query]:
    """In the order of their ids, as everywhere."""
    parts = (Handoff.call_id == handoff.id) & Handoff.closed_at.is_(None)
    about = set(session.scalars(select(Handoff.query_id).where((Handoff.id == handoff.id) | parts)))
    # Silencing a phone moves all its open queries: whoever locked some first would meet others who begin with the rest.
    phones = select(Query.mobile_hash).where(Query.id.in_(about), Query.mobile_hash.is_not(None))
    wanted = or_(Query.id.in_(about), and_(Query.mobile_hash.in_(phones), Query.state != State.CLOSED))
    locked = session.scalars(select(Query).where(wanted).order_by(Query.id).with_for_update(key_share=True))
    return [query for query in locked if query.id in about]


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
        for query in call.chosen([query.id for query in call.queries]):
            _do(call, query, escalate(team, call.note))
        finish_within(call.session, call.ctx, call.handoff.id, call.principal, f"handed over to {team}")
        call.keep(CallOutcome.HANDED_OVER)

    return end


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
