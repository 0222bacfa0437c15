"""A new round: who is asked, by what way, and until when. Nothing is dropped: what no text may ask, people do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Effect, Event
from notifier.domain.permissions import SYSTEM
from notifier.domain.referral import Referral
from notifier.domain.types import TextKind
from notifier.service.bars import look_for_bars
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_call
from notifier.service.phones import Phone
from notifier.service.planning import Asking, first_due, send_after_of, urgent_by_of, why_people
from notifier.service.transitions import record
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import Handoff, Query, Question, Round, Text
from notifier.storage.models.base import new_id
from notifier.storage.models.texts import TextState
from notifier.storage.together import table_of

_ROUNDS, _QUESTIONS, _TEXTS = table_of(Round), table_of(Question), table_of(Text)


@dataclass(frozen=True)
class Started:
    """How a round begins: with a text, or with what people have to do instead."""

    question: Text | None
    needs: tuple[Need, ...]


def start_round(session: Session, ctx: Context, query: Query, asking: Asking, at: datetime) -> Started:
    """Add the round, and either queue its question or hand the query to people at once.

    The query's state is `received`, or whatever its last event made it; escalating is recorded here.
    """
    asked = Round(**_round_row(query.id, query.round_number, query, asking, at))
    session.add(asked)
    session.flush()
    session.add_all(Question(**row) for row in _question_rows(ctx, asked.id, asking))
    barred = look_for_bars(session, ctx, query, asking.phone.mobile_hash, at)
    needs = why_people(session, ctx, query, asking, at, barred)
    if not needs:
        send_after = send_after_of(ctx, asking, at)
        urgent_by = urgent_by_of(ctx, asking, query, send_after)
        question = queue_text(session, query, asked, TextKind.QUESTION, send_after, ctx, urgent_by=urgent_by)
        question.any_hour = asking.anyway
        return Started(question, ())
    hand_over(session, ctx, query, needs[0], at)
    for need in needs[1:]:
        open_call(session, ctx, need, at, query)
    if needs[0].reason is Reason.MANY_QUERIES:
        sum_up(session, ctx, query, asked, send_after_of(ctx, asking, at))
    return Started(None, needs)


def first_round(
    ctx: Context, query_id: UUID, referral: Referral, asking: Asking, at: datetime
) -> list[tuple[Table, dict[str, Any]]]:
    """The rows of a round that starts with a text, for a query that is inserted together with them."""
    asked = _round_row(query_id, 1, referral, asking, at)
    questions = [(_QUESTIONS, row) for row in _question_rows(ctx, asked["id"], asking)]
    send_after = send_after_of(ctx, asking, at)
    urgent_by = urgent_by_of(ctx, asking, referral, send_after)
    text = _text_row(ctx, query_id, asked["id"], TextKind.QUESTION, asking.phone, send_after, urgent_by)
    return [(_ROUNDS, asked), *questions, (_TEXTS, text)]


def sum_up(session: Session, ctx: Context, query: Query, asked: Round, send_after: datetime) -> None:
    """One text tells the person of the joint call; it belongs to the query that found nobody told yet."""
    session.flush()
    part = (Handoff.query_id == query.id, Handoff.reason == Reason.MANY_QUERIES, Handoff.closed_at.is_(None))
    call_id = session.scalar(select(Handoff.call_id).where(*part))
    said = (Text.call_id == call_id, Text.kind == TextKind.SUMMARY, Text.state != TextState.CANCELLED)
    if call_id is None or session.scalar(select(Text.id).where(*said)) is not None:
        return
    row = _text_row(ctx, query.id, asked.id, TextKind.SUMMARY, query, send_after, first_due(ctx, send_after, query))
    if insert_unless_there(session, Text, row | {"id": new_id(), "call_id": call_id}):
        wake_after_commit(session, Wake.SEND)


def hand_over(
    session: Session, ctx: Context, query: Query, need: Need, at: datetime, event: Event = Event.ESCALATED
) -> None:
    """Move a query to people: the event, the handoff, and when to look again. Late news is only recorded."""
    decision = record(
        session,
        query,
        event,
        at=at,
        actor=SYSTEM,
        due_at=at + ctx.people.handoff_within,
        detail={"reason": need.reason, "team": need.team},
    )
    if decision.effect is not Effect.LATE:
        open_call(session, ctx, need, at, query)


def queue_text(
    session: Session,
    query: Query,
    asked: Round,
    kind: TextKind,
    send_after: datetime,
    ctx: Context,
    *,
    urgent_by: datetime | None = None,
) -> Text:
    """A text row that a worker will claim once `send_after` (business time) has come. Needs a usable number.

    `urgent_by` (business time) orders the queue; without it the text goes before all that may still wait, as an answer
    to somebody who just wrote should. It never moves, so the oldest gets its turn in the end, whatever else comes.
    """
    text = Text(**_text_row(ctx, query.id, asked.id, kind, query, send_after, urgent_by or send_after))
    session.add(text)
    wake_after_commit(session, Wake.SEND)
    return text


def _round_row(query_id: UUID, number: int, about: Query | Referral, asking: Asking, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "query_id": query_id,
        "number": number,
        "reason": asking.reason,
        "mobile": asking.phone.mobile or asking.phone.given,
        "item_id": about.item_id,
        "language": about.language,
        "created_at": at,
    }


def _question_rows(ctx: Context, round_id: UUID, asking: Asking) -> list[dict[str, Any]]:
    return [
        {
            "round_id": round_id,
            "position": place,
            "code": question.code,
            "channel": ctx.catalogue.channel(question.code),
            "customs_words": question.words,
        }
        for place, question in enumerate(asking.questions, 1)
    ]


def _text_row(
    ctx: Context,
    query_id: UUID,
    round_id: UUID,
    kind: TextKind,
    to: Phone | Query,
    send_after: datetime,
    urgent_by: datetime,
) -> dict[str, Any]:
    if to.mobile is None or to.mobile_hash is None:
        raise ValueError("A query without a usable number cannot be texted.")
    return {
        "query_id": query_id,
        "round_id": round_id,
        "kind": kind,
        "recipient": to.mobile,
        "recipient_hash": to.mobile_hash,
        "send_after": send_after,
        "next_try_at": ctx.clock.wall(),
        "urgent_by": urgent_by,
        "created_at": send_after,
    }
