"""What became of a POST: each outcome is recorded on its own, in its own transaction.

Accepted: the carrier has it. NotSent: again later. Never: people take over. Unknown: ask before sending again.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifier.carriers.port import Accepted, Fault, Hold, Never, NotSent, Outcome, Unknown
from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import SYSTEM
from notifier.domain.receipts import advance
from notifier.domain.types import Team, TextKind
from notifier.domain.window import silence_due
from notifier.service.asking import hand_over
from notifier.service.claims import Held
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason
from notifier.service.phones import suppress
from notifier.service.switches import pause_sending
from notifier.service.transitions import record
from notifier.storage.models import Attempt, Query, Round, Text
from notifier.storage.models.people import SuppressionReason
from notifier.storage.models.texts import AttemptOutcome, TextState

# States in which a text may still turn out to be with the carrier.
_UNSETTLED = (TextState.POSTING, TextState.UNKNOWN, TextState.QUEUED, TextState.CLAIMED, TextState.CANCELLED)
_OUTCOMES = {
    Accepted: AttemptOutcome.ACCEPTED,
    NotSent: AttemptOutcome.NOT_SENT,
    Never: AttemptOutcome.NEVER,
    Unknown: AttemptOutcome.UNKNOWN,
}


def record_outcome(ctx: Context, held: Held, outcome: Outcome) -> None:
    """Write down how a POST ended, and what follows from it."""
    with ctx.database.begin() as session:
        query = session.get_one(Query, held.query_id, with_for_update=True)
        _close_attempt(session, ctx, held.attempt_id, outcome)
        if isinstance(outcome, Accepted):
            bind(session, ctx, query, held.text_id, outcome.sid, outcome.status)
        elif isinstance(outcome, NotSent):
            _again_later(session, ctx, held, outcome)
        elif isinstance(outcome, Never):
            _give_up(session, ctx, query, held, outcome)
        else:
            _ask_later(session, ctx, held)


def bind(session: Session, ctx: Context, query: Query, text_id: UUID, sid: str, status: str) -> bool:
    """The carrier has this text under `sid`: from its answer, a receipt, or a search. The query's row is locked.

    Returns False when the text is bound already, or the SID belongs to another one.
    """
    if session.scalar(select(Text.id).where(Text.carrier_sid == sid)) is not None:
        return False
    now = ctx.clock.business(session)
    bound = session.execute(
        update(Text)
        .where(Text.id == text_id, Text.carrier_sid.is_(None), Text.state.in_(_UNSETTLED))
        .values(
            state=TextState.HANDED_OVER,
            carrier_sid=sid,
            delivery=advance(None, status),
            handed_over_at=now,
            lease_token=None,
            lease_until=None,
        )
        .returning(Text.kind, Text.round_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if bound is None:
        return False
    number = round_number(session, bound.round_id)
    detail = {"text": str(text_id), "kind": bound.kind.value, "round": number}
    due = _due_after(ctx, query, now) if bound.kind is TextKind.QUESTION and number == query.round_number else None
    record(session, query, Event.TEXT_HANDED_OVER, at=now, actor=SYSTEM, due_at=due, detail=detail)
    return True


def _due_after(ctx: Context, query: Query, now: datetime) -> datetime | None:
    if query.state is not State.RECEIVED:
        return None
    return silence_due(now, query.deadline_at, ctx.window)


def _close_attempt(session: Session, ctx: Context, attempt_id: UUID, outcome: Outcome) -> None:
    values: dict[str, Any] = {"finished_at": ctx.clock.wall(), "outcome": _OUTCOMES[type(outcome)]}
    if isinstance(outcome, Accepted):
        values["carrier_sid"] = outcome.sid
    else:
        values |= {"reason": outcome.reason[:300], "error_code": outcome.code}
    session.execute(
        update(Attempt).where(Attempt.id == attempt_id).values(values).execution_options(synchronize_session=False)
    )


def _move(session: Session, held: Held, values: dict[str, Any]) -> bool:
    """Change the text if this worker still holds it."""
    moved = session.execute(
        update(Text)
        .where(Text.id == held.text_id, Text.lease_token == held.token, Text.state == TextState.POSTING)
        .values(lease_token=None, lease_until=None, **values)
        .returning(Text.id)
        .execution_options(synchronize_session=False)
    )
    return moved.scalar() is not None


def _again_later(session: Session, ctx: Context, held: Held, outcome: NotSent) -> None:
    attempts = session.scalar(select(Text.attempts).where(Text.id == held.text_id)) or 1
    wait = max(outcome.retry_after or timedelta(0), backoff(ctx, attempts))
    _move(session, held, {"state": TextState.QUEUED, "next_try_at": ctx.clock.wall() + wait})
    if outcome.hold is Hold.EVERYTHING:
        pause_sending(session, ctx, outcome.reason, SYSTEM)


def backoff(ctx: Context, attempts: int) -> timedelta:
    """Doubling from the first wait to the longest."""
    policy = ctx.sending
    doublings = min(attempts - 1, 20)
    return min(policy.backoff_first * (1 << doublings), policy.backoff_most)


def _give_up(session: Session, ctx: Context, query: Query, held: Held, outcome: Never) -> None:
    if not _move(
        session, held, {"state": TextState.FAILED, "error_code": outcome.code, "reason": outcome.reason[:300]}
    ):
        return
    text = session.get_one(Text, held.text_id, populate_existing=True)
    text_failed(session, ctx, query, text, outcome.reason, outcome.fault)


def text_failed(session: Session, ctx: Context, query: Query, text: Text, reason: str, fault: Fault | None) -> None:
    """A text will not arrive: note an opted-out phone, and let people take over what the text was for."""
    now = ctx.clock.business(session)
    if fault is Fault.OPTED_OUT:
        suppress(session, text.recipient_hash, SuppressionReason.OPTED_OUT, "the carrier says so", now)
    if not _costs_the_answer(session, query, text, fault):
        return
    need = Need(
        Team.HOTLINE,
        Reason.NOT_DELIVERED,
        f"{reason} Call the sender, or correct the number."[:300],
        priority=2,
    )
    hand_over(session, ctx, query, need, now, Event.TEXT_FAILED)


def _costs_the_answer(session: Session, query: Query, text: Text, fault: Fault | None) -> bool:
    """Whether the sender can no longer be asked by text.

    A lost reminder or notice costs nothing, the closing still comes; and an earlier round's loss is no news.
    """
    if text.recipient_hash != query.mobile_hash:
        return False
    asked_now = text.kind is TextKind.QUESTION and round_number(session, text.round_id) == query.round_number
    return asked_now or fault is Fault.OPTED_OUT


def round_number(session: Session, round_id: UUID) -> int:
    """Which asking of its query a round is."""
    return session.scalars(select(Round.number).where(Round.id == round_id)).one()


def _ask_later(session: Session, ctx: Context, held: Held) -> None:
    wait = ctx.clock.wall() + ctx.sending.unknown_wait
    _move(session, held, {"state": TextState.UNKNOWN, "ever_posted": True, "next_try_at": wait})
