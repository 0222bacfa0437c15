"""A new round: who is asked, by what way, and until when. Nothing is dropped: what no text may ask, people do."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Effect, Event
from notifier.domain.permissions import SYSTEM
from notifier.domain.referral import AskedQuestion, Referral
from notifier.domain.types import Channel, Kind, Team, TextKind
from notifier.domain.window import last_asking, not_before_quiet_ends, silence_due
from notifier.service.bars import Barred, Target, look_for_bars, why_barred, why_called
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_call
from notifier.service.phones import Phone
from notifier.service.transitions import record
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import Handoff, Query, Question, Round, Text
from notifier.storage.models.base import new_id
from notifier.storage.models.texts import TextState
from notifier.storage.together import table_of

_ROUNDS, _QUESTIONS, _TEXTS = table_of(Round), table_of(Question), table_of(Text)
_ASKED_ELSEWHERE = {Channel.SECURITY: Team.SECURITY, Channel.HOTLINE: Team.HOTLINE, Channel.STAFF: Team.STAFF}


@dataclass(frozen=True)
class Asking:
    """What a round asks of whom. `chosen`: staff have seen customs' own words and want the text to go out.

    `anyway`: staff want it to go out now, though the item is stopped, it is night, or the deadline is close.
    """

    phone: Phone
    questions: tuple[AskedQuestion, ...]
    reason: str
    chosen: bool = False
    anyway: bool = False


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
        question = queue_text(session, query, asked, TextKind.QUESTION, _send_after(ctx, asking, at), ctx)
        question.any_hour = asking.anyway
        return Started(question, ())
    hand_over(session, ctx, query, needs[0], at)
    for need in needs[1:]:
        open_call(session, ctx, need, at, query)
    if needs[0].reason is Reason.MANY_QUERIES:
        sum_up(session, ctx, query, asked, _send_after(ctx, asking, at))
    return Started(None, needs)


def first_round(
    ctx: Context, query_id: UUID, referral: Referral, asking: Asking, at: datetime
) -> list[tuple[Table, dict[str, Any]]]:
    """The rows of a round that starts with a text, for a query that is inserted together with them."""
    asked = _round_row(query_id, 1, referral, asking, at)
    questions = [(_QUESTIONS, row) for row in _question_rows(ctx, asked["id"], asking)]
    text = _text_row(ctx, query_id, asked["id"], TextKind.QUESTION, asking.phone, _send_after(ctx, asking, at))
    return [(_ROUNDS, asked), *questions, (_TEXTS, text)]


def _send_after(ctx: Context, asking: Asking, at: datetime) -> datetime:
    return at if asking.anyway else not_before_quiet_ends(at, ctx.window)


def sum_up(session: Session, ctx: Context, query: Query, asked: Round, send_after: datetime) -> None:
    """One text tells the person of the joint call; it belongs to the query that found nobody told yet."""
    session.flush()
    part = (Handoff.query_id == query.id, Handoff.reason == Reason.MANY_QUERIES, Handoff.closed_at.is_(None))
    call_id = session.scalar(select(Handoff.call_id).where(*part))
    said = (Text.call_id == call_id, Text.kind == TextKind.SUMMARY, Text.state != TextState.CANCELLED)
    if call_id is None or session.scalar(select(Text.id).where(*said)) is not None:
        return
    row = _text_row(ctx, query.id, asked.id, TextKind.SUMMARY, query, send_after)
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
    session: Session, query: Query, asked: Round, kind: TextKind, send_after: datetime, ctx: Context
) -> Text:
    """A text row that a worker will claim once `send_after` (business time) has come. Needs a usable number."""
    text = Text(**_text_row(ctx, query.id, asked.id, kind, query, send_after))
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
    ctx: Context, query_id: UUID, round_id: UUID, kind: TextKind, to: Phone | Query, send_after: datetime
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
        "created_at": send_after,
    }


def first_due(ctx: Context, at: datetime, asked: Query | Referral) -> datetime:
    """When to look at a query whose question has not left: later than any quiet hours, never after the deadline."""
    policy = ctx.window_of(asked.authority, asked.kind)
    return silence_due(not_before_quiet_ends(at, policy), asked.deadline_at, policy)


def why_people(
    session: Session, ctx: Context, asked: Query | Referral, asking: Asking, at: datetime, barred: Barred
) -> tuple[Need, ...]:
    """Why this round must not start with a text, and for which teams; nothing when a text may go out."""
    elsewhere = _by_kind_or_channel(ctx, asked, asking)
    if elsewhere:
        return elsewhere
    need = (
        _by_number(asking.phone)
        or _by_bars(session, ctx, asked, asking, at, barred)
        or _by_wording(ctx, asking)
        or _by_deadline(ctx, asked, asking, at)
        or _by_crowd(ctx, asked, asking, at, barred)
    )
    return (need,) if need else ()


def _by_kind_or_channel(ctx: Context, asked: Query | Referral, asking: Asking) -> tuple[Need, ...]:
    """One for each team that has to answer something."""
    if asked.kind is Kind.RFS:
        return (_SCREENING,)
    channels = {ctx.catalogue.channel(question.code) for question in asking.questions}
    if channels <= {Channel.SMS}:
        return ()
    return tuple(
        Need(team, Reason.NOT_BY_SMS, _ELSEWHERE_SENTENCE[channel], priority=2)
        for channel, team in _ASKED_ELSEWHERE.items()
        if channel in channels
    ) + _rest_by_phone(channels)


def _rest_by_phone(channels: set[Channel]) -> tuple[Need, ...]:
    """What a text could have asked is asked by the hotline too, since no text goes out."""
    if Channel.SMS not in channels or Channel.HOTLINE in channels:
        return ()
    sentence = "Others answer a part of this, so no text goes out: call the sender, and ask the rest."
    return (Need(Team.HOTLINE, Reason.NOT_BY_SMS, sentence, priority=2),)


_SCREENING = Need(
    Team.SECURITY,
    Reason.SCREENING,
    "Customs asks for screening: only post security can answer.",
    priority=2,
)
_ELSEWHERE_SENTENCE = {
    Channel.SECURITY: "Customs asks about screening: post security answers.",
    Channel.HOTLINE: "Customs asks for identity or documents, which no text may ask: call the sender.",
    Channel.STAFF: "No text can ask this question: find the answer in the post, or put it to the sender by phone.",
}


def _by_number(phone: Phone) -> Need | None:
    if phone.mobile_hash is not None:
        return None
    sentence = f"No text can be sent: {phone.number.reason} Find the sender another way, or correct the number."
    return Need(Team.HOTLINE, Reason.NUMBER_UNUSABLE, sentence[:300], priority=2)


def _by_bars(
    session: Session, ctx: Context, asked: Query | Referral, asking: Asking, at: datetime, barred: Barred
) -> Need | None:
    """What is known of the phone, then of the item."""
    if asking.phone.mobile_hash is None:
        return None
    query_id = asked.id if isinstance(asked, Query) else None
    return why_barred(session, ctx, Target(asking.phone.mobile_hash, asking.anyway, query_id), barred, at)


def _by_wording(ctx: Context, asking: Asking) -> Need | None:
    waits = any(q.words and ctx.catalogue.officer_first(q.code) for q in asking.questions)
    if asking.chosen or not waits:
        return None
    return Need(
        Team.STAFF,
        Reason.CHOOSE_WORDING,
        "Customs wrote free text to this question: read it, then ask again with the catalogue's words, or call.",
    )


def _by_deadline(ctx: Context, asked: Query | Referral, asking: Asking, at: datetime) -> Need | None:
    if asked.deadline_at is None:
        return None
    # Staff who ask anyway spend the margin that is theirs.
    last = last_asking(asked.deadline_at, ctx.window_of(asked.authority, asked.kind))
    if _send_after(ctx, asking, at) < (asked.deadline_at if asking.anyway else last):
        return None
    return Need(
        Team.STAFF,
        Reason.DEADLINE_TOO_CLOSE,
        "The deadline comes before a text may go out: call the sender now, ask again by a later deadline or at once, "
        "or tell customs.",
        priority=1,
    )


def _by_crowd(ctx: Context, asked: Query | Referral, asking: Asking, at: datetime, barred: Barred) -> Need | None:
    """Staff who ask again want a text, whatever else the sender is asked."""
    need = None if asking.reason == Event.ASKED_AGAIN else why_called(ctx, barred)
    if need is None:
        return None
    pressing = ctx.people.urgency.priority(ctx.at_work(at), asked.deadline_at)
    return replace(need, priority=min(need.priority, pressing))
