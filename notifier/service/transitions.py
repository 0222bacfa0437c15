"""The one writer of a query's state: a guarded update and a history row, in the caller's transaction."""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, insert, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from notifier.domain.errors import Stale
from notifier.domain.lifecycle import Decision, Effect, Event, Outcome, State, decide
from notifier.domain.permissions import Principal
from notifier.storage.models import History, Query

GENESIS = "0" * 64


def chain_hash(  # the chain covers every column, in their order
    query_id: UUID,
    seq: int,
    event: str,
    effect: str,
    from_state: str | None,
    to_state: str,
    actor: str,
    at: datetime,
    detail: dict[str, Any],
    prev_hash: str,
) -> str:
    """SHA-256 over a row and the hash before it; anyone with the rows can recompute it."""
    row = [str(query_id), seq, event, effect, from_state, to_state, actor, at.isoformat(), detail, prev_hash]
    return sha256(json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def first_entry(query: Query, at: datetime, actor: Principal, detail: dict[str, Any]) -> dict[str, Any]:
    """The history row of a query that is about to be inserted; sets its sequence and hash."""
    row = _row(query.id, 1, Event.INTAKE_ACCEPTED, Effect.STAY, None, State.RECEIVED, actor, at, detail, GENESIS)
    query.history_seq, query.history_hash = 1, row["hash"]
    return row


def record(
    session: Session,
    query: Query,
    event: Event,
    *,
    at: datetime,
    actor: Principal,
    due_at: datetime | None = None,
    outcome: Outcome | None = None,
    detail: dict[str, Any] | None = None,
) -> Decision:
    """Let `event` happen to a query whose row this transaction has locked.

    `due_at`: the next due time; None keeps the present one. `outcome`: required when the event closes.
    Raises Conflict when the lifecycle refuses, Stale when somebody else wrote meanwhile.
    """
    decision = decide(query.state, event)
    seq = query.history_seq + 1
    row = _row(
        query.id,
        seq,
        event,
        decision.effect,
        query.state,
        decision.to,
        actor,
        at,
        detail or {},
        query.history_hash,
    )
    session.execute(insert(History), row)
    values: dict[str, Any] = {"history_seq": seq, "history_hash": row["hash"]}
    if due_at is not None and decision.effect in (Effect.MOVE, Effect.STAY):
        values["next_due_at"] = due_at
    if decision.effect is Effect.MOVE:
        values |= _moved(decision.to, at, outcome)
    _write(session, query, values)
    return decision


def _moved(to: State, at: datetime, outcome: Outcome | None) -> dict[str, Any]:
    if to is State.CLOSED:
        return {"state": to, "outcome": outcome, "closed_at": at, "next_due_at": None}
    return {"state": to, "outcome": None, "closed_at": None, "firing_failures": 0}


def _row(
    query_id: UUID,
    seq: int,
    event: Event,
    effect: Effect,
    from_state: State | None,
    to_state: State,
    actor: Principal,
    at: datetime,
    detail: dict[str, Any],
    prev_hash: str,
) -> dict[str, Any]:
    columns = (query_id, seq, event, effect, from_state, to_state, actor.name, at, detail, prev_hash)
    names = (
        "query_id",
        "seq",
        "event",
        "effect",
        "from_state",
        "to_state",
        "actor",
        "at",
        "detail",
        "prev_hash",
    )
    return dict(zip(names, columns, strict=True)) | {"hash": chain_hash(*columns)}


def _write(session: Session, query: Query, values: dict[str, Any]) -> None:
    session.flush()
    result = cast(
        CursorResult[Any],
        session.execute(
            update(Query)
            .where(Query.id == query.id, Query.state == query.state, Query.history_seq == query.history_seq)
            .values(values)
            .execution_options(synchronize_session=False)
        ),
    )
    if result.rowcount != 1:
        raise Stale("The query moved on meanwhile.")
    for name, value in values.items():
        set_committed_value(query, name, value)
