"""Moving a reply: staff say which query it is about, or that it is about none. One step, traced on both queries.

As every decision it tells its consequences, and a preview runs the very same code and rolls it back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict, NotFound
from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import Principal
from notifier.domain.reading import Reading, read_reply
from notifier.domain.routing import Way
from notifier.domain.types import ReadingKind, Team
from notifier.service.ask_backs import end, held_by
from notifier.service.context import Context
from notifier.service.effects import Heard, note, place, take_effect
from notifier.service.gathering import words_of
from notifier.service.handoffs import Need, Reason, close_handoffs, open_handoff
from notifier.service.parking import COMES_BACK, restore_calls
from notifier.service.routing import candidates, need_for
from notifier.service.transitions import record
from notifier.storage.models import Answer, AskBack, Handoff, Query, Reply
from notifier.storage.models.inbound import AskBackState
from notifier.storage.models.people import AnswerState

_TAKEN_AWAY = Need(
    Team.STAFF,
    Reason.REPLY_MOVED,
    "A reply turned out to be about something else: decide how this query goes on (ask again, call, or close).",
    priority=2,
)


@dataclass(frozen=True)
class Moved:
    """Where a reply is now, and what moving it led to; `preview`: nothing was kept."""

    reply_id: UUID
    query_id: UUID | None
    consequences: tuple[str, ...]
    preview: bool


@dataclass
class _Move:
    session: Session
    ctx: Context
    reply: Reply
    principal: Principal
    at: datetime
    told: list[str] = field(default_factory=list)


class _RollBack(Exception):
    """Ends a preview's transaction without keeping it."""


def move_reply(
    ctx: Context, reply_id: UUID, target_id: UUID | None, principal: Principal, *, preview: bool = False
) -> Moved:
    """Move it to a query, or to nobody (None). Raises NotFound, Conflict when it is there already."""
    done: list[Moved] = []
    try:
        with ctx.database.begin() as session:
            reply, ask_back, queries = _lock(session, reply_id, target_id)
            doing = _Move(session, ctx, reply, principal, ctx.clock.business(session))
            _move(doing, queries.get(reply.query_id), queries.get(target_id))
            _close_triage(doing, ask_back)
            if target_id is None:
                open_handoff(session, need_for(Way.STRANGER), doing.at, reply=reply)
            done.append(Moved(reply.id, target_id, tuple(doing.told), preview))
            if preview:
                raise _RollBack
    except _RollBack:
        pass
    return done[0]


def _lock(
    session: Session, reply_id: UUID, target_id: UUID | None
) -> tuple[Reply, AskBack | None, dict[UUID | None, Query]]:
    """The ask-back, the queries in the order of their ids, the reply: in this order, as everywhere."""
    seen = session.get(Reply, reply_id)
    if seen is None:
        raise NotFound("There is no such reply.")
    asked = None
    if seen.ask_back_id is not None:
        asked = session.get_one(AskBack, seen.ask_back_id, with_for_update=True, populate_existing=True)
    was = seen.query_id
    wanted = sorted({query_id for query_id in (was, target_id) if query_id is not None})
    queries: dict[UUID | None, Query] = {}
    for query_id in wanted:
        query = session.get(Query, query_id, with_for_update={"key_share": True}, populate_existing=True)
        if query is None:
            raise NotFound("There is no such query.")
        queries[query_id] = query
    reply = session.get_one(Reply, reply_id, with_for_update=True, populate_existing=True)
    if reply.query_id != was:
        raise Conflict("This reply was moved meanwhile: look at it again.")
    if reply.query_id == target_id:
        raise Conflict("This reply is there already.")
    return reply, asked, queries


def _move(doing: _Move, old: Query | None, new: Query | None) -> None:
    """Take it away first: then its words can be part of one answer only."""
    reply = doing.reply
    taken_from = reply.answer_id
    reply.query_id = reply.round_id = reply.answer_id = None
    reply.late = False
    doing.session.flush()
    if old is not None:
        _take_away(doing, old, taken_from, new)
    if new is not None:
        _give(doing, old, new)
    else:
        doing.told.append("The reply is about no query any more; it waits in triage.")


