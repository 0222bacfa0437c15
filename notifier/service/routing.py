"""Which queries a reply may be about, and what people are told when nobody can tell."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import State
from notifier.domain.routing import Candidate, Way
from notifier.domain.types import Team, TextKind
from notifier.service.handoffs import Need, Reason
from notifier.storage.models import Handoff, Query, Text
from notifier.storage.models.texts import TextState

# How long after its closing a query still counts as what a reply may be about.
_REMEMBERED = timedelta(days=14)
# The carrier may have it: a reply can overtake our own record of the sending.
_MAY_HAVE_ARRIVED = (TextState.POSTING, TextState.UNKNOWN, TextState.HANDED_OVER)
_ARRIVED = or_(Text.state.in_(_MAY_HAVE_ARRIVED), Text.ever_posted)


def candidates(session: Session, phone_hash: str, at: datetime) -> list[Query]:
    """Queries whose present number is this phone and which may have reached it; newest first.

    A summary brings all that its joint call is about.
    """
    arrived = (Text.recipient_hash == phone_hash, _ARRIVED)
    texted = select(Text.query_id).where(*arrived, Text.kind != TextKind.SUMMARY)
    summed_up = select(Handoff.query_id).join(Text, Text.call_id == Handoff.call_id).where(*arrived)
    return list(
        session.scalars(
            select(Query)
            .where(
                or_(Query.id.in_(texted), Query.id.in_(summed_up)),
                # A corrected query no longer belongs to the old number.
                Query.mobile_hash == phone_hash,
                or_(Query.state != State.CLOSED, Query.closed_at >= at - _REMEMBERED),
            )
            .order_by(Query.received_at.desc(), Query.id.desc())
        )
    )


def as_candidates(session: Session, phone_hash: str, known: Sequence[Query]) -> list[Candidate]:
    """What the decision needs of them, in their order."""
    threads: dict[UUID, set[str]] = {query.id: set() for query in known}
    of_phone = (Text.query_id.in_(threads), Text.recipient_hash == phone_hash, Text.kind != TextKind.SUMMARY, _ARRIVED)
    asked = set()
    for query_id, number in session.execute(select(Text.query_id, Text.sender_id).where(*of_phone)):
        asked.add(query_id)
        threads[query_id] |= {str(number)} if number is not None else set()
    return [_candidate(query, threads[query.id], query.id in asked) for query in known]


def _candidate(query: Query, numbers: set[str], asked: bool) -> Candidate:
    still_open = query.state is not State.CLOSED
    return Candidate(query.id, query.code, query.item_id, still_open, frozenset(numbers), asked)


def need_for(way: Way) -> Need:
    """The work that an unplaced reply makes, by the reason nobody could place it."""
    reason = Reason.UNMATCHED_REPLY if way in (Way.STRANGER, Way.FOREIGN) else Reason.WHICH_QUERY
    return Need(Team.STAFF, reason, _SENTENCES[way], priority=2)


_SENTENCES = {
    Way.STRANGER: (
        "A reply came from a phone that no known query was texted to: read it, and find out what it is about."
    ),
    Way.FOREIGN: "The reply names a query or item that was not texted to this phone: read it, and check who writes.",
    Way.UNCLEAR: "The reply fits several queries: read it, and move it where it belongs.",
    Way.SEVERAL: "Several queries wait for this phone and the reply names none: read it, and move it where it belongs.",
}
