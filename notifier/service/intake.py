"""Taking a referral: new, known, or in conflict with what is known. Two hundred the same make one query."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, literal, outerjoin, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict as Clash
from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import CUSTOMS, Principal
from notifier.domain.query_code import new_code
from notifier.domain.referral import Referral
from notifier.domain.types import Team
from notifier.service.asking import first_round, start_round
from notifier.service.bars import BARS, bars_of
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.service.phones import read_phone
from notifier.service.planning import Asking, first_due, why_people
from notifier.service.transitions import first_entry, record
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.models import Conflict, History, IdempotencyKey, Query
from notifier.storage.models.base import new_id
from notifier.storage.together import insert_together, table_of
from notifier.storage.turns import take_turns

# Built once: putting a statement together costs more than running it.
_QUERIES, _HISTORY = table_of(Query), table_of(History)
_ALWAYS = select(literal(1)).subquery("always")
# One look for both: is the referral known, and does anything speak against a text? A row also when it is not known.
_LOOK = select(_QUERIES.c.id, _QUERIES.c.code, _QUERIES.c.state, _QUERIES.c.content_hash, *BARS).select_from(
    outerjoin(
        _ALWAYS,
        _QUERIES,
        and_(
            _QUERIES.c.authority == bindparam("of_authority"),
            _QUERIES.c.mrn == bindparam("of_mrn"),
            _QUERIES.c.referral_reference == bindparam("of_reference"),
        ),
    )
)


class KeyReused(Clash):
    """A client's own key for a request came again with another request."""


@dataclass(frozen=True)
class Taken:
    """What became of a referral: the query's id, code and state; `conflict_id` when it contradicts the known one.

    `received_at`, `next_due_at`: of a new query, in business time.
    """

    id: UUID
    code: str
    state: State
    new: bool
    conflict_id: UUID | None = None
    received_at: datetime | None = None
    next_due_at: datetime | None = None


@dataclass(frozen=True)
class Door:
    """Which way a referral came, by whom, and the client's own key for the request."""

    principal: Principal
    source: str
    idempotency_key: str | None = None


def accept(ctx: Context, referral: Referral, door: Door) -> Taken:
    """Take one referral in one transaction. Raises KeyReused when the idempotency key was used for another one."""
    try:
        with ctx.database.begin() as session:
            return accept_within(session, ctx, referral, door)
    except IntegrityError:
        # Somebody else took the same referral in this instant: now it is known.
        with ctx.database.begin() as session:
            return accept_within(session, ctx, referral, door)


def accept_within(session: Session, ctx: Context, referral: Referral, door: Door) -> Taken:
    """Take one referral inside the caller's transaction (an import takes a chunk in one)."""
    content_hash = ctx.database.keyring.hash("referral", referral.content_hash())
    _check_key(session, ctx, door, content_hash)
    session.flush()
    now = ctx.clock.business(session)
    asking = Asking(read_phone(ctx, referral.sender_mobile), referral.questions, "intake")
    # Two that count the open queries of one phone at once would each ask the last that may be asked.
    take_turns(session, filter(None, (asking.phone.mobile_hash,)))
    bars = bars_of(ctx, referral.item_id, asking.phone.mobile_hash, now)
    found = session.connection().execute(_LOOK, _identity(referral) | bars).one()
    if found.id is None:
        texted = not why_people(session, ctx, referral, asking, now, found)
        taken = _create(session, ctx, _New(referral, door, content_hash, asking, now), texted)
    elif found.content_hash == content_hash:
        taken = Taken(found.id, found.code, found.state, new=False)
    else:
        taken = _contradict(session, ctx, found.id, referral, content_hash)
    _keep_key(session, ctx, door, content_hash, taken)
    return taken


def _identity(referral: Referral) -> dict[str, Any]:
    return {
        "of_authority": referral.authority,
        "of_mrn": referral.mrn,
        "of_reference": referral.referral_reference,
    }


@dataclass(frozen=True)
class _New:
    """A referral nobody knew, and what is found out about it already."""

    referral: Referral
    door: Door
    content_hash: str
    asking: Asking
    at: datetime


