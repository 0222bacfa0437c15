"""The sweep: fires every due time that has come, each in its own transaction, and finds what a lost wake left behind.

No due time lives in a queue: when everything was down for days, the next sweep fires them all, once.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import SYSTEM
from notifier.domain.types import Team, TextKind
from notifier.domain.window import not_before_quiet_ends
from notifier.service.answers import raise_overdue_answers
from notifier.service.ask_backs import give_up_overdue
from notifier.service.asking import hand_over, queue_text
from notifier.service.claims import due_texts
from notifier.service.clocks import ring_claims, ring_review
from notifier.service.context import Context
from notifier.service.firing import fire_each, is_passing
from notifier.service.gap import beat, heard_until, replies_heard_until
from notifier.service.gathering import gather
from notifier.service.handoffs import Need, Reason, is_on_a_list, last_team, open_call
from notifier.service.items import stop_what_slipped_by
from notifier.service.joint_calls import gather_strays
from notifier.service.leases import expire_leases
from notifier.service.low_water import LowWater
from notifier.service.rounds import current_round
from notifier.service.switches import is_paused, resume_what_ends
from notifier.service.transitions import record
from notifier.service.tries import counted, set_back, uncount
from notifier.service.unplaced import READ_IT_FIRST, asked_which, waits_to_be_placed
from notifier.service.windows import cancel_waiting_texts, comes_too_late, open_round
from notifier.storage.database import Wake
from notifier.storage.models import Query, Round, Text, Webhook
from notifier.storage.models.inbound import WebhookState
from notifier.storage.models.people import Overdue
from notifier.storage.models.texts import TextState

_LOOK_AGAIN = timedelta(minutes=1)  # whether a "Which item?" is over


def sweep(ctx: Context, low_water: LowWater | None = None) -> int:
    """One pass over everything; returns how many queries' due times were fired."""
    fired = fire_due(ctx, low_water)
    ring_clocks(ctx)
    return fired


def fire_due(ctx: Context, low_water: LowWater | None = None) -> int:
    """What is due of queries; returns how many. What speaks to senders waits for what they wrote before (gap.py).

    `low_water`: where to begin, for who sweeps again and again; without it everything is looked at.
    """
    beat(ctx)
    resume_what_ends(ctx)
    expire_leases(ctx)
    stop_what_slipped_by(ctx)
    with closing(counted(ctx, _due(ctx, low_water or LowWater()))) as due:
        return fire_each(due, partial(_fire, ctx), partial(set_back, ctx))


def ring_clocks(ctx: Context) -> None:
    """People's clocks. They come after what senders are told: after days without a sweep thousands may ring."""
    raise_overdue_answers(ctx)
    gather_strays(ctx)
    ring_claims(ctx)
    give_up_overdue(ctx)


def _due(ctx: Context, low_water: LowWater) -> list[Row[Any]]:
    with ctx.database.read() as session:
        heard, now = heard_until(session, ctx), ctx.clock.business(session)
        due = [Query.state != State.CLOSED, Query.next_due_at <= now]
        due += [or_(Query.state != state, Query.next_due_at < until) for state, until in heard.items()]
        if (mark := low_water.begin(ctx.clock.wall())) is not None:
            due.append(Query.next_due_at >= mark)
        found: list[Row[Any]] = list(
            session.execute(
                select(Query.id, Query.firing_failures, Query.quarantined_at, Query.next_due_at)
                .where(*due)
                .order_by(Query.next_due_at)
                .limit(ctx.sweep_batch)
            )
        )
    # What waits stays due, and is passed over.
    low_water.looked(min([found[0].next_due_at if found else now, *heard.values()]))
    return found


def _fire(ctx: Context, query_id: UUID) -> bool:
    try:
        fired = _fire_one(ctx, query_id)
    except Exception as failure:
        if is_passing(failure):
            # It was counted before the work, and the work never failed.
            uncount(ctx, [query_id])
        raise
    if not fired:
        uncount(ctx, [query_id])  # Somebody else has its row, and may have it for several sweeps.
    return fired


def _fire_one(ctx: Context, query_id: UUID) -> bool:
    with ctx.database.begin() as session:
        at = ctx.clock.business(session)
        query = session.scalar(
            select(Query)
            .where(Query.id == query_id, Query.state != State.CLOSED, Query.next_due_at <= at)
            .with_for_update(skip_locked=True, key_share=True)
        )
        if query is None:
            return False  # Another sweep has it, or a reply won.
        _DUE[query.state](session, ctx, query, at)
        query.firing_failures, query.quarantined_at = 0, None
    return True


def _received_due(session: Session, ctx: Context, query: Query, at: datetime) -> None:
    """The question is sent and its grace is over; or it never left; or the carrier never said a word."""
    asked = current_round(session, query)
    question = session.scalar(select(Text).where(Text.round_id == asked.id, Text.kind == TextKind.QUESTION))
    if question is not None and question.delivery == "sent":
        open_round(session, ctx, query, asked, at)
        return
    left = question is not None and question.state is TextState.HANDED_OVER
    sentence = (
        "The carrier never said whether the text arrived: call the sender."
        if left
        else "The text could not leave in time: call the sender."
    )
    _escalate(session, ctx, query, Need(Team.HOTLINE, Reason.NO_RECEIPT, sentence, priority=2), at)


