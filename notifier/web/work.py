"""Work for people as clients see it: what waits, and what finishing it leaves open."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from notifier.domain.lifecycle import State
from notifier.service.handoffs import Finished
from notifier.storage.models import Handoff, Reply
from notifier.web.representations import Json, handoff, local, masked


def handoff_with_reply(
    row: Handoff, reply: Reply | None, query_code: str | None, held: Mapping[UUID, Sequence[Reply]]
) -> Json:
    """Work for people, with the query it is about and the reply nobody could place, and what was held with it."""
    about = None
    if reply is not None:
        together = held.get(reply.ask_back_id, ()) if reply.ask_back_id else ()
        about = _unplaced(reply) | {"held_with": [_unplaced(other) for other in together if other.id != reply.id]}
    query_id = str(row.query_id) if row.query_id else None
    return handoff(row) | {"query_id": query_id, "query_code": query_code, "reply": about}


def _unplaced(reply: Reply) -> Json:
    return {
        "id": str(reply.id),
        "text": reply.body,
        "from": masked(reply.phone),
        "received_at": local(reply.received_at),
    }


def finished(done: Finished) -> Json:
    """Work that is done, and what that leaves of the query it was about."""
    return handoff(done.handoff) | {"query_state": done.state, "consequences": _left_open(done)}


def _left_open(done: Finished) -> list[str]:
    if done.state not in (State.REPLIED, State.ESCALATED):
        return []  # It is over, was none, or waits for the sender as before.
    if done.listed:
        return [f"The query is still open ({done.state}), and on somebody's list."]
    return [
        f"The query is still open ({done.state}), and on nobody's list: accept an answer, ask again, or close it with "
        "an outcome. Else it comes back to the list when it is due."
    ]
