"""Taking work on for a while, and being done with it. A joint call is claimed as a whole, by any of its parts."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict, NotFound
from notifier.domain.lifecycle import State
from notifier.domain.permissions import Principal
from notifier.service.context import Context
from notifier.service.handoff_list import MOST_PRESSING, Wanted, free_at, listed, narrowed
from notifier.service.handoffs import is_on_a_list
from notifier.service.joint_calls import end_parts, open_parts, settle, whole_of
from notifier.storage.models import Handoff, Query
from notifier.storage.models.people import ClockState


def claim(ctx: Context, handoff_id: UUID, principal: Principal) -> Handoff:
    """Take a handoff for the claim's lease, or renew one's own; with a part, the whole joint call.

    Raises NotFound, Conflict (who holds it).
    """
    now = ctx.clock.wall()
    with ctx.database.begin() as session:
        handoff_id = whole_of(session, handoff_id)
        taken = session.execute(
            update(Handoff)
            .where(
                Handoff.id == handoff_id,
                Handoff.closed_at.is_(None),
                or_(
                    Handoff.claimed_by.is_(None),
                    Handoff.claimed_by == principal.name,
                    Handoff.claimed_until < now,
                ),
            )
            .values(claimed_by=principal.name, claimed_until=now + ctx.people.claim_lease)
            .returning(Handoff.id)
        ).scalar()
        handoff = _existing(session, handoff_id)
        if taken is None:
            raise Conflict(why_not(handoff))
        return handoff


def renew(ctx: Context, handoff_id: UUID, principal: Principal) -> bool:
    """One's own claim begins anew; False where it is over, or somebody else has it."""
    now = ctx.clock.wall()
    with ctx.database.begin() as session:
        renewed = session.execute(
            update(Handoff)
            .where(
                Handoff.id == whole_of(session, handoff_id),
                Handoff.closed_at.is_(None),
                Handoff.claimed_by == principal.name,
                Handoff.claimed_until >= now,
            )
            .values(claimed_until=now + ctx.people.claim_lease)
            .returning(Handoff.id)
            .execution_options(synchronize_session=False)
        )
        return renewed.scalar() is not None


def claim_next(ctx: Context, principal: Principal, wanted: Wanted) -> Handoff | None:
    """Take what presses most of what nobody holds, for the claim's lease; None when there is none.

    Of `wanted`, who holds it is of no account: whoever looks at their own work asks for more of that kind.
    Two who ask in one moment get two different ones: a row that somebody is taking is passed over.
    """
    wall = ctx.clock.wall()
    with ctx.database.begin() as session:
        free = (*listed(ctx.clock.business(session)), free_at(wall), Handoff.clock != ClockState.PARKED)
        first = select(Handoff.id).where(*free, *narrowed(ctx, wanted)).order_by(*MOST_PRESSING).limit(1)
        picked = first.with_for_update(skip_locked=True, key_share=True).cte("picked")
        taken = session.scalar(
            update(Handoff)
            .where(Handoff.id.in_(select(picked.c.id)))
            .values(claimed_by=principal.name, claimed_until=wall + ctx.people.claim_lease)
            .returning(Handoff.id)
            .execution_options(synchronize_session=False)
        )
        return None if taken is None else session.get_one(Handoff, taken, populate_existing=True)


def release(ctx: Context, handoff_id: UUID, principal: Principal) -> bool:
    """Let go of one's own claim at once; whether there was one."""
    with ctx.database.begin() as session:
        let_go = session.execute(
            update(Handoff)
            .where(Handoff.id == whole_of(session, handoff_id), Handoff.claimed_by == principal.name)
            .values(claimed_by=None, claimed_until=None)
            .returning(Handoff.id)
            .execution_options(synchronize_session=False)
        )
        return let_go.scalar() is not None


@dataclass(frozen=True)
class Finished:
    """A handoff whose work is done, where its query stands, and whether somebody else has that on a list.

    `left`: of a joint call, how many of its queries are still open.
    """

    handoff: Handoff
    state: State | None
    listed: bool
    left: int = 0


def finish(ctx: Context, handoff_id: UUID, principal: Principal, because: str) -> Finished:
    """The work is done; the query is decided by itself. Raises NotFound, Conflict: closed, or held by somebody else."""
    with ctx.database.begin() as session:
        return finish_within(session, ctx, handoff_id, principal, because)


def finish_within(
    session: Session,
    ctx: Context,
    handoff_id: UUID,
    principal: Principal,
    because: str,
    parts: Collection[UUID] | None = None,
) -> Finished:
    """The same inside the caller's transaction, after the locks on queries.

    `parts`: of a joint call, which are done; None = all that are open now. It stays open when others joined meanwhile.
    """
    at = ctx.clock.business(session)
    done = open_parts(session, handoff_id) if parts is None else parts
    about = end_parts(session, done, at, principal.name, because)
    handoff = _existing(session, handoff_id, lock=True)
    whole = handoff if handoff.call_id is None else _existing(session, handoff.call_id, lock=True)
    held = whole.claimed_until is not None and whole.claimed_until >= ctx.clock.wall()
    if handoff.closed_at is not None or (held and whole.claimed_by != principal.name):
        raise Conflict(why_not(handoff if handoff.closed_at else whole))
    if handoff.phone_hash is None:
        handoff.closed_at, handoff.closed_by, handoff.closed_because = at, principal.name, because[:80]
    settle(session, [handoff.id if handoff.phone_hash else handoff.call_id], at, principal.name, because)
    query = session.get(Query, handoff.query_id) if handoff.query_id else None
    left = session.scalar(select(func.count(Query.id)).where(Query.id.in_(about), Query.state != State.CLOSED)) or 0
    return Finished(handoff, query.state if query else None, query is not None and is_on_a_list(session, query), left)


def _existing(session: Session, handoff_id: UUID, lock: bool = False) -> Handoff:
    held = {"key_share": True} if lock else None
    handoff = session.get(Handoff, handoff_id, with_for_update=held, populate_existing=True)
    if handoff is None:
        raise NotFound("There is no such handoff.")
    return handoff


def why_not(handoff: Handoff) -> str:
    """A sentence for whoever cannot have it."""
    if handoff.closed_at is not None:
        return "This handoff is closed already."
    return f"This handoff is held by {handoff.claimed_by}."