def _take_away(doing: _Move, old: Query, answer_id: UUID | None, new: Query | None) -> None:
    detail = {"reply": str(doing.reply.id), "to": str(new.id) if new else "nobody"}
    record(doing.session, old, Event.REPLY_TAKEN_AWAY, at=doing.at, actor=doing.principal, detail=detail)
    if answer_id is not None:
        _withdraw_from(doing, doing.session.get_one(Answer, answer_id, with_for_update=True), old)
    if old.state is not State.CLOSED:
        open_handoff(doing.session, _TAKEN_AWAY, doing.at, query=old)
        doing.told.append(f"Query {old.code} stays {old.state.replace('_', ' ')}; staff decide how it goes on.")


def _withdraw_from(doing: _Move, answer: Answer, old: Query) -> None:
    """What has not been accepted can be taken back; the rest is for people to put right with customs."""
    if answer.reply_id == doing.reply.id:
        answer.reply_id = None
    if answer.state is not AnswerState.PROPOSED:
        doing.told.append(f"An answer of query {old.code} was made of it and is {answer.state}: it is not changed.")
        return
    rest = doing.session.scalars(
        select(Reply).where(Reply.answer_id == answer.id).order_by(Reply.received_at, Reply.id)
    ).all()
    if rest:
        answer.body = words_of(rest)
        doing.told.append(f"Its words leave the proposed answer of query {old.code}.")
        return
    answer.state = AnswerState.WITHDRAWN
    close_handoffs(
        doing.session, old, doing.at, "the reply was moved", by=doing.principal.name, reasons=(Reason.REVIEW_REPLY,)
    )
    doing.told.append(f"The proposed answer of query {old.code} is withdrawn.")
    if restore_calls(doing.session, doing.ctx, old, doing.at, "the reply was moved", doing.principal):
        doing.told.append(COMES_BACK)


def _give(doing: _Move, old: Query | None, new: Query) -> None:
    """As if it had just come there, but that no automatic answer goes out: it was written some time ago."""
    session, reply = doing.session, doing.reply
    if new not in candidates(session, reply.phone_hash, doing.at):
        doing.told.append("The phone that wrote it was not texted about this query: make sure who writes.")
    detail = {"reply": str(reply.id), "from": str(old.id) if old else "nobody"}
    record(session, new, Event.REPLY_MOVED, at=doing.at, actor=doing.principal, detail=detail)
    place(session, reply, new)
    before = new.state
    close_handoffs(
        session, new, doing.at, "the reply was moved", by=doing.principal.name, reasons=(Reason.WHICH_QUERY,)
    )
    heard = Heard(reply, _read_anew(doing), doing.at, doing.principal, awake=False)
    if reply.reading is ReadingKind.OPTION and reply.ask_back_id is not None:
        note(session, heard, new)  # A number said to "Which item?" is part of no answer, wherever it is.
    else:
        take_effect(session, doing.ctx, heard, new)
    session.flush()
    if new.state is not before:
        doing.told.append(f"Query {new.code} is {new.state.replace('_', ' ')} now.")
    elif reply.late:
        doing.told.append(f"Query {new.code} is closed: the reply is kept there; reopen it if customs can use it.")
    else:
        doing.told.append(f"Query {new.code} stays {new.state.replace('_', ' ')}; the reply is kept there.")


def _read_anew(doing: _Move) -> Reading:
    """Nothing is offered to choose from here. What began like a check of a text is an answer when staff say so."""
    reply = doing.reply
    reading = read_reply(reply.body, doing.ctx.lexicon, num_media=reply.num_media)
    if reading.kind is ReadingKind.CHECK:
        reply.reading = ReadingKind.ANSWER
        return replace(reading, kind=ReadingKind.ANSWER)
    return reading


def _close_triage(doing: _Move, asked: AskBack | None) -> None:
    """The work of placing it is done; of several that were held together, when the last is placed."""
    placed: Sequence[UUID] = [doing.reply.id]
    if asked is not None:
        left = [reply for reply in held_by(doing.session, asked) if reply.id != doing.reply.id]
        if left:
            doing.told.append(f"{len(left)} more of what was held together wait to be moved.")
            placed = []
        else:
            placed = doing.session.scalars(select(Reply.id).where(Reply.ask_back_id == asked.id)).all()
            if asked.state is AskBackState.OPEN:
                end(asked, AskBackState.SETTLED, doing.at)
    doing.session.execute(
        update(Handoff)
        .where(
            Handoff.reply_id.in_(placed),
            Handoff.closed_at.is_(None),
            or_(Handoff.query_id.is_(None), Handoff.query_id != doing.reply.query_id),
        )
        .values(closed_at=doing.at, closed_by=doing.principal.name, closed_because="the reply was moved")
    )
