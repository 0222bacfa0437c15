"""Reading: a page of queries, one query with all that belongs to it, the work lists, the answers to relay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid, NotFound
from notifier.domain.lifecycle import Outcome, State
from notifier.domain.types import Kind, Team
from notifier.service.context import Context
from notifier.service.handoffs import shown_at
from notifier.service.joint_calls import stands_alone
from notifier.service.phones import phone_hash
from notifier.storage.models import (
    Answer,
    Attempt,
    Conflict,
    Handoff,
    History,
    Query,
    Question,
    Reply,
    Round,
    Text,
)
from notifier.storage.models.people import AnswerState


@dataclass(frozen=True)
class Filters:
    """What a page of queries is narrowed to; None = anything. `mobile` in E.164, `last4` its last four digits."""

    state: State | None = None
    outcome: Outcome | None = None
    authority: str | None = None
    kind: Kind | None = None
    item_id: str | None = None
    referral_reference: str | None = None
    code: str | None = None
    mobile: str | None = None
    last4: str | None = None


@dataclass(frozen=True)
class Page:
    """Rows, newest first, and the id to go on after; None when these are the last."""

    rows: Sequence[Any]
    next_after: UUID | None


@dataclass(frozen=True)
class Excerpt:
    """What a page shows of a list that stands elsewhere, or nowhere; `more`: there are rows that it leaves out."""

    rows: Sequence[Any]
    more: bool = False


def excerpt(rows: Sequence[Any], most: int) -> Excerpt:
    """The first `most` of rows that were asked for with one more."""
    return Excerpt(rows[:most], len(rows) > most)


@dataclass(frozen=True)
class WholeQuery:
    """A query and everything that hangs on it, each list in the order it happened.

    call: the open joint call that it is part of, and its parts with their queries.
    """

    query: Query
    rounds: Sequence[Round]
    questions: Sequence[Question]
    texts: Sequence[Text]
    attempts: Sequence[Attempt]
    replies: Sequence[Reply]
    handoffs: Sequence[Handoff]
    answers: Sequence[Answer]
    conflicts: Sequence[Conflict]
    history: Sequence[History]
    call: Handoff | None = None
    parts: Sequence[tuple[Handoff, Query]] = ()


def list_queries(ctx: Context, filters: Filters, limit: int, after: UUID | None = None) -> Page:
    """One page by keyset: ids grow with time, so a page stays where it is while new queries come in."""
    where = where_of(ctx, filters)
    if after is not None:
        where.append(Query.id < after)
    with ctx.database.read() as session:
        rows = session.scalars(select(Query).where(*where).order_by(Query.id.desc()).limit(limit + 1)).all()
    return _page(rows, limit)


def where_of(ctx: Context, filters: Filters) -> list[ColumnElement[bool]]:
    """What narrows a statement on queries."""
    ring = ctx.database.keyring
    plain = ("state", "outcome", "authority", "kind", "item_id", "referral_reference", "code")
    where: list[ColumnElement[bool]] = [
        getattr(Query, name) == value for name in plain if (value := getattr(filters, name)) is not None
    ]
    if filters.mobile is not None:
        where.append(Query.mobile_hash == phone_hash(ring, filters.mobile))
    if filters.last4 is not None:
        where.append(Query.last4_hash == ring.hash("last4", filters.last4))
    return where


def _page(rows: Sequence[Any], limit: int) -> Page:
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def get_query(ctx: Context, query_id: UUID) -> WholeQuery:
    """Everything about one query. Raises NotFound."""
    with ctx.database.read() as session:
        query = session.get(Query, query_id)
        if query is None:
            raise NotFound("There is no such query.")
        rounds = session.scalars(select(Round).where(Round.query_id == query_id).order_by(Round.number)).all()
        texts = _of_query(session, Text, query_id)
        handoffs = _of_query(session, Handoff, query_id)
        call_id = next((one.call_id for one in handoffs if one.closed_at is None and one.call_id), None)
        return WholeQuery(
            query=query,
            rounds=rounds,
            questions=session.scalars(
                select(Question)
                .where(Question.round_id.in_([asked.id for asked in rounds]))
                .order_by(Question.round_id, Question.position)
            ).all(),
            texts=texts,
            attempts=session.scalars(
                select(Attempt)
                .where(Attempt.text_id.in_([text.id for text in texts]))
                .order_by(Attempt.text_id, Attempt.number)
            ).all(),
            replies=_of_query(session, Reply, query_id),
            handoffs=handoffs,
            answers=_of_query(session, Answer, query_id),
            conflicts=_of_query(session, Conflict, query_id),
            history=session.scalars(select(History).where(History.query_id == query_id).order_by(History.seq)).all(),
            call=session.get_one(Handoff, call_id) if call_id else None,
            parts=_parts(session, [call_id])[call_id] if call_id else (),
        )


def _of_query(session: Session, model: Any, query_id: UUID) -> Sequence[Any]:
    return session.scalars(select(model).where(model.query_id == query_id).order_by(model.id)).all()


def list_handoffs(ctx: Context, team: Team | None, limit: int, after: UUID | None = None) -> Page:
    """Open work for people, or one team's, the most urgent first and of these the oldest; with the reply it is about.

    One that becomes more urgent meanwhile moves up, so it may be shown twice. Raises Invalid for a strange cursor.
    """
    where = [Handoff.closed_at.is_(None), stands_alone()] + ([] if team is None else [Handoff.team == team])
    with ctx.database.read() as session:
        where.append(shown_at(ctx.clock.business(session)))
        if after is not None:
            where.append(_behind(session, after))
        rows = session.execute(
            select(Handoff, Reply, Query.code)
            .outerjoin(Reply, Reply.id == Handoff.reply_id)
            .outerjoin(Query, Query.id == Handoff.query_id)
            .where(*where)
            .order_by(Handoff.priority, Handoff.opened_at, Handoff.id)
            .limit(limit + 1)
        ).all()
    return Page(rows[:limit], rows[limit - 1][0].id if len(rows) > limit else None)


def parts_of(ctx: Context, handoffs: Sequence[Handoff]) -> dict[UUID, list[tuple[Handoff, Query]]]:
    """By joint call: its parts, done ones too, each with its query."""
    calls = [handoff.id for handoff in handoffs if handoff.phone_hash is not None]
    if not calls:
        return {}
    with ctx.database.read() as session:
        return _parts(session, calls)


def _parts(session: Session, call_ids: Sequence[UUID]) -> dict[UUID, list[tuple[Handoff, Query]]]:
    parts: dict[UUID, list[tuple[Handoff, Query]]] = {call_id: [] for call_id in call_ids}
    for part, query in session.execute(
        select(Handoff, Query)
        .join(Query, Query.id == Handoff.query_id)
        .where(Handoff.call_id.in_(call_ids))
        .order_by(Query.received_at, Query.id, Handoff.id)
    ):
        parts[cast(UUID, part.call_id)].append((part, query))
    return parts


def held_together(ctx: Context, replies: Sequence[Reply]) -> dict[UUID, list[Reply]]:
    """By ask-back: all replies that wait for the item to be known, in the order they came."""
    asked = {reply.ask_back_id for reply in replies if reply.ask_back_id is not None}
    held: dict[UUID, list[Reply]] = {ask_back_id: [] for ask_back_id in asked}
    if not asked:
        return held
    with ctx.database.read() as session:
        for reply in session.scalars(
            select(Reply)
            .where(Reply.ask_back_id.in_(asked), Reply.query_id.is_(None))
            .order_by(Reply.received_at, Reply.id)
        ):
            if reply.ask_back_id is not None:
                held[reply.ask_back_id].append(reply)
    return held


def _behind(session: Session, handoff_id: UUID) -> ColumnElement[bool]:
    """What comes after this handoff in the list, also when it was closed meanwhile."""
    last = session.get(Handoff, handoff_id)
    if last is None:
        raise Invalid.one("cursor", "is not known.", "Begin with the first page.")
    later = or_(Handoff.opened_at > last.opened_at, and_(Handoff.opened_at == last.opened_at, Handoff.id > last.id))
    return or_(Handoff.priority > last.priority, and_(Handoff.priority == last.priority, later))


def list_answers(ctx: Context, state: AnswerState, limit: int, after: UUID | None = None) -> Page:
    """Answers in one state, oldest first, with their queries: what a relay pulls."""
    where = [Answer.state == state]
    if after is not None:
        where.append(Answer.id > after)
    with ctx.database.read() as session:
        rows = session.execute(
            select(Answer, Query)
            .join(Query, Query.id == Answer.query_id)
            .where(*where)
            .order_by(Answer.id)
            .limit(limit + 1)
        ).all()
    return Page(rows[:limit], rows[limit - 1][0].id if len(rows) > limit else None)
