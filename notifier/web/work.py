"""Work for people as clients see it: what waits, and what finishing it leaves open."""

from notifier.domain.lifecycle import State
from notifier.service.handoffs import Finished
from notifier.storage.models import Handoff, Reply
from notifier.web.representations import Json, handoff, local, masked


def handoff_with_reply(row: Handoff, reply: Reply | None, query_code: str | None) -> Json:
    """Work for people, with the query it is about and the reply nobody could place."""
    about = None
    if reply is not None:
        about = {
            "id": str(reply.id),
            "text": reply.body,
            "from": masked(reply.phone),
            "received_at": local(reply.received_at),
        }
    query_id = str(row.query_id) if row.query_id else None
    return handoff(row) | {"query_id": query_id, "query_code": query_code, "reply": about}


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