def _awaiting_due(session: Session, ctx: Context, query: Query, at: datetime) -> None:
    """The closing comes first: after an outage a reminder that comes too late is dropped."""
    if asked_which(session, query) is not None:
        query.next_due_at = at + _LOOK_AGAIN  # The sender wrote, and is asked about what.
        return
    asked = current_round(session, query)
    if asked.close_at is None or asked.close_at <= at:
        if _closes_unheard(session, ctx, query, asked.close_at):
            query.next_due_at = asked.close_at
            return
        _escalate(session, ctx, query, _who_closes(session, ctx, query, asked), at, Event.WINDOW_CLOSED)
    else:
        _remind(session, ctx, query, asked, at)


def _closes_unheard(session: Session, ctx: Context, query: Query, close_at: datetime | None) -> bool:
    """An earlier due time of it was free to fire, and its closing is not: a reply from before that is not read yet."""
    if close_at is None or query.next_due_at is None or query.next_due_at >= close_at:
        return False  # This was looked at before it was taken up.
    until = replies_heard_until(session, ctx)
    return until is not None and until <= close_at


def _who_closes(session: Session, ctx: Context, query: Query, asked: Round) -> Need:
    """Who has written is not called as if they had not."""
    if waits_to_be_placed(session, query.mobile_hash, asked.created_at):
        return READ_IT_FIRST
    part = bool(gather(session, ctx, asked).replies)
    return Need(Team.HOTLINE, Reason.NO_REPLY, _PART_ANSWERED if part else _NOT_ANSWERED)


_NOT_ANSWERED = "The sender did not answer in time: call, or tell customs that no answer can be given."
_PART_ANSWERED = "The sender answered only some of the questions in time: read the replies, and call for the rest."


def _remind(session: Session, ctx: Context, query: Query, asked: Round, at: datetime) -> None:
    send_after = not_before_quiet_ends(at, ctx.window)
    reminded = session.scalar(select(Text.id).where(Text.round_id == asked.id, Text.kind == TextKind.REMINDER))
    wanted = reminded is None and asked.close_at is not None and send_after < asked.close_at
    detail: dict[str, Any] = {"round": asked.number, "queued": wanted}
    if wanted and comes_too_late(ctx, asked.remind_at, send_after, asked.close_at):
        wanted, detail = False, detail | {"queued": False, "because": "too little time is left"}
    if wanted and waits_to_be_placed(session, query.mobile_hash, asked.created_at):
        wanted, detail = False, detail | {"queued": False, "because": "a reply of this phone waits to be placed"}
    record(session, query, Event.REMINDER_QUEUED, at=at, actor=SYSTEM, due_at=asked.close_at, detail=detail)
    if wanted:
        queue_text(session, query, asked, TextKind.REMINDER, send_after, ctx, urgent_by=asked.close_at)


def _people_due(session: Session, ctx: Context, query: Query, at: datetime) -> None:
    look_again = at + ctx.people.handoff_within
    listed = is_on_a_list(session, query)
    overdue = query.state is State.REPLIED and ring_review(session, query)
    if listed and not overdue:
        query.next_due_at = look_again  # Somebody has it, and that work has a clock of its own.
        return
    detail = {"reason": Overdue.REVIEW.value} if overdue else {}
    record(session, query, Event.REVIEW_OVERDUE, at=at, actor=SYSTEM, due_at=look_again, detail=detail)
    if not listed:
        # Whoever had it finished their part, and nobody decided: an open query is somebody's work at all times.
        open_call(session, ctx, _still_open(session, query), at, query)


def _still_open(session: Session, query: Query) -> Need:
    if query.state is State.REPLIED:
        sentence = "The sender replied and nobody decided: accept the answer, ask again, or close with an outcome."
        return Need(Team.STAFF, Reason.STILL_OPEN, sentence, priority=2)
    sentence = (
        "The query is open and nobody has it in hand: write down what the sender said, correct it, ask again, close it "
        "with an outcome, or hand it to a team that may."
    )
    return Need(last_team(session, query) or Team.HOTLINE, Reason.STILL_OPEN, sentence, priority=2)


def _escalate(
    session: Session, ctx: Context, query: Query, need: Need, at: datetime, event: Event = Event.ESCALATED
) -> None:
    cancel_waiting_texts(session, query)
    pressing = ctx.people.urgency.priority(ctx.at_work(at), query.deadline_at)
    hand_over(session, ctx, query, replace(need, priority=min(need.priority, pressing)), at, event)


_DUE: dict[State, Callable[[Session, Context, Query, datetime], None]] = {
    State.RECEIVED: _received_due,
    State.AWAITING_REPLY: _awaiting_due,
    State.REPLIED: _people_due,
    State.ESCALATED: _people_due,
}


def leftovers(ctx: Context) -> set[Wake]:
    """What waits although somebody should have been woken: the hint was lost, or its time has only now come."""
    with ctx.database.read() as session:
        wall, business = ctx.clock.wall(), ctx.clock.business(session)
        texts = select(Text.id).where(*due_texts(ctx, wall, business)).limit(1)
        webhooks = select(Webhook.id).where(Webhook.state == WebhookState.PENDING, Webhook.next_try_at <= wall).limit(1)
        found = set()
        if not is_paused(session) and session.scalar(texts) is not None:
            found.add(Wake.SEND)
        if session.scalar(webhooks) is not None:
            found.add(Wake.WEBHOOKS)
        return found
