"""What staff note about a handoff for their colleagues, whoever holds it."""

from uuid import UUID

from notifier.domain.errors import Invalid, NotFound
from notifier.domain.permissions import Principal
from notifier.service.context import Context
from notifier.service.joint_calls import whole_of
from notifier.storage.models import CallNote, Handoff

MOST_NOTED = 2000  # characters


def write_note(ctx: Context, handoff_id: UUID, principal: Principal, words: str) -> None:
    """Keep a note, whoever holds the handoff. Raises NotFound, Invalid."""
    body = checked_note(words)
    if body is None:
        raise Invalid.one("note", "is blank.", "Write what colleagues should know.")
    with ctx.database.begin() as session:
        whole = whole_of(session, handoff_id)
        if session.get(Handoff, whole) is None:
            raise NotFound("There is no such handoff.")
        kept = CallNote(handoff_id=whole, author=principal.name, body=body, at=ctx.clock.business(session))
        session.add(kept)


def checked_note(words: str) -> str | None:
    """What an agent noted, or None when it is blank. Raises Invalid when it is too long."""
    if len(words) > MOST_NOTED:
        raise Invalid.one("note", f"is longer than {MOST_NOTED} characters.", "Shorten it.")
    return words.strip() or None
