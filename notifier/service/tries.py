"""Tries of due times, counted before the work: one that kills its sweep, or fails again and again, goes to people."""

from collections.abc import Generator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Row, select, update

from notifier.domain.types import Team
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.storage.models import Query

log = structlog.get_logger()

_PROBLEMS_BEFORE_PEOPLE = 5
_TOGETHER = 50  # are counted in one statement
_QUARANTINE = timedelta(days=1)  # then it has one more try: the fault may be mended


def counted(ctx: Context, due: Sequence[Row[Any]]) -> Generator[UUID, None, None]:
    """What is due, each counted before the work, so that one which kills its worker is set aside in the end.

    Those that failed before, or were in a dead sweep's hands, are counted one by one: the others must not pay for them.
    """
    fresh = [row.id for row in due if not row.firing_failures]
    for place in range(0, len(fresh), _TOGETHER):
        yield from _counted_together(ctx, fresh[place : place + _TOGETHER])
    for row in due:
        if row.firing_failures >= _PROBLEMS_BEFORE_PEOPLE and row.quarantined_at is None:
            _give_up(ctx, row.id)  # It never came as far as to fail.
        elif row.firing_failures:
            # Out of quarantine it has one more try.
            tries = min(row.firing_failures + 1, _PROBLEMS_BEFORE_PEOPLE)
            yield from _count(ctx, [row.id], {"firing_failures": tries, "quarantined_at": None})


def _counted_together(ctx: Context, query_ids: list[UUID]) -> Generator[UUID, None, None]:
    """Those that the pass did not come to are as they were."""
    mine = _count(ctx, query_ids, {"firing_failures": Query.firing_failures + 1})
    reached = 0
    try:
        for query_id in mine:
            reached += 1
            yield query_id
    finally:
        if reached < len(mine):
            uncount(ctx, mine[reached:])


def _count(ctx: Context, query_ids: list[UUID], values: dict[str, Any], *which: ColumnElement[bool]) -> list[UUID]:
    """Those that were free, in their order: nobody waits here for who has one of them, and may have it for long."""
    mine = select(Query.id).where(Query.id.in_(query_ids), *which).with_for_update(skip_locked=True, key_share=True)
    with ctx.database.begin() as session:
        done = set(
            session.scalars(
                update(Query)
                .where(Query.id.in_(select(mine.cte("mine").c.id)))
                .values(values)
                .returning(Query.id)
                .execution_options(synchronize_session=False)
            )
        )
    return [query_id for query_id in query_ids if query_id in done]


def uncount(ctx: Context, query_ids: list[UUID]) -> None:
    """Nothing failed. Whoever fired it meanwhile has begun the count anew."""
    _count(ctx, query_ids, {"firing_failures": Query.firing_failures - 1}, Query.firing_failures > 0)


def _give_up(ctx: Context, query_id: UUID) -> None:
    """Set back what its sweep died of; where that breaks as well, the others pass all the same."""
    try:
        set_back(ctx, query_id)
    except Exception as failure:
        log.error("due_time_not_set_back", row=str(query_id), error=type(failure).__name__)


def set_back(ctx: Context, query_id: UUID) -> None:
    """Let others pass; a query that fails again and again goes to people."""
    with ctx.database.begin() as session:
        query = session.get_one(Query, query_id, with_for_update={"key_share": True})
        failures, at = query.firing_failures, ctx.clock.business(session)
        given_up = failures >= _PROBLEMS_BEFORE_PEOPLE
        wait = _QUARANTINE if given_up else timedelta(minutes=2**failures)
        query.next_due_at, query.quarantined_at = at + wait, at if given_up else None
        if given_up:
            sentence = (
                "A due time of this query could not be fired: tell whoever runs the service, and call the sender."
            )
            open_handoff(session, Need(Team.STAFF, Reason.QUARANTINED, sentence, priority=1), at, query=query)
