"""At what pace texts leave: how many may be claimed now, and for whom. What has to wait stays `queued`.

Nothing sleeps here: each sweep looks at the queue, and a number whose room was used up has some again by then.
"""

from dataclasses import dataclass
from math import ceil

from sqlalchemy import ColumnElement, or_

from notifier.service.context import Context
from notifier.service.threads import home_range
from notifier.storage.models import Text

# A text has two as a rule (its budget in one language); what was claimed too many goes back to the queue.
_USUAL_SEGMENTS = 2


@dataclass(frozen=True)
class Room:
    """How many texts may be claimed now, and to which phones: those whose number of ours has room (None: to all)."""

    texts: int
    phones: ColumnElement[bool] | None = None


def look_for_room(ctx: Context) -> Room | None:
    """None: none of our numbers may send now."""
    if ctx.pace is None:
        return Room(ctx.sending.batch)
    pool = ctx.sending.sender_ids
    free = ctx.pace.room(pool)
    places = [place for place, segments in enumerate(free) if segments > 0]
    if not places:
        return None
    texts = min(ctx.sending.batch, sum(ceil(segments / _USUAL_SEGMENTS) for segments in free))
    if len(places) == len(pool):
        return Room(texts)
    return Room(texts, or_(*(home_range(Text.recipient_hash, place, len(pool)) for place in places)))
