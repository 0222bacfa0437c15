"""The response window of a round: opened once, by the first sign that the question arrived."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event
from notifier.domain.permissions import SYSTEM
from notifier.domain.types import TextKind
from notifier.domain.window import open_window
from notifier.service.context import Context
from notifier.service.transitions import record
from notifier.storage.models import Query, Round, Text
from notifier.storage.models.texts import TextState


def open_round(session: Session, ctx: Context, query: Query, asked: Round, at: datetime) -> None:
    """Open the window at business time `at`; repeated news changes nothing."""
    if asked.opened_at is not None:
        return
    window = open_window(at, query.deadline_at, ctx.window_of(query.authority, query.kind))
    # The text named a time; a policy that was changed while it travelled does not break that word.
    close_at = max(window.close_at, asked.reply_by or window.close_at)
    # From here on only these rows count: no later change of policy moves an open window.
    asked.opened_at, asked.remind_at, asked.close_at = window.opened_at, window.remind_at, close_at
    due = window.remind_at or close_at
    record(
        session,
        query,
        Event.WINDOW_OPENED,
        at=at,
        actor=SYSTEM,
        due_at=due,
        detail={"round": asked.number, "close_at": close_at.isoformat()},
    )


def comes_too_late(ctx: Context, planned: datetime | None, send_at: datetime, close_at: datetime | None) -> bool:
    """Whether a reminder is late (no matter why) and would leave the sender too little time: then silence is kinder."""
    if planned is None or close_at is None:
        return False
    return send_at - planned > ctx.reconcile.gap and close_at - send_at < ctx.reconcile.reminder_margin


def cancel_waiting_texts(session: Session, query: Query, kinds: tuple[TextKind, ...] = tuple(TextKind)) -> int:
    """Take back what has not been posted; returns how many. What may be with the carrier is left to its outcome."""
    session.flush()
    cancelled = session.execute(
        update(Text)
        .where(
            Text.query_id == query.id,
            Text.kind.in_(kinds),
            Text.state.in_((TextState.QUEUED, TextState.CLAIMED)),
        )
        .values(state=TextState.CANCELLED, lease_token=None, lease_until=None)
        .returning(Text.id)
        .execution_options(synchronize_session=False)
    )
    return len(cancelled.all())
