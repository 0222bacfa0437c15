"""What an agent says when calling about a query: in the sender's language or, where it is not known, in two."""

from uuid import UUID

from notifier.domain.types import Language
from notifier.domain.wording import BOTH, Line, Slots, call_script
from notifier.service.context import Context
from notifier.service.lookups import WholeQuery, get_query
from notifier.service.rendering import ref_of


def scripts_for(ctx: Context, query_id: UUID) -> dict[Language, list[Line]]:
    """The sentences by language, about the round that is asked now. Raises NotFound."""
    seen = get_query(ctx, query_id)
    slots = _slots(ctx, seen)
    languages = BOTH if seen.query.language is None else (seen.query.language,)
    return {language: call_script(ctx.catalogue, slots, language) for language in languages}


def _slots(ctx: Context, seen: WholeQuery) -> Slots:
    """A time that has passed is not named: the agent would ask for an answer by yesterday."""
    query, asked = seen.query, seen.rounds[-1]
    with ctx.database.read() as session:
        now = ctx.clock.business(session)
    ahead = [at for at in (query.deadline_at, asked.reply_by) if at is not None and at > now]
    return Slots(
        item_id=query.item_id,
        authority=query.authority,
        codes=tuple(question.code for question in seen.questions if question.round_id == asked.id),
        ref=ref_of(query.code, asked.number),
        reply_by=ahead[0] if ahead else None,
    )
