"""Concluding a call: its handoff and the queries it is about, locked, and one ending carried out in one transaction.

A preview runs the very same code and rolls it back. Whoever holds the handoff concludes it; where nobody does, anyone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict, Invalid, NotFound
from notifier.domain.lifecycle import State
from notifier.domain.permissions import Principal
from notifier.service.call_notes import checked_note
from notifier.service.context import Context
from notifier.service.joint_calls import whole_of
from notifier.service.taking_on import why_not
from notifier.storage.models import CallNote, Handoff, Query
from notifier.storage.models.calls import CallOutcome


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
    next_try_at: datetime | None = None

    def tell(self, *sentences: str) -> None:
        """Add consequences, each once."""
        self.told += [sentence for sentence in sentences if sentence not in self.told]

    def keep(self, outcome: CallOutcome | None, next_try_at: datetime | None = None) -> None:
        """Write down how it ended, with what the agent noted."""
        self.next_try_at = next_try_at
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
    """What an outcome led to; `open`: the handoff is still work. `preview`: nothing was kept.

    next_try_at: when it is back on the list, where it was put off.
    """

    handoff_id: UUID
    open: bool
    consequences: tuple[str, ...]
    preview: bool
    next_try_at: datetime | None = None


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
        done = Concluded(handoff.id, handoff.closed_at is None, tuple(call.told), preview, call.next_try_at)
        if preview:
            session.rollback()
        return done


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
