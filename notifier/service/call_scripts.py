"""What an agent says when calling about a query: in the sender's language or, where it is not known, in two."""

from uuid import UUID

from sqlalchemy.orm import Session

from notifier.domain.errors import NotFound
from notifier.domain.types import Language
from notifier.domain.wording import BOTH, Line, Slots, call_script
from notifier.service.context import Context
from notifier.service.rendering import ref_of
from notifier.service.rounds import current_round, question_codes
from notifier.storage.models import Query


def scripts_for(ctx: Context, query_id: UUID) -> dict[Language, list[Line]]:
    """The sentences by language, about the round that is asked now. Raises NotFound."""
    with ctx.database.read() as session:
        query = session.get(Query, query_id)
        if query is None:
            raise NotFound("There is no such query.")
        slots = _slots(session, ctx, query)
        languages = BOTH if query.language is None else (query.language,)
    return {language: call_script(ctx.catalogue, slots, language) for language in languages}


def _slots(session: Session, ctx: Context, query: Query) -> Slots:
    """A time that has passed is not named: the agent would ask for an answer by yesterday."""
    now, asked = ctx.clock.business(session), current_round(session, query)
    ahead = [at for at in (query.deadline_at, asked.reply_by) if at is not None and at > now]
    return Slots(
        item_id=query.item_id,
        authority=query.authority,
        codes=question_codes(session, asked.id),
        ref=ref_of(query.code, asked.number),
        reply_by=ahead[0] if ahead else None,
    )