def _create(session: Session, ctx: Context, new: _New, texted: bool) -> Taken:
    row = _query_row(ctx, new)
    entry = first_entry(row["id"], new.at, new.door.principal, {"source": new.door.source, "kind": row["kind"].value})
    row |= {"history_seq": entry["seq"], "history_hash": entry["hash"]}
    if texted:
        rows = [(_QUERIES, row), (_HISTORY, entry), *first_round(ctx, row["id"], new.referral, new.asking, new.at)]
        insert_together(session.connection(), rows)
        wake_after_commit(session, Wake.SEND)
        due = row["next_due_at"]
        return Taken(row["id"], row["code"], State.RECEIVED, new=True, received_at=new.at, next_due_at=due)
    query = Query(**row)
    session.add(query)
    session.flush()
    session.add(History(**entry))
    start_round(session, ctx, query, new.asking, new.at)
    due = query.next_due_at
    return Taken(query.id, query.code, query.state, new=True, received_at=new.at, next_due_at=due)


def _query_row(ctx: Context, new: _New) -> dict[str, Any]:
    referral, phone = new.referral, new.asking.phone
    return {
        "id": new_id(),
        "code": new_code(),
        "authority": referral.authority,
        "destination": referral.destination,
        "kind": referral.kind,
        "mrn": referral.mrn,
        "referral_reference": referral.referral_reference,
        "item_id": referral.item_id,
        "language": referral.language,
        "mobile_given": phone.given,
        "mobile": phone.mobile,
        "mobile_hash": phone.mobile_hash,
        "last4_hash": phone.last4_hash,
        "deadline_at": referral.deadline_at,
        "content_hash": new.content_hash,
        "source": new.door.source,
        "state": State.RECEIVED,
        "round_number": 1,
        "next_due_at": first_due(ctx, new.at, referral),
        "received_at": new.at,
    }


def _contradict(session: Session, ctx: Context, query_id: UUID, referral: Referral, content_hash: str) -> Taken:
    """Keep the other content for staff, once; the query goes on as it is."""
    query = session.get_one(Query, query_id, with_for_update={"key_share": True})
    kept = session.scalar(select(Conflict).where(Conflict.query_id == query_id, Conflict.content_hash == content_hash))
    if kept is None:
        now = ctx.clock.business(session)
        kept = Conflict(
            query_id=query_id,
            content_hash=content_hash,
            content=json.dumps(referral.content(), ensure_ascii=False),
            fields=",".join(_differing(query, referral)),
            received_at=now,
        )
        session.add(kept)
        session.flush()
        detail = {"conflict": str(kept.id), "fields": kept.fields}
        record(session, query, Event.CONFLICT_RECORDED, at=now, actor=CUSTOMS, detail=detail)
        open_handoff(session, _conflict_need(kept.fields), now, query=query)
    return Taken(query.id, query.code, query.state, new=False, conflict_id=kept.id)


_FIELD_WORDS = {
    "destination": "destination",
    "kind": "kind of referral",
    "item_id": "item number",
    "sender_mobile": "sender's mobile",
    "language": "sender's language",
    "deadline_at": "deadline",
    "questions": "questions",
}


def _conflict_need(fields: str) -> Need:
    differing = ", ".join(_FIELD_WORDS[name] for name in fields.split(","))
    sentence = f"The referral came again with other content ({differing}): correct the query, ask again, or leave it."
    return Need(Team.STAFF, Reason.CONFLICT, sentence[:300], priority=2)


def _differing(query: Query, referral: Referral) -> list[str]:
    """Names of the plain fields that differ; questions are named when nothing else does."""
    mine: dict[str, Any] = {
        "destination": query.destination,
        "kind": query.kind,
        "item_id": query.item_id,
        "sender_mobile": query.mobile_given,
        "language": query.language,
        "deadline_at": query.deadline_at,
    }
    return [name for name, value in mine.items() if value != getattr(referral, name)] or ["questions"]


def _key_hash(ctx: Context, door: Door) -> str:
    who = door.principal.id or door.principal.name
    return ctx.database.keyring.hash("idempotency", f"{who}\0{door.idempotency_key}")


def _check_key(session: Session, ctx: Context, door: Door, content_hash: str) -> None:
    if door.idempotency_key is None:
        return
    used = session.scalar(select(IdempotencyKey.request_hash).where(IdempotencyKey.key_hash == _key_hash(ctx, door)))
    if used is not None and used != content_hash:
        raise KeyReused("This Idempotency-Key was used for another referral: use a new key for a new request.")


def _keep_key(session: Session, ctx: Context, door: Door, content_hash: str, taken: Taken) -> None:
    if door.idempotency_key is None:
        return
    key_hash = _key_hash(ctx, door)
    if session.get(IdempotencyKey, key_hash) is None:
        session.add(
            IdempotencyKey(key_hash=key_hash, request_hash=content_hash, query_id=taken.id, created_at=ctx.clock.wall())
        )
