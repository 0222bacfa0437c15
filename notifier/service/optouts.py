"""Replies that concern a phone rather than a query: stop, start, wrong number."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Effect, Event, State, decide
from notifier.domain.permissions import SENDER
from notifier.domain.types import ReadingKind, Team
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.service.parking import restore_calls
from notifier.service.phones import lift, suppress
from notifier.service.transitions import record
from notifier.service.windows import cancel_waiting_texts
from notifier.storage.models import Query, Reply
from notifier.storage.models.people import SuppressionReason


@dataclass(frozen=True)
class _Stop:
    suppression: SuppressionReason
    event: Event
    needs: tuple[Need, ...]


_HOTLINE_CALLS = Need(
    Team.HOTLINE,
    Reason.OPTED_OUT,
    "The sender wants no texts: call, and ask by phone what customs asked.",
    priority=2,
)
_STOPS = {
    ReadingKind.STOP: _Stop(SuppressionReason.OPTED_OUT, Event.SENDER_OPTED_OUT, (_HOTLINE_CALLS,)),
    ReadingKind.CANCEL: _Stop(
        SuppressionReason.OPTED_OUT,
        Event.SENDER_OPTED_OUT,
        (
            _HOTLINE_CALLS,
            Need(
                Team.STAFF,
                Reason.CANCEL_MEANING,
                "The sender wrote a bare 'cancel': texting has stopped; find out whether the item should be returned.",
                priority=2,
            ),
        ),
    ),
    ReadingKind.WRONG_NUMBER: _Stop(
        SuppressionReason.WRONG_NUMBER,
        Event.NUMBER_WRONG,
        (
            Need(
                Team.HOTLINE,
                Reason.WRONG_NUMBER,
                "Whoever has this phone says the number is wrong: find the sender's number, and correct the query.",
                priority=2,
            ),
        ),
    ),
}


def stop_texting(
    session: Session, ctx: Context, mobile_hash: str, reply: Reply, reading: ReadingKind, at: datetime
) -> None:
    """No more texts to this phone, also from queries that have not written to it yet; people take over each."""
    stop = _STOPS[reading]
    suppress(session, mobile_hash, stop.suppression, f"the sender's reply ({reading.value})", at, reply)
    for query_id in _open_on(session, mobile_hash):
        query = session.get_one(Query, query_id, with_for_update={"key_share": True}, populate_existing=True)
        if query.state is State.CLOSED:
            continue
        detail = {"reply": str(reply.id), "reading": reading.value}
        moves = decide(query.state, stop.event).effect is Effect.MOVE
        due = at + ctx.people.handoff_within if moves else None
        record(session, query, stop.event, at=at, actor=SENDER, due_at=due, detail=detail)
        cancel_waiting_texts(session, query)
        if moves:
            restore_calls(session, ctx, query, at, stop.event.value)
        for need in stop.needs:
            open_handoff(session, need, at, query=query)


def lift_opt_out(session: Session, mobile_hash: str, reply: Reply, known: list[Query], at: datetime) -> None:
    """The sender wants texts again, unless a later reply said otherwise and was only worked on before this one.

    What people took over stays with them: they may ask again by text.
    """
    if not _stopped_later(session, mobile_hash, at):
        lift(session, mobile_hash, SuppressionReason.OPTED_OUT, at)
    # In the order of `stop_texting`, so that two such replies never wait for each other.
    for query_id in sorted(query.id for query in known):
        query = session.get_one(Query, query_id, with_for_update={"key_share": True}, populate_existing=True)
        detail = {"reply": str(reply.id), "reading": ReadingKind.START.value}
        record(session, query, Event.REPLY_NOTED, at=at, actor=SENDER, detail=detail)


def _stopped_later(session: Session, mobile_hash: str, at: datetime) -> bool:
    stops = (ReadingKind.STOP, ReadingKind.CANCEL)
    later = select(Reply.id).where(Reply.phone_hash == mobile_hash, Reply.reading.in_(stops), Reply.received_at > at)
    return session.scalar(later.limit(1)) is not None


def _open_on(session: Session, mobile_hash: str) -> list[UUID]:
    """In a fixed order, so that two such replies never wait for each other."""
    return list(
        session.scalars(
            select(Query.id).where(Query.mobile_hash == mobile_hash, Query.state != State.CLOSED).order_by(Query.id)
        )
    )
