"""What became of a POST: each outcome is recorded on its own, in its own transaction.

Accepted: the carrier has it. NotSent: again later. Never: people take over. Unknown: ask before sending again.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from notifier.carriers.port import Accepted, Fault, Hold, Never, NotSent, Outcome, Unknown
from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import SYSTEM
from notifier.domain.receipts import at_hand_over
from notifier.domain.types import Team, TextKind
from notifier.domain.window import silence_due
from notifier.service.asking import hand_over
from notifier.service.claims import Held
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason
from notifier.service.phones import suppress
from notifier.service.switches import pause_sending
from notifier.service.transitions import NEWS, news, record
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.models import Attempt, Query, Round, Text
from notifier.storage.models.people import SuppressionReason
from notifier.storage.models.texts import AttemptOutcome, TextState
from notifier.storage.together import Together, table_of

# States in which a text may still turn out to be with the carrier.
_UNSETTLED = (TextState.POSTING, TextState.UNKNOWN, TextState.QUEUED, TextState.CLAIMED, TextState.CANCELLED)
_OUTCOMES = {
    NotSent: AttemptOutcome.NOT_SENT,
    Never: AttemptOutcome.NEVER,
    Unknown: AttemptOutcome.UNKNOWN,
}

_QUERIES, _ROUNDS, _TEXTS, _ATTEMPTS = (table_of(model) for model in (Query, Round, Text, Attempt))
_OTHERS = _TEXTS.alias("others")
# The query's row is locked first, and then the text's, as everywhere.
_LOCK = (
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
        or_(
            exists().where(_OTHERS.c.carrier_sid == bindparam("new_sid")),
            # An earlier attempt of a text that was sent anew: its fate is known.
            exists().where(_ATTEMPTS.c.carrier_sid == bindparam("new_sid"), _ATTEMPTS.c.text_id != _TEXTS.c.id),
            exists().where(_ATTEMPTS.c.carrier_sid == bindparam("new_sid"), _ATTEMPTS.c.failed_later),
        ).label("sid_known"),
    )
    .join_from(_QUERIES, _TEXTS, _TEXTS.c.query_id == _QUERIES.c.id)
    .join(_ROUNDS, _ROUNDS.c.id == _TEXTS.c.round_id)
    .where(_TEXTS.c.id == bindparam("of_text"))
    .with_for_update(of=[_QUERIES, _TEXTS], key_share=True)
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
_HAND_OVER = Together(*NEWS, _BIND, _CLOSE)


def record_outcome(ctx: Context, held: Held, outcome: Outcome) -> None:
    """Write down how a POST ended, and what follows from it."""
    with ctx.database.begin() as session:
        if isinstance(outcome, Accepted):
            _take_acceptance(session, ctx, held, outcome)
            return
        query = session.get_one(Query, held.query_id, with_for_update={"key_share": True})
        _close_attempt(session, ctx, held.attempt_id, outcome)
        if isinstance(outcome, NotSent):
            _again_later(session, ctx, held, outcome)
        elif isinstance(outcome, Never):
            _give_up(session, ctx, query, held, outcome)
        else:
            _ask_later(session, ctx, held)


def _take_acceptance(session: Session, ctx: Context, held: Held, outcome: Accepted) -> None:
    """What nearly every POST ends with: one look under lock, then all writes at once."""
    connection = session.connection()
    found = connection.execute(_LOCK, {"of_text": held.text_id, "new_sid": outcome.sid}).one()
    closing = {"of_attempt": held.attempt_id, "ended_at": ctx.clock.wall(), "new_sid": outcome.sid}
    if not _may_bind(found):
        connection.execute(_CLOSE, closing)
        return
    now = ctx.clock.business(session)
    told = news(found, Event.TEXT_HANDED_OVER, **_handed_over(ctx, found, now))
    _HAND_OVER.execute(connection, told | closing | _binding(found, now, outcome.sid, outcome.status))


def bind(session: Session, ctx: Context, query: Query, text_id: UUID, sid: str, status: str) -> bool:
    """The carrier has this text under `sid`: from a receipt, or a search. The query's row is locked.

    Returns False when the text is bound already, or the SID belongs to another one.
    """
    session.flush()
    found = session.connection().execute(_LOCK, {"of_text": text_id, "new_sid": sid}).one()
    if not _may_bind(found):
        return False
    now = ctx.clock.business(session)
    session.connection().execute(_BIND, _binding(found, now, sid, status))
    record(session, query, Event.TEXT_HANDED_OVER, **_handed_over(ctx, found, now))
    return True


def _may_bind(found: Any) -> bool:
    """Also a text that was given up while nobody knew whether it went out: it did."""
    unsettled = found.text_state in _UNSETTLED or (found.text_state is TextState.FAILED and found.ever_posted)
    return found.carrier_sid is None and unsettled and not found.sid_known


def _binding(found: Any, now: datetime, sid: str, status: str) -> dict[str, Any]:
    return {"of_text": found.text_id, "new_time": now, "new_sid": sid, "new_delivery": at_hand_over(status)}


def _handed_over(ctx: Context, found: Any, now: datetime) -> dict[str, Any]:
    """What the history says of it, and when to look again if the carrier stays silent."""
    asks = found.kind is TextKind.QUESTION and found.asked_number == found.round_number
    waits = asks and found.state is State.RECEIVED
    policy = ctx.window_of(found.authority, found.asked_kind)
    due = silence_due(now, found.deadline_at, policy) if waits else None
    detail = {"text": str(found.text_id), "kind": found.kind.value, "round": found.asked_number}
    return {"at": now, "actor": SYSTEM, "due_at": due, "detail": detail}


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
    everything = outcome.hold is Hold.EVERYTHING
    # What a pause holds back leaves as soon as it ends: it has no wait of its own.
    wait = timedelta(0) if everything else max(outcome.retry_after or timedelta(0), backoff(ctx, refusals))
    again_at = ctx.clock.wall() + wait
    _move(session, held, {"state": TextState.QUEUED, "next_try_at": again_at, "refusals": refusals + 1})
    if everything:
        pause_sending(session, ctx, outcome.reason, SYSTEM)


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
