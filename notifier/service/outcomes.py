"""What became of a POST: accepted ones are recorded in small groups, everything else in its own transaction.

Accepted: the carrier has it. NotSent: again later. Never: people take over. Unknown: ask before sending again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from notifier.carriers.port import Accepted, Fault, Hold, Never, NotSent, Outcome, Unknown
from notifier.domain.lifecycle import Event
from notifier.domain.permissions import SYSTEM
from notifier.domain.types import Team, TextKind, Trouble
from notifier.service.acceptances import take_acceptances
from notifier.service.asking import hand_over
from notifier.service.claims import Held
from notifier.service.context import Context
from notifier.service.daily_cap import count_today
from notifier.service.handoffs import Need, Reason
from notifier.service.phones import Evidence, suppress
from notifier.service.rounds import round_number
from notifier.service.switches import pause_for_carrier
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.models import Attempt, Query, Text
from notifier.storage.models.people import SuppressionReason
from notifier.storage.models.texts import AttemptOutcome, TextState

_OUTCOMES = {
    NotSent: AttemptOutcome.NOT_SENT,
    Never: AttemptOutcome.NEVER,
    Unknown: AttemptOutcome.UNKNOWN,
}


log = structlog.get_logger()


def record_outcomes(ctx: Context, results: Sequence[tuple[Held, Outcome]]) -> None:
    """Write down how several POSTs ended: acceptances together, and alone whatever does not go with the others.

    One that cannot be written takes no other with it. Its row goes on saying "posting": when its lease ends it becomes
    unknown, and the carrier is asked.
    """
    written = _written_together(ctx, results)
    for place, (held, outcome) in enumerate(results):
        if held.text_id in written:
            continue
        try:
            record_outcome(ctx, held, outcome)
        except Exception as failure:
            log.error("outcome_not_recorded", attempt=str(held.attempt_id), error=type(failure).__name__)
            if _is_away(failure):
                lost = sum(one.text_id not in written for one, _ in results[place + 1 :])
                log.error("outcomes_not_recorded", number=lost, error=type(failure).__name__)
                return


def _written_together(ctx: Context, results: Sequence[tuple[Held, Outcome]]) -> Collection[UUID]:
    """The texts that were recorded in one go; what went wrong with that shows when they are recorded alone."""
    firsts = {held.query_id: (held, outcome) for held, outcome in results if isinstance(outcome, Accepted)}
    try:
        return take_acceptances(ctx, {held.text_id: (held, outcome) for held, outcome in firsts.values()})
    except Exception:
        return ()


def _is_away(failure: Exception) -> bool:
    """Whether the database itself cannot be had: the next ones would only wait for it in vain, one after the other.

    What the server refuses carries its code; without one it was not reached, or (SQLite) could not be written.
    """
    if isinstance(failure, OperationalError | InterfaceError):
        return getattr(failure.orig, "sqlstate", None) is None
    return isinstance(failure, PoolExhausted)


def record_outcome(ctx: Context, held: Held, outcome: Outcome) -> None:
    """Write down how a POST ended, and what follows from it."""
    if isinstance(outcome, Accepted):
        take_acceptances(ctx, {held.text_id: (held, outcome)}, waiting=True)
        return
    with ctx.database.begin() as session:
        query = session.get_one(Query, held.query_id, with_for_update={"key_share": True})
        _close_attempt(session, ctx, held.attempt_id, outcome)
        if not isinstance(outcome, Unknown):
            count_today(session, ctx, -held.segments)  # The carrier refused it.
        if isinstance(outcome, NotSent):
            _again_later(session, ctx, held, outcome)
        elif isinstance(outcome, Never):
            _give_up(session, ctx, query, held, outcome)
        else:
            _ask_later(session, ctx, held)


def _close_attempt(session: Session, ctx: Context, attempt_id: UUID, outcome: NotSent | Never | Unknown) -> None:
    session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id)
        .values(
            finished_at=ctx.clock.wall(),
            outcome=_OUTCOMES[type(outcome)],
            reason=outcome.reason[:300],
            error_code=outcome.code,
        )
        .execution_options(synchronize_session=False)
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
    refusals = session.scalars(select(Text.refusals).where(Text.id == held.text_id)).one()
    everything = outcome.hold is not Hold.TEXT
    # What a pause holds back leaves as soon as it ends: it has no wait of its own.
    wait = timedelta(0) if everything else max(outcome.retry_after or timedelta(0), backoff(ctx, refusals))
    again_at = ctx.clock.wall() + wait
    _move(session, held, {"state": TextState.QUEUED, "next_try_at": again_at, "refusals": refusals + 1})
    pause_for_carrier(session, ctx, outcome.reason, outcome.hold)


def backoff(ctx: Context, refusals: int) -> timedelta:
    """Doubling from the first wait to the longest; `refusals` came before this one."""
    policy = ctx.sending
    return min(policy.backoff_first * (1 << min(refusals, 20)), policy.backoff_most)


def _give_up(session: Session, ctx: Context, query: Query, held: Held, outcome: Never) -> None:
    if not _move(
        session, held, {"state": TextState.FAILED, "error_code": outcome.code, "reason": outcome.reason[:300]}
    ):
        return
    text = session.get_one(Text, held.text_id, populate_existing=True)
    settle(text, ctx.clock.business(session), ctx.carrier.explain(outcome.code).trouble)
    text_failed(session, ctx, query, text, outcome.reason, outcome.fault)


def send_anew(session: Session, ctx: Context, text: Text) -> None:
    """The carrier took the text and says now that it did not arrive: back into the queue, for a new attempt.

    Its words are rendered anew. Whether it is still wanted is looked at when it is claimed.
    """
    # An adopted SID may stand on no attempt yet: it is kept on the latest, so that its late news binds nothing.
    of_this = Attempt.carrier_sid == text.carrier_sid
    latest = and_(Attempt.carrier_sid.is_(None), Attempt.number == text.attempts)
    session.execute(
        update(Attempt)
        .where(Attempt.text_id == text.id, or_(of_this, latest))
        .values(failed_later=True, carrier_sid=text.carrier_sid)
        .execution_options(synchronize_session=False)
    )
    text.state, text.carrier_sid, text.delivery, text.handed_over_at = TextState.QUEUED, None, None, None
    text.ever_posted = False
    text.next_try_at = ctx.clock.wall() + backoff(ctx, text.attempts - 1)
    wake_after_commit(session, Wake.SEND)


def text_failed(session: Session, ctx: Context, query: Query, text: Text, reason: str, fault: Fault | None) -> None:
    """A text will not arrive: note an opted-out phone, and let people take over what the text was for."""
    now = ctx.clock.business(session)
    if fault is Fault.OPTED_OUT:
        said = Evidence("the carrier says so", SYSTEM.name, None, _latest_attempt(session, text), text.error_code)
        suppress(session, text.recipient_hash, SuppressionReason.OPTED_OUT, said, now)
    if not _costs_the_answer(session, query, text, fault):
        return
    need = Need(
        Team.HOTLINE,
        Reason.NOT_DELIVERED,
        f"{reason} Call the sender, or correct the number."[:300],
        priority=2,
    )
    hand_over(session, ctx, query, need, now, Event.TEXT_FAILED)


def settle(text: Text, at: datetime, trouble: Trouble | None) -> None:
    """It is known what became of a text; `trouble`: what that tells of the phone. Later news overrides it."""
    text.settled_at, text.trouble = at, trouble


def _latest_attempt(session: Session, text: Text) -> UUID | None:
    made = select(Attempt.id).where(Attempt.text_id == text.id).order_by(Attempt.number.desc())
    return session.scalar(made.limit(1))


def _costs_the_answer(session: Session, query: Query, text: Text, fault: Fault | None) -> bool:
    """Whether the sender can no longer be asked by text.

    A lost reminder or notice costs nothing, the closing still comes; and an earlier round's loss is no news.
    """
    if text.recipient_hash != query.mobile_hash:
        return False
    asked_now = text.kind is TextKind.QUESTION and round_number(session, text.round_id) == query.round_number
    return asked_now or fault is Fault.OPTED_OUT


def _ask_later(session: Session, ctx: Context, held: Held) -> None:
    wait = ctx.clock.wall() + ctx.sending.unknown_wait
    _move(session, held, {"state": TextState.UNKNOWN, "ever_posted": True, "next_try_at": wait})
