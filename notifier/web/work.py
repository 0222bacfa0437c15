"""Work for people as clients see it: what waits, and what finishing it leaves open."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from notifier.domain.lifecycle import State
from notifier.service.taking_on import Finished
from notifier.storage.models import Handoff, Query, Reply
from notifier.web.representations import Json, handoff, local, masked


def handoff_with_reply(
    row: Handoff,
    reply: Reply | None,
    query_code: str | None,
    held: Mapping[UUID, Sequence[Reply]],
    parts: Sequence[tuple[Handoff, Query]] | None,
) -> Json:
    """Work for people, with the query it is about and the reply nobody could place, and what was held with it.

    `parts`: of a joint call.
    """
    about = None
    if reply is not None:
        together = held.get(reply.ask_back_id, ()) if reply.ask_back_id else ()
        about = _unplaced(reply) | {"held_with": [_unplaced(other) for other in together if other.id != reply.id]}
    query_id = str(row.query_id) if row.query_id else None
    whole = handoff(row) if parts is None else joint_call(row, parts)
    return whole | {"query_id": query_id, "query_code": query_code, "reply": about}


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
    if done.left:
        return [
            f"{done.left} of its queries are still open, and on nobody's list: note what the sender said, or close "
            "them with an outcome. Else they come back to the list when they are due."
        ]
    if done.state not in (State.REPLIED, State.ESCALATED):
        return []  # It is over, was none, or waits for the sender as before.
    if done.listed:
        return [f"The query is still open ({done.state}), and on somebody's list."]
    return [
        f"The query is still open ({done.state}), and on nobody's list: accept an answer, ask again, or close it with "
        "an outcome. Else it comes back to the list when it is due."
    ]


def joint_call(row: Handoff, parts: Sequence[tuple[Handoff, Query]]) -> Json:
    """One call for a person, with every item it is about, and why."""
    first = parts[0][1] if parts else None
    return handoff(row) | {
        "mobile": masked(first.mobile) if first else None,
        "queries": [_part(part, query) for part, query in parts],
    }


def _part(part: Handoff, query: Query) -> Json:
    return {
        "handoff_id": str(part.id),
        "query_id": str(query.id),
        "query_code": query.code,
        "item_id": query.item_id,
        "authority": query.authority,
        "state": query.state,
        "reason": part.reason,
        "sentence": part.sentence,
        "parked_at": local(part.parked_at),
        "closed_at": local(part.closed_at),
    }
