"""Claiming texts: one statement on both databases, a lease, and the body frozen in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Table, Update, bindparam, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from notifier.carriers.port import Outgoing
from notifier.domain.lifecycle import Event, State
from notifier.domain.segments import measure
from notifier.domain.types import UNPROMPTED, TextKind
from notifier.service.admission import Postponed, Skipped, admit, skip
from notifier.service.asking import hand_over
from notifier.service.context import Context
from notifier.service.gap import replies_heard_until
from notifier.service.handoffs import open_handoff
from notifier.service.pace import Room
from notifier.service.rendering import Frozen, Unfit, Unwanted, freeze, text_refused
from notifier.service.switches import sending_on
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.models import Attempt, Query, Round, Text
from notifier.storage.models.base import new_id
from notifier.storage.models.texts import TextState
from notifier.storage.together import table_of

_AWAKE = timedelta(hours=1)  # how long whoever wrote, or asked for an answer at night, is thought to be awake
_TEXTS, _ROUNDS, _ATTEMPTS = table_of(Text), table_of(Round), table_of(Attempt)
# Built once: putting a statement together costs more than running it.
_ATTEMPT = insert(_ATTEMPTS)


@dataclass(frozen=True)
class Claimed:
    """How often a text was claimed, this time included, and how many of those ended in a refusal for now."""

    attempts: int
    refusals: int

    @property
    def tries(self) -> int:
        """Those that may have broken something."""
        return self.attempts - self.refusals


@dataclass(frozen=True)
class Held:
    """A text this worker holds, and the attempt to be made of it."""

    query_id: UUID
    text_id: UUID
    attempt_id: UUID
    token: UUID
    outgoing: Outgoing

    @property
    def segments(self) -> int:
        """How many the carrier sends."""
        return measure(self.outgoing.body).segments


def claim_batch(ctx: Context, room: Room | None = None) -> list[Held]:
    """Take due texts, the soonest due first, and freeze them. Texts that may not go out become handoffs.

    `room`: how many now, and to which phones; without it as many as make a batch. Nothing is returned only when nothing
    is due: where none of those taken may go out, the next are.
    """
    room = room or Room(ctx.sending.batch)
    while (held := _claim_and_freeze(ctx, room)) == []:
        pass
    return held or []


def _claim_and_freeze(ctx: Context, room: Room) -> list[Held] | None:
    """None: nothing is due."""
    token = uuid4()
    with ctx.database.begin() as session:
        wall, business = ctx.clock.wall(), ctx.clock.business(session)
        claimed = _claim(session, ctx, token, wall, business, room)
        if not claimed:
            return None
        if len(claimed) == ctx.sending.batch:
            # There is probably more: somebody else may take it while these are posted.
            wake_after_commit(session, Wake.SEND)
        within = [_within_tries(ctx, text, claimed) for text in freeze(session, ctx, list(claimed), business)]
        frozen = admit(session, ctx, within, business)
        _cancel(session, [text for text in frozen if isinstance(text, Unwanted)])
        _postpone(session, [text for text in frozen if isinstance(text, Postponed)])
        held = _write_frozen(session, [text for text in frozen if isinstance(text, Frozen)], claimed, token, wall)
    for text in frozen:
        if isinstance(text, Unfit):
            _refuse(ctx, text, token)
        elif isinstance(text, Skipped):
            skip(ctx, text, token)
    return held


def _within_tries(
    ctx: Context, text: Frozen | Unfit | Unwanted, claimed: Mapping[UUID, Claimed]
) -> Frozen | Unfit | Unwanted:
    """A text that killed its worker, or stayed unknown, too often goes to people. Tries are counted before the work.

    A carrier that refuses for now is no reason: the text waits, until its due time brings people.
    """
    most = ctx.sending.attempts_most
    if not isinstance(text, Frozen) or claimed[text.text_id].tries <= most:
        return text
    need = text_refused(f"Nobody learned in {most} tries whether the text went out: call the sender.")
    return Unfit(text.text_id, text.query_id, text.kind, need)


def due_texts(ctx: Context, wall: datetime, business: datetime) -> list[ColumnElement[bool]]:
    """What makes a text due. Quiet hours are looked at now, not only when it was queued: it may have been held up."""
    due = [Text.state == TextState.QUEUED, Text.next_try_at <= wall, Text.send_after <= business]
    quiet = ctx.window.quiet_hours is not None and ctx.window.quiet_hours.contains(business)
    if not quiet:
        return due
    # A notice answers somebody who just wrote; when it was held up, by a pause say, they are asleep by now.
    return [*due, or_(Text.any_hour, Text.kind.not_in(UNPROMPTED)), Text.send_after > business - _AWAKE]


def _claim(
    session: Session, ctx: Context, token: UUID, wall: datetime, business: datetime, room: Room
) -> dict[UUID, Claimed]:
    """What was in a worker's hands before is claimed alone: its neighbours must not pay for what it does to a worker.

    The most urgent goes first, so that neither kind waits for the other.
    """
    due = [sending_on(), *due_texts(ctx, wall, business)]
    if room.phones is not None:
        due.append(room.phones)
    due += _after_replies(session, ctx, wall, business)
    suspected = Text.attempts > Text.refusals
    first_is = session.scalar(select(suspected).where(*due).order_by(Text.urgent_by).limit(1))
    if first_is is None:
        return {}
    values = {"state": TextState.CLAIMED, "lease_token": token, "lease_until": wall + ctx.sending.lease}
    kinds = (([*due, ~suspected], room.texts), ([*due, suspected], 1))
    first, second = reversed(kinds) if first_is else kinds
    # Another worker may have taken all of the first kind in this instant.
    return _take(session, *first, values) or _take(session, *second, values)


def _take(
    session: Session, due: Sequence[ColumnElement[bool]], most: int, values: Mapping[str, Any]
) -> dict[UUID, Claimed]:
    soonest = select(Text.id).where(*due).order_by(Text.urgent_by).limit(most)
    picked = soonest.with_for_update(skip_locked=True).cte("picked")
    claimed = session.execute(
        update(Text)
        .where(Text.id.in_(select(picked.c.id)))
        .values(**values, attempts=Text.attempts + 1)
        .returning(Text.id, Text.attempts, Text.refusals)
        .execution_options(synchronize_session=False)
    )
    return {row.id: Claimed(row.attempts, row.refusals) for row in claimed}


def _after_replies(session: Session, ctx: Context, wall: datetime, business: datetime) -> list[ColumnElement[bool]]:
    """Reminders wait for replies that came before their time, and for what may have come while nobody listened."""
    due = exists().where(*due_texts(ctx, wall, business), Text.kind == TextKind.REMINDER)
    if not session.scalar(select(due)) or (until := replies_heard_until(session, ctx)) is None:
        return []
    return [or_(Text.kind != TextKind.REMINDER, Text.send_after < until)]


def _write_frozen(
    session: Session, frozen: Sequence[Frozen], claimed: Mapping[UUID, Claimed], token: UUID, wall: datetime
) -> list[Held]:
    held = [_hold(text, token) for text in frozen]
    if not held:
        return []
    fresh = [text for text in frozen if "body_hash" in text.columns]
    _update_each(session, _TEXTS, {text.text_id: text.columns for text in fresh})
    _update_each(
        session, _ROUNDS, {text.promises: {"reply_by": text.columns["reply_by"]} for text in fresh if text.promises}
    )
    attempts = [_attempt(one, claimed[one.text_id].attempts, wall) for one in held]
    session.connection().execute(_ATTEMPT, attempts)
    return held


def _update_each(session: Session, table: Table, columns: Mapping[UUID, Mapping[str, Any]]) -> None:
    """The same columns of many rows, each with its own values, in one round trip."""
    if not columns:
        return
    names = tuple(next(iter(columns.values())))
    rows = [{"row_id": row_id, **values} for row_id, values in columns.items()]
    session.connection().execute(_update_of(table, names), rows)


@lru_cache(maxsize=16)
def _update_of(table: Table, names: tuple[str, ...]) -> Update:
    return update(table).where(table.c.id == bindparam("row_id")).values({name: bindparam(name) for name in names})


def _hold(text: Frozen, token: UUID) -> Held:
    attempt_id = new_id()
    outgoing = Outgoing(text.recipient, text.columns["sender_id"], text.columns["body"], str(attempt_id))
    return Held(text.query_id, text.text_id, attempt_id, token, outgoing)


def _attempt(held: Held, number: int, wall: datetime) -> dict[str, Any]:
    return {
        "id": held.attempt_id,
        "text_id": held.text_id,
        "number": number,
        "claimed_at": wall,
        "asked": 0,
        "failed_later": False,
    }


def _cancel(session: Session, unwanted: Sequence[Unwanted]) -> None:
    free = {"state": TextState.CANCELLED, "lease_token": None, "lease_until": None}
    _update_each(session, _TEXTS, {text.text_id: free | {"reason": text.because} for text in unwanted})


def _postpone(session: Session, postponed: Sequence[Postponed]) -> None:
    """Back into the queue: nothing was tried."""
    if not postponed:
        return
    free = {"state": TextState.QUEUED, "lease_token": None, "lease_until": None}
    back = update(_TEXTS).where(_TEXTS.c.id == bindparam("row_id"))
    session.connection().execute(
        back.values(**free, attempts=_TEXTS.c.attempts - 1, send_after=bindparam("until")),
        [{"row_id": text.text_id, "until": text.until} for text in postponed],
    )


def _refuse(ctx: Context, unfit: Unfit, token: UUID) -> None:
    """In a transaction of its own: the query is locked before its text, as everywhere."""
    with ctx.database.begin() as session:
        query = session.get_one(Query, unfit.query_id, with_for_update={"key_share": True})
        refused = session.execute(
            update(Text)
            .where(Text.id == unfit.text_id, Text.lease_token == token, Text.state == TextState.CLAIMED)
            .values(state=TextState.FAILED, reason=unfit.need.sentence, lease_token=None, lease_until=None)
            .returning(Text.id)
            .execution_options(synchronize_session=False)
        )
        if refused.scalar() is None:
            return
        at = ctx.clock.business(session)
        if unfit.kind is TextKind.QUESTION:
            hand_over(session, ctx, query, unfit.need, at, Event.TEXT_FAILED)
        elif query.state is not State.CLOSED:
            # Without it the waiting goes on, and the closing comes. After the end nobody waits for a word.
            open_handoff(session, unfit.need, at, query=query)
