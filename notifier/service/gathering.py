"""Several texts are one answer: they are read together, in the order they came, and never overwritten."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from notifier.domain.reading import read_reply
from notifier.domain.types import Channel, ReadingKind
from notifier.service.context import Context
from notifier.storage.models import Answer, Query, Question, Reply, Round
from notifier.storage.models.people import AnswerState

# A number said to "Which item?" is part of no answer.
_ANSWERS = or_(
    Reply.reading == ReadingKind.ANSWER, and_(Reply.reading == ReadingKind.OPTION, Reply.ask_back_id.is_(None))
)


@dataclass(frozen=True)
class Gathered:
    """The replies that answer a round so far, and the places of the questions that none of them answers."""

    replies: Sequence[Reply]
    missing: tuple[int, ...]


def gather(session: Session, ctx: Context, asked: Round) -> Gathered:
    """What a round has been answered with. Numbered parts answer their questions, anything else all still open."""
    session.flush()
    replies = session.scalars(
        select(Reply)
        .where(Reply.round_id == asked.id, Reply.late.is_(False), _ANSWERS)
        .order_by(Reply.received_at, Reply.id)
    ).all()
    places = set(range(1, questions_asked(session, ctx, asked) + 1))
    missing = set(places)
    for reply in replies:
        parts = read_reply(reply.body, ctx.lexicon, questions=len(places)).parts
        missing -= {number for number, _ in parts} if parts else places
    return Gathered(replies, tuple(sorted(missing)))


def questions_asked(session: Session, ctx: Context, asked: Round) -> int:
    """How many questions the sender sees: codes that ask the same are one. At least one, whatever was asked."""
    codes = session.scalars(
        select(Question.code)
        .where(Question.round_id == asked.id, Question.channel == Channel.SMS)
        .order_by(Question.position)
    ).all()
    return max(len(ctx.catalogue.asks(codes)), 1)


def propose(session: Session, query: Query, asked: Round, gathered: Gathered, at: datetime) -> None:
    """One proposed answer a round, made of all its replies that no earlier answer took."""
    answer = proposed(session, asked)
    mine = [reply for reply in gathered.replies if reply.answer_id in (None, answer.id if answer else None)]
    if answer is None:
        answer = Answer(
            query_id=query.id,
            round_id=asked.id,
            reply_id=mine[0].id,
            state=AnswerState.PROPOSED,
            body="",
            proposed_at=at,
        )
        session.add(answer)
        session.flush()
    answer.body = words_of(mine)
    for reply in mine:
        reply.answer_id = answer.id


def proposed(session: Session, asked: Round) -> Answer | None:
    """The answer that waits for staff and was made of replies, not of a call."""
    made_of_replies = select(Reply.id).where(Reply.answer_id == Answer.id).exists()
    return session.scalars(
        select(Answer)
        .where(Answer.round_id == asked.id, Answer.state == AnswerState.PROPOSED, made_of_replies)
        .order_by(Answer.id.desc())
        .limit(1)
    ).one_or_none()


def words_of(replies: Iterable[Reply]) -> str:
    """All of them, verbatim, one under the other."""
    return "\n".join(reply.body for reply in replies)
