"""The carrier has it: what nearly every POST ends with, written for many texts at once."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Select, bindparam, literal, select, union_all, update
from sqlalchemy.orm import Session

from notifier.carriers.port import Accepted
from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import SYSTEM
from notifier.domain.receipts import at_hand_over
from notifier.domain.types import TextKind
from notifier.domain.window import silence_due
from notifier.service.claims import Held
from notifier.service.context import Context
from notifier.service.transitions import news, record, record_news
from notifier.storage.models import Attempt, Query, Round, Text
from notifier.storage.models.texts import AttemptOutcome, TextState
from notifier.storage.together import table_of, update_each

# States in which a text may still turn out to be with the carrier.
_UNSETTLED = (TextState.POSTING, TextState.UNKNOWN, TextState.QUEUED, TextState.CLAIMED, TextState.CANCELLED)

_QUERIES, _ROUNDS, _TEXTS, _ATTEMPTS = (table_of(model) for model in (Query, Round, Text, Attempt))


# Built once: putting a statement together costs more than running it.
def _lock(skip: bool) -> Select[Any]:
    """The query's row is locked first, and then the text's, as everywhere."""
    return (
        select(
            _QUERIES.c.id,
            _QUERIES.c.state,
            _QUERIES.c.history_seq,
            _QUERIES.c.history_hash,
            _QUERIES.c.round_number,
            _QUERIES.c.deadline_at,
            _QUERIES.c.authority,
            _QUERIES.c.kind.label("asked_kind"),
            _ROUNDS.c.number.label("asked_number"),
            _TEXTS.c.id.label("text_id"),
            _TEXTS.c.kind,
            _TEXTS.c.state.label("text_state"),
            _TEXTS.c.carrier_sid,
            _TEXTS.c.ever_posted,
        )
        .join_from(_QUERIES, _TEXTS, _TEXTS.c.query_id == _QUERIES.c.id)
        .join(_ROUNDS, _ROUNDS.c.id == _TEXTS.c.round_id)
        .where(_TEXTS.c.id.in_(bindparam("of_texts", expanding=True)))
        .with_for_update(of=[_QUERIES, _TEXTS], key_share=True, skip_locked=skip)
    )


_LOCK, _LOCK_WHAT_IS_FREE = _lock(skip=False), _lock(skip=True)
_SIDS: BindParameter[Any] = bindparam("of_sids", expanding=True)
_KNOWN_SIDS = union_all(
    select(_TEXTS.c.carrier_sid, _TEXTS.c.id.label("text_id"), literal(True).label("settled")).where(
        _TEXTS.c.carrier_sid.in_(_SIDS)
    ),
    # An attempt that was accepted and failed later was sent anew: its fate is known.
    select(_ATTEMPTS.c.carrier_sid, _ATTEMPTS.c.text_id, _ATTEMPTS.c.failed_later).where(
        _ATTEMPTS.c.carrier_sid.in_(_SIDS)
    ),
)
_BIND = (
    update(_TEXTS)
    .where(_TEXTS.c.id == bindparam("of_text"))
    .values(
        state=TextState.HANDED_OVER,
        carrier_sid=bindparam("new_sid"),
        delivery=bindparam("new_delivery"),
        handed_over_at=bindparam("new_time"),
        lease_token=None,
        lease_until=None,
    )
)
_CLOSE = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.id == bindparam("of_attempt"))
    .values(finished_at=bindparam("ended_at"), outcome=AttemptOutcome.ACCEPTED, carrier_sid=bindparam("new_sid"))
)


def take_acceptances(
    ctx: Context, posts: Mapping[UUID, tuple[Held, Accepted]], *, waiting: bool = False
) -> Collection[UUID]:
    """Record in one transaction that the carrier has these texts, by their ids: a few statements for all of them.

    The texts must be of different queries. What somebody else holds is left out, unless one is `waiting` for it: a
    group that never waits can stand in nobody's way. Returns the ids of those recorded. Raises Stale.
    """
    with ctx.database.begin() as session:
        connection = session.connection()
        locked = connection.execute(_LOCK if waiting else _LOCK_WHAT_IS_FREE, {"of_texts": list(posts)}).all()
        closing, binding, told = [], [], []
        now, wall = ctx.clock.business(session), ctx.clock.wall()
        taken = _taken_sids(connection, {row.text_id: posts[row.text_id][1].sid for row in locked})
        for row in locked:
            held, outcome = posts[row.text_id]
            closing.append({"of_attempt": held.attempt_id, "ended_at": wall, "new_sid": outcome.sid})
            if _may_bind(row, row.text_id in taken):
                binding.append(_binding(row.text_id, now, outcome.sid, outcome.status))
                told.append(news(row, Event.TEXT_HANDED_OVER, **_handed_over(ctx, row, now)))
        record_news(connection, told)
        update_each(connection, _BIND, binding)
        update_each(connection, _CLOSE, closing)
    return {row.text_id for row in locked}


def bind(session: Session, ctx: Context, query: Query, text_id: UUID, sid: str, status: str) -> bool:
    """The carrier has this text under `sid`: from a receipt, or a search. The query's row is locked.

    Returns False when the text is bound already, or the SID belongs to another one.
    """
    session.flush()
    connection = session.connection()
    found = connection.execute(_LOCK, {"of_texts": [text_id]}).one()
    if not _may_bind(found, text_id in _taken_sids(connection, {text_id: sid})):
        return False
    now = ctx.clock.business(session)
    connection.execute(_BIND, _binding(text_id, now, sid, status))
    record(session, query, Event.TEXT_HANDED_OVER, **_handed_over(ctx, found, now))
    return True


def _taken_sids(connection: Connection, sids: Mapping[UUID, str]) -> set[UUID]:
    """The texts whose SID names something else already: another text, or an attempt whose fate is known."""
    of_text = {sid: text_id for text_id, sid in sids.items()}
    known = connection.execute(_KNOWN_SIDS, {"of_sids": list(of_text)}) if of_text else ()
    return {of_text[row.carrier_sid] for row in known if row.settled or row.text_id != of_text[row.carrier_sid]}


def _may_bind(found: Any, sid_taken: bool) -> bool:
    """Also a text that was given up while nobody knew whether it went out: it did."""
    unsettled = found.text_state in _UNSETTLED or (found.text_state is TextState.FAILED and found.ever_posted)
    return found.carrier_sid is None and unsettled and not sid_taken


def _binding(text_id: UUID, now: datetime, sid: str, status: str) -> dict[str, Any]:
    return {"of_text": text_id, "new_time": now, "new_sid": sid, "new_delivery": at_hand_over(status)}


def _handed_over(ctx: Context, found: Any, now: datetime) -> dict[str, Any]:
    """What the history says of it, and when to look again if the carrier stays silent."""
    asks = found.kind is TextKind.QUESTION and found.asked_number == found.round_number
    waits = asks and found.state is State.RECEIVED
    policy = ctx.window_of(found.authority, found.asked_kind)
    due = silence_due(now, found.deadline_at, policy) if waits else None
    detail = {"text": str(found.text_id), "kind": found.kind.value, "round": found.asked_number}
    return {"at": now, "actor": SYSTEM, "due_at": due, "detail": detail}
