"""One answer for several items: what the sender said in a joint call becomes a proposal on each query chosen.

Staff accept or reject them one by one. All of it happens or none, and it can be tried without doing it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from notifier.domain.lifecycle import State
from notifier.domain.permissions import Principal
from notifier.service.context import Context
from notifier.service.joint_calls import whole_of
from notifier.service.resolution import Deed, Done, checked_words, record_answer
from notifier.storage.models import Handoff, Query


@dataclass(frozen=True, repr=False)
class Proposal:
    """The words, the joint call in which they were said (or a part of it), and the queries they answer."""

    handoff_id: UUID
    words: str
    query_ids: tuple[UUID, ...]


def propose_for_many(ctx: Context, proposal: Proposal, principal: Principal, *, preview: bool = False) -> list[Done]:
    """Write the answer down on each query, in the order given. A preview does the very same and keeps none of it.

    Raises NotFound, Conflict (no joint call, over, or held by somebody else), Invalid with each wrong query by its id.
    """
    checked_words(proposal.words)
    with ctx.database.begin() as session:
        done = propose_within(session, ctx, proposal, principal, preview=preview)
        if preview:
            session.rollback()
        return done


def propose_within(
    session: Session, ctx: Context, proposal: Proposal, principal: Principal, *, preview: bool
) -> list[Done]:
    """The same inside the caller's transaction, who rolls a preview back."""
    call = _call(session, ctx, proposal.handoff_id, principal)
    known = _lock(session, proposal.query_ids)
    wrong = _problems(proposal.query_ids, known, call)
    if wrong:
        raise Invalid(*wrong)
    at = ctx.clock.business(session)
    deed = record_answer(proposal.words, call.id)
    done = []
    for query_id in proposal.query_ids:
        doing = Deed(session, ctx, known[query_id], principal, at)
        deed(doing)
        query = doing.query
        done.append(Done(query.id, query.code, query.state, query.outcome, tuple(doing.consequences), preview))
    return done


def _call(session: Session, ctx: Context, handoff_id: UUID, principal: Principal) -> Handoff:
    call = session.get(Handoff, whole_of(session, handoff_id))
    if call is None:
        raise NotFound("There is no such handoff.")
    if call.phone_hash is None:
        raise Conflict("This handoff is about one query: write the answer down there.")
    if call.closed_at is not None:
        raise Conflict("This handoff is closed already.")
    held = call.claimed_until is not None and call.claimed_until >= ctx.clock.wall()
    if held and call.claimed_by != principal.name:
        raise Conflict(f"This handoff is held by {call.claimed_by}.")
    return call


def _lock(session: Session, query_ids: Sequence[UUID]) -> dict[UUID, Query]:
    """In the order of their ids, as everywhere."""
    chosen = select(Query).where(Query.id.in_(query_ids)).order_by(Query.id).with_for_update(key_share=True)
    return {query.id: query for query in session.scalars(chosen.execution_options(populate_existing=True))}


def _problems(query_ids: Sequence[UUID], known: dict[UUID, Query], call: Handoff) -> list[FieldProblem]:
    """What is said of another person's query is no more than of one that is not there."""
    wrong = []
    for place, query_id in enumerate(query_ids):
        query = known.get(query_id)
        if query is None or query.mobile_hash != call.phone_hash:
            message, mend = f"{query_id} is no query of this person.", "Choose among the queries of the joint call."
        elif query.state is State.CLOSED:
            message, mend = f"{query_id} is closed.", "Leave it out; to answer it all the same, reopen it first."
        elif query_id in query_ids[:place]:
            message, mend = f"{query_id} is named twice.", "Name it once."
        else:
            continue
        wrong.append(FieldProblem(f"query_ids[{place}]", message, mend))
    return wrong
