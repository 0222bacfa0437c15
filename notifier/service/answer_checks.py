"""What customs will make of an answer: the rules of whoever reads it, for what the round asked."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.answer_rules import Violation, plain_form, violations
from notifier.domain.errors import NotFound
from notifier.service.context import Context
from notifier.service.rounds import current_round
from notifier.storage.models import Query, Question

# "Cannot be provided", "not confirmed", "not possible": what stands beside them explains, and describes no goods.
_NEGATIVE = frozenset({"R200", "R201", "R202", "R203", "A00", "B00", "C00", "D00", "S00"})


def broken_rules(session: Session, ctx: Context, query: Query, text: str, code: str | None) -> list[Violation]:
    """The rules that this answer to the present round breaks; `code`: customs' answer code, if there is one."""
    codes = session.scalars(
        select(Question.code).where(Question.round_id == current_round(session, query).id).order_by(Question.position)
    ).all()
    asks = frozenset() if code in _NEGATIVE else frozenset(ctx.catalogue.asks(codes))
    return violations(ctx.answer_rules, text, query.authority, asks)


def check_answer(ctx: Context, query_id: UUID, text: str, code: str | None) -> tuple[list[Violation], str | None]:
    """The rules it breaks, and the same answer in plain letters where that mends some. Raises NotFound."""
    with ctx.database.read() as session:
        query = session.get(Query, query_id)
        if query is None:
            raise NotFound("There is no such query.")
        found = broken_rules(session, ctx, query, text, code)
        plain = plain_form(text)
        better = plain is not None and len(broken_rules(session, ctx, query, plain, code)) < len(found)
    return found, plain if better else None
