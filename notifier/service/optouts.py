"""Replies that concern a phone rather than a query: stop, start, wrong number."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event
from notifier.domain.permissions import SENDER
from notifier.domain.types import ReadingKind, Team
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason
from notifier.service.phones import Evidence, lift, suppress
from notifier.service.silencing import TAKE_OVERS, TakeOver, take_over
from notifier.service.transitions import record
from notifier.storage.models import Query, Reply
from notifier.storage.models.people import SuppressionReason

_WHAT_CANCEL_MEANS = Need(
    Team.STAFF,
    Reason.CANCEL_MEANING,
    "The sender wrote a bare 'cancel': texting has stopped; find out whether the item should be returned.",
    priority=2,
)
_OPT_OUT = TAKE_OVERS[SuppressionReason.OPTED_OUT]
_STOPS = {
    ReadingKind.STOP: (SuppressionReason.OPTED_OUT, _OPT_OUT),
    ReadingKind.CANCEL: (
        SuppressionReason.OPTED_OUT,
        TakeOver(_OPT_OUT.event, (*_OPT_OUT.needs, _WHAT_CANCEL_MEANS)),
    ),
    ReadingKind.WRONG_NUMBER: (SuppressionReason.WRONG_NUMBER, TAKE_OVERS[SuppressionReason.WRONG_NUMBER]),
}
# A sender's own wishes, which a sender can take back. Whoever holds a phone that is not the sender's cannot make it so:
# a wrong number is let go by staff.
_WISHES = (SuppressionReason.OPTED_OUT, SuppressionReason.PREFERS_CALLS)


def stop_texting(
    session: Session, ctx: Context, mobile_hash: str, reply: Reply, reading: ReadingKind, at: datetime
) -> None:
    """No more texts to this phone, also from queries that have not written to it yet; people take over each.

    Not the phone of a sender who said START later, in a reply that was worked on before this one.
    """
    reason, how = _STOPS[reading]
    take_over(session, ctx, mobile_hash, how, at, SENDER, {"reply": str(reply.id), "reading": reading.value})
    said = Evidence(f"the sender's reply ({reading.value})", by=SENDER.name, reply_id=reply.id)
    if reason not in _WISHES or not _said_later(session, mobile_hash, at, ReadingKind.START):
        suppress(session, mobile_hash, reason, said, at)


def lift_opt_out(session: Session, mobile_hash: str, reply: Reply, known: list[Query], at: datetime) -> None:
    """The sender wants texts again, unless a later reply said otherwise and was only worked on before this one.

    What people took over stays with them: they may ask again by text.
    """
    # In the order of `take_over`, so that two such replies never wait for each other; and before the list's own rows.
    for query_id in sorted(query.id for query in known):
        query = session.get_one(Query, query_id, with_for_update={"key_share": True}, populate_existing=True)
        detail = {"reply": str(reply.id), "reading": ReadingKind.START.value}
        record(session, query, Event.REPLY_NOTED, at=at, actor=SENDER, detail=detail)
    if not _said_later(session, mobile_hash, at, ReadingKind.STOP, ReadingKind.CANCEL):
        lift(session, mobile_hash, _WISHES, at, reply)


def _said_later(session: Session, mobile_hash: str, at: datetime, *kinds: ReadingKind) -> bool:
    """Whether the sender said something of the kind after `at`: replies are not always worked on in their order."""
    later = select(Reply.id).where(Reply.phone_hash == mobile_hash, Reply.reading.in_(kinds), Reply.received_at > at)
    return session.scalar(later.limit(1)) is not None
