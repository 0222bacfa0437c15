"""The history of a query, checked from outside: numbering, hashes and what it folds to.

The hash is worked out here a second time, from its description alone: SHA-256 over the columns in their order and
the hash before, as compact JSON.
"""

import json
from collections.abc import Sequence
from hashlib import sha256

from notifier.domain.lifecycle import TABLE, Event, State
from notifier.storage.models import History, Query

START = "0" * 64


def problems(query: Query, history: Sequence[History]) -> list[str]:
    """Everything that is wrong with a query's history; empty when it is whole."""
    found = []
    before, state = START, None
    for place, row in enumerate(history, 1):
        if row.seq != place:
            found.append(f"number {row.seq} stands at place {place}")
        if row.prev_hash != before or row.hash != _hash(row):
            found.append(f"the chain breaks at {row.seq}")
        if row.from_state is not state or (state is not None and not _decided(row)):
            found.append(f"{row.event} at {row.seq} does not follow")
        before, state = row.hash, row.to_state
    if (query.history_seq, query.history_hash, query.state) != (len(history), before, state):
        found.append("the query stands elsewhere than its history")
    return found


def _decided(row: History) -> bool:
    assert row.from_state is not None
    decision = TABLE[State(row.from_state), Event(row.event)]
    return (decision.effect, decision.to) == (row.effect, row.to_state)


def _hash(row: History) -> str:
    told = [
        str(row.query_id),
        row.seq,
        row.event.value,
        row.effect,
        row.from_state and row.from_state.value,
        row.to_state.value,
        row.actor,
        row.at.isoformat(),
        row.detail,
        row.prev_hash,
    ]
    return sha256(json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
