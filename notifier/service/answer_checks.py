"""What customs will make of an answer: the rules of whoever reads it, for what the round asked."""

from uuid import UUID

from sqlalchemy.orm import Session

from notifier.domain.answer_codes import is_negative
from notifier.domain.answer_rules import Violation, plain_form, violations
from notifier.domain.errors import NotFound
from notifier.service.context import Context
from notifier.service.rounds import current_round, question_codes
from notifier.storage.models import Query


def broken_rules(session: Session, ctx: Context, query: Query, text: str, code: str | None) -> list[Violation]:
    """The rules that this answer to the present round breaks; `code`: customs' answer code, if there is one."""
    return violations(ctx.answer_rules, text, query.authority, _asks(session, ctx, query, code))


def check_answer(ctx: Context, query_id: UUID, text: str, code: str | None) -> tuple[list[Violation], str | None]:
    """The rules it breaks, and the same answer in plain letters where that mends some. Raises NotFound."""
    with ctx.database.read() as session:
        query = session.get(Query, query_id)
        if query is None:
            raise NotFound("There is no such query.")
        authority, asks = query.authority, _asks(session, ctx, query, code)
    found = violations(ctx.answer_rules, text, authority, asks)
    plain = plain_form(text)
    better = plain is not None and len(violations(ctx.answer_rules, plain, authority, asks)) < len(found)
    return found, plain if better else None


def _asks(session: Session, ctx: Context, query: Query, code: str | None) -> frozenset[str]:
    """What the answer has to say, by the keys of the catalogue's words."""
    if is_negative(code):
        return frozenset()
    return frozenset(ctx.catalogue.asks(question_codes(session, current_round(session, query).id)))
