"""Which query a reply is about. Only queries that were texted to this very phone are ever candidates."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import State
from notifier.domain.reading import Reading
from notifier.service.handoffs import Reason
from notifier.storage.models import Query, Text
from notifier.storage.models.texts import TextState

# How long after its closing a query still counts as what a reply may be about.
_REMEMBERED = timedelta(days=14)
# The carrier may have it: a reply can overtake our own record of the sending.
_MAY_HAVE_ARRIVED = (TextState.POSTING, TextState.UNKNOWN, TextState.HANDED_OVER)


@dataclass(frozen=True)
class Routed:
    """The query a reply is about; or None, and why nobody can tell."""

    query: Query | None
    reason: Reason | None = None
    sentence: str = ""


def candidates(session: Session, phone_hash: str, at: datetime) -> list[Query]:
    """Queries whose present number is this phone and whose question may have reached it; newest first."""
    texted = select(Text.query_id).where(
        Text.recipient_hash == phone_hash,
        or_(Text.state.in_(_MAY_HAVE_ARRIVED), Text.ever_posted),
    )
    return list(
        session.scalars(
            select(Query)
            .where(
                Query.id.in_(texted),
                # A corrected query no longer belongs to the old number.
                Query.mobile_hash == phone_hash,
                or_(Query.state != State.CLOSED, Query.closed_at >= at - _REMEMBERED),
            )
            .order_by(Query.received_at.desc())
        )
    )


def route(reading: Reading, known: list[Query]) -> Routed:
    """By the reference or item it names, else the only open candidate, else people decide."""
    if reading.codes or reading.item_ids:
        return _by_name(reading, known)
    still_open = [query for query in known if query.state is not State.CLOSED]
    if len(still_open) == 1:
        return Routed(still_open[0])
    if still_open:
        return Routed(
            None,
            Reason.WHICH_QUERY,
            "Several queries wait for this phone and the reply names none: read it, and record it where it belongs.",
        )
    if known:
        return Routed(known[0])
    return Routed(
        None,
        Reason.UNMATCHED_REPLY,
        "A reply came from a phone that no known query was texted to: read it, and find out what it is about.",
    )


def _by_name(reading: Reading, known: list[Query]) -> Routed:
    named = [q for q in known if q.code in reading.codes] or [q for q in known if q.item_id in reading.item_ids]
    still_open = [query for query in named if query.state is not State.CLOSED]
    if len(named) == 1 or len(still_open) == 1:
        return Routed(still_open[0] if still_open else named[0])
    if named:
        return Routed(
            None,
            Reason.WHICH_QUERY,
            "The reply fits several queries: read it, and record it where it belongs.",
        )
    return Routed(
        None,
        Reason.UNMATCHED_REPLY,
        "The reply names a query or item that was not texted to this phone: read it, and check who writes.",
    )
