"""Which asking of a query is meant: the present one, and the number of any."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.storage.models import Query, Question, Round


def current_round(session: Session, query: Query) -> Round:
    """The round that is being asked, or was asked last."""
    return session.scalars(select(Round).where(Round.query_id == query.id, Round.number == query.round_number)).one()


def round_number(session: Session, round_id: UUID) -> int:
    """Which asking of its query a round is."""
    return session.scalars(select(Round.number).where(Round.id == round_id)).one()


def question_codes(session: Session, round_id: UUID) -> tuple[str, ...]:
    """Customs' codes of everything a round asks, by whatever way, in their order."""
    return tuple(
        session.scalars(select(Question.code).where(Question.round_id == round_id).order_by(Question.position))
    )
