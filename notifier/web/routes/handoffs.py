"""Work for people: the list, taking one on, finishing it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from notifier.domain.errors import NotAllowed
from notifier.domain.permissions import Permission
from notifier.service.lookups import held_together, list_handoffs, parts_of
from notifier.service.proposing import Proposal, propose_for_many
from notifier.service.silencing import finish_call
from notifier.service.taking_on import claim, finish
from notifier.storage.models.people import SuppressionReason
from notifier.web import documents
from notifier.web.again import once_more
from notifier.web.auth import Caller, needs
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.numbers import added
from notifier.web.pages import HandoffParameters, page
from notifier.web.representations import done, handoff
from notifier.web.responses import Shown
from notifier.web.routes.suppressions import old_before
from notifier.web.routes.verbs import MOST_READ, Trial
from notifier.web.work import finished, handoff_with_reply

router = APIRouter(prefix="/api/v1/handoffs", tags=["handoffs"], responses=documents.PROBLEMS)

_MOST_QUERIES = 500

Worker = Annotated[Caller, needs(Permission.WORK_HANDOFFS)]


@router.get("")
def find_handoffs(caller: Worker, parameters: Annotated[HandoffParameters, Query()]) -> Response:
    """Open handoffs, the most urgent first, and of these the oldest."""
    rows = list_handoffs(caller.ctx, parameters.team, parameters.limit, parameters.cursor)
    held = held_together(caller.ctx, [reply for _, reply, _ in rows.rows if reply is not None])
    parts = parts_of(caller.ctx, [row for row, _, _ in rows.rows])
    shown = [handoff_with_reply(row, reply, code, held, parts.get(row.id)) for row, reply, code in rows.rows]
    return Shown(page(rows, shown))


@router.post("/{handoff_id}/claim", openapi_extra=documents.EMPTY)
def claim_handoff(caller: Worker, handoff_id: UUID, body: JsonObject) -> Response:
    """Take it on for a while, or a while longer."""
    Fields(body).check()
    return Shown(handoff(claim(caller.ctx, handoff_id, caller.principal)))


@router.post("/{handoff_id}/propose", openapi_extra=documents.PROPOSE)
def propose_answer(
    caller: Annotated[Caller, needs(Permission.RECORD_ANSWERS)], handoff_id: UUID, body: JsonObject, trial: Trial
) -> Response:
    """What the sender said in a joint call, as the proposed answer of several of its queries: all of them or none.

    Each is then accepted by itself, as any answer is.
    """
    fields = Fields(body, "answer", "query_ids")
    words, given = fields.wanted_text("answer", MOST_READ), fields.uuids("query_ids", _MOST_QUERIES)
    fields.check()
    proposal = Proposal(handoff_id, words, given)
    told = once_more(lambda: propose_for_many(caller.ctx, proposal, caller.principal, preview=trial.preview))
    return Shown({"id": str(handoff_id), "proposed": [done(one) for one in told], "preview": trial.preview})


@router.post("/{handoff_id}/done", openapi_extra=documents.DONE)
def finish_handoff(caller: Worker, handoff_id: UUID, body: JsonObject) -> Response:
    """The work is done. An open query stays open until it is decided by itself, and `consequences` says so.

    `suppress`: what was said of the phone in the call; it goes on the list of those that get no texts.
    """
    fields = Fields(body, "because", "suppress")
    said = fields.word("suppress", SuppressionReason)
    because = fields.the_text("because", 80)
    if said is None:
        return Shown(finished(finish(caller.ctx, handoff_id, caller.principal, because)))
    if not caller.principal.may(Permission.RECORD_SUPPRESSIONS):
        raise NotAllowed(f"The role {caller.principal.role} lacks the permission {Permission.RECORD_SUPPRESSIONS}.")
    ended, entry = once_more(lambda: finish_call(caller.ctx, handoff_id, caller.principal, because, said))
    return Shown(finished(ended) | {"suppression": added(entry, old_before(caller.ctx))})
