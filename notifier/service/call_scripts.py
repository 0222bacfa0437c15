"""What an agent says when calling about a query: in the sender's language or, where it is not known, in two."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

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
        now, asked = ctx.clock.business(session), current_round(session, query)
        codes = question_codes(session, asked.id)
    return script_of(ctx, query, codes, (query.deadline_at, asked.reply_by), now)


def script_of(
    ctx: Context, query: Query, codes: tuple[str, ...], answer_by: Iterable[datetime | None], now: datetime
) -> dict[Language, list[Line]]:
    """The same about what somebody has read already.

    answer_by: times in question, the first that counts first. One that has passed is not named: the agent would ask
    for an answer by yesterday.
    """
    ahead = [at for at in answer_by if at is not None and at > now]
    slots = Slots(
        item_id=query.item_id,
        authority=query.authority,
        codes=codes,
        ref=ref_of(query.code, query.round_number),
        reply_by=ahead[0] if ahead else None,
    )
    languages = BOTH if query.language is None else (query.language,)
    return {language: call_script(ctx.catalogue, slots, language) for language in languages}
