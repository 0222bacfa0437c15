"""The one writer of a query's state: a guarded update and a history row, in the caller's transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from notifier.domain.errors import Stale
from notifier.domain.lifecycle import Decision, Effect, Event, Outcome, State, decide
from notifier.domain.permissions import Principal
from notifier.storage.models import History, Query
from notifier.storage.together import table_of, update_each

GENESIS = "0" * 64
_MOVED_ON = "The query moved on meanwhile."

# Built once: putting a statement together costs more than running it.
_HISTORY, _QUERIES = table_of(History), table_of(Query)
_PLACE = (
    _QUERIES.c.id == bindparam("of_query"),
    _QUERIES.c.state == bindparam("of_state"),
    _QUERIES.c.history_seq == bindparam("of_seq"),
)
_ENTER = insert(_HISTORY)
_MOVE = update(_QUERIES).where(*_PLACE)
# What news changes of a query: it moves no state.
_HEAR = (
    update(_QUERIES)
    .where(*_PLACE)
    .values(
        history_seq=bindparam("entry_seq"),
        history_hash=bindparam("entry_hash"),
        next_due_at=func.coalesce(bindparam("due_at", type_=_QUERIES.c.next_due_at.type), _QUERIES.c.next_due_at),
    )
)


class Standing(Protocol):
    """Where a query stands: a Query, or a row with these columns of it."""

    @property
    def id(self) -> UUID: ...
    @property
    def state(self) -> State: ...
    @property
    def history_seq(self) -> int: ...
    @property
    def history_hash(self) -> str: ...


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


def first_entry(query_id: UUID, at: datetime, actor: Principal, detail: dict[str, Any]) -> dict[str, Any]:
    """The history row of a query that is about to be inserted; its `seq` and `hash` belong into the query too."""
    return _row(query_id, 1, Event.INTAKE_ACCEPTED, Effect.STAY, None, State.RECEIVED, actor, at, detail, GENESIS)


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
    _append(session, row)
    values: dict[str, Any] = {"history_seq": seq, "history_hash": row["hash"]}
    if due_at is not None and decision.effect in (Effect.MOVE, Effect.STAY):
        values["next_due_at"] = due_at
    if decision.effect is Effect.MOVE:
        values |= _moved(decision.to, at, outcome)
    _write(session, query, values)
    return decision


@dataclass(frozen=True)
class News:
    """An event that moves no state, ready to be written: its history row, and what it changes of its query."""

    entry: dict[str, Any]
    change: dict[str, Any]


def news(
    query: Standing, event: Event, *, at: datetime, actor: Principal, due_at: datetime | None, detail: dict[str, Any]
) -> News:
    """As for `record`, the query's row must be locked.

    Raises Conflict when the lifecycle refuses the event, ValueError when it would move the query.
    """
    decision = decide(query.state, event)
    if decision.effect is Effect.MOVE:
        raise ValueError(f"{event} moves a query that is {query.state}: record it.")
    columns = (query.id, query.history_seq + 1, event, decision.effect, query.state, decision.to)
    row = _row(*columns, actor, at, detail, query.history_hash)
    due = due_at if decision.effect is Effect.STAY else None
    return News(row, _place(query) | {"entry_seq": row["seq"], "entry_hash": row["hash"], "due_at": due})


def record_news(connection: Connection, told: Sequence[News]) -> None:
    """Write news of several queries, one of each: two statements for all of them. Raises Stale."""
    if not told:
        return
    try:
        connection.execute(_ENTER, [one.entry for one in told])
    except IntegrityError:
        raise Stale(_MOVED_ON) from None
    update_each(connection, _HEAR, [one.change for one in told])


def _place(query: Standing) -> dict[str, Any]:
    return {"of_query": query.id, "of_state": query.state, "of_seq": query.history_seq}


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


def _append(session: Session, row: dict[str, Any]) -> None:
    # What else is pending goes first: then only the row's own number can be taken.
    session.flush()
    try:
        session.connection().execute(_ENTER, row)
    except IntegrityError:
        raise Stale(_MOVED_ON) from None


def _write(session: Session, query: Query, values: dict[str, Any]) -> None:
    result = session.connection().execute(_MOVE, _place(query) | values)
    if result.rowcount != 1:
        raise Stale(_MOVED_ON)
    for name, value in values.items():
        set_committed_value(query, name, value)
