"""What one query's page tells: fewer looks than the whole query takes, since attempts and rounds stay out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from notifier.domain.errors import NotFound
from notifier.service.context import Context
from notifier.storage.models import Answer, Handoff, History, NumberView, Query, Question, Reply, Round, Text


@dataclass(frozen=True)
class QueryStory:
    """A query and what happened to it, in order; `questions` are the present round's, `now` is business time."""

    query: Query
    questions: Sequence[Question]
    texts: Sequence[Text]
    replies: Sequence[Reply]
    handoffs: Sequence[Handoff]
    answers: Sequence[Answer]
    history: Sequence[History]
    views: Sequence[NumberView]
    now: datetime


def read_story(ctx: Context, query_id: UUID) -> QueryStory:
    """The story as it stands. Raises NotFound."""
    with ctx.database.read() as session:
        query = session.get(Query, query_id)
        if query is None:
            raise NotFound("There is no such query.")
        present = (Round.query_id == query_id, Round.number == query.round_number)
        asked = select(Question).join(Round, Round.id == Question.round_id).where(*present).order_by(Question.position)
        return QueryStory(
            query=query,
            questions=session.scalars(asked).all(),
            texts=_of_query(session, Text, query_id),
            replies=_of_query(session, Reply, query_id),
            handoffs=_of_query(session, Handoff, query_id),
            answers=_of_query(session, Answer, query_id),
            history=session.scalars(select(History).where(History.query_id == query_id).order_by(History.seq)).all(),
            views=_views(session, query_id),
            now=ctx.clock.business(session),
        )


def _views(session: Session, query_id: UUID) -> Sequence[NumberView]:
    """Also those from before a reply was known to be about this query."""
    replies = select(Reply.id).where(Reply.query_id == query_id)
    seen = select(NumberView).where(or_(NumberView.query_id == query_id, NumberView.reply_id.in_(replies)))
    return session.scalars(seen.order_by(NumberView.id)).all()


def _of_query(session: Session, model: Any, query_id: UUID) -> Sequence[Any]:
    return session.scalars(select(model).where(model.query_id == query_id).order_by(model.id)).all()
