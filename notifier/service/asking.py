"""A new round: who is asked, by what way, and until when. Nothing is dropped: what no text may ask, people do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Effect, Event
from notifier.domain.permissions import SYSTEM
from notifier.domain.referral import AskedQuestion
from notifier.domain.types import Channel, Kind, Team, TextKind
from notifier.domain.window import not_before_quiet_ends, silence_due
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.service.phones import Phone, suppressed
from notifier.service.transitions import record
from notifier.storage.database import Wake, wake_after_commit
from notifier.storage.models import ItemEvent, Query, Question, Round, Text

# An item number may be used again after twelve months (UPU S10); until then a stop on it still speaks of this item.
_STOP_HOLDS = timedelta(days=365)
PHONE_SUPPRESSED = Need(
    Team.HOTLINE,
    Reason.NUMBER_SUPPRESSED,
    "This phone opted out or was marked as wrong, so it gets no text: call the sender, or correct the number.",
    priority=2,
)
_ASKED_ELSEWHERE = {Channel.SECURITY: Team.SECURITY, Channel.HOTLINE: Team.HOTLINE, Channel.STAFF: Team.STAFF}


@dataclass(frozen=True)
class Asking:
    """What a round asks of whom. `chosen`: staff have seen customs' own words and want the text to go out."""

    phone: Phone
    questions: tuple[AskedQuestion, ...]
    reason: str
    chosen: bool = False


def start_round(session: Session, ctx: Context, query: Query, asking: Asking, at: datetime) -> Round:
    """Add the round, and either queue its question or hand the query to people at once.

    The query's state is `received`, or whatever its last event made it; escalating is recorded here.
    """
    asked = Round(query_id=query.id, number=query.round_number, reason=asking.reason, created_at=at)
    session.add(asked)
    session.flush()
    session.add_all(
        Question(
            round_id=asked.id,
            position=place,
            code=question.code,
            channel=ctx.catalogue.channel(question.code),
            customs_words=question.words,
        )
        for place, question in enumerate(asking.questions, 1)
    )
    need = why_people(session, ctx, query, asking, at)
    if need is None:
        queue_text(session, query, asked, TextKind.QUESTION, not_before_quiet_ends(at, ctx.window), ctx)
    else:
        hand_over(session, ctx, query, need, at)
    return asked


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
        open_handoff(session, need, at, query=query)


def queue_text(
    session: Session, query: Query, asked: Round, kind: TextKind, send_after: datetime, ctx: Context
) -> Text:
    """A text row that a worker will claim once `send_after` (business time) has come. Needs a usable number."""
    if query.mobile is None or query.mobile_hash is None:
        raise ValueError("A query without a usable number cannot be texted.")
    now = ctx.clock.wall()
    text = Text(
        query_id=query.id,
        round_id=asked.id,
        kind=kind,
        recipient=query.mobile,
        recipient_hash=query.mobile_hash,
        send_after=send_after,
        next_try_at=now,
        created_at=send_after,
    )
    session.add(text)
    wake_after_commit(session, Wake.SEND)
    return text


def first_due(ctx: Context, at: datetime, deadline_at: datetime | None) -> datetime:
    """When to look at a query whose question has not left: later than any quiet hours, never after the deadline."""
    return silence_due(not_before_quiet_ends(at, ctx.window), deadline_at, ctx.window)


def why_people(session: Session, ctx: Context, query: Query, asking: Asking, at: datetime) -> Need | None:
    """The reason this round must not start with a text, and the team for it; None when a text may go out."""
    return (
        _by_kind_or_channel(ctx, query, asking)
        or _by_number(session, asking.phone)
        or _by_item(session, query, at)
        or _by_wording(ctx, asking)
        or _by_deadline(ctx, query.deadline_at, at)
    )


def _by_kind_or_channel(ctx: Context, query: Query, asking: Asking) -> Need | None:
    if query.kind is Kind.RFS:
        return Need(
            Team.SECURITY,
            Reason.SCREENING,
            "Customs asks for screening: only post security can answer.",
            priority=2,
        )
    channels = {ctx.catalogue.channel(question.code) for question in asking.questions}
    for channel, team in _ASKED_ELSEWHERE.items():
        if channel in channels:
            return Need(team, Reason.NOT_BY_SMS, _ELSEWHERE_SENTENCE[channel], priority=2)
    return None


_ELSEWHERE_SENTENCE = {
    Channel.SECURITY: "Customs asks about screening: post security answers.",
    Channel.HOTLINE: "Customs asks for identity or documents, which no text may ask: call the sender.",
    Channel.STAFF: "No text can ask this question: find the answer in the post, or put it to the sender by phone.",
}


def _by_number(session: Session, phone: Phone) -> Need | None:
    if phone.mobile_hash is None:
        sentence = f"No text can be sent: {phone.number.reason} Find the sender another way, or correct the number."
        return Need(Team.HOTLINE, Reason.NUMBER_UNUSABLE, sentence[:300], priority=2)
    if suppressed(session, phone.mobile_hash) is not None:
        return PHONE_SUPPRESSED
    return None


def _by_item(session: Session, query: Query, at: datetime) -> Need | None:
    stopped = session.scalar(
        select(func.count())
        .select_from(ItemEvent)
        .where(
            ItemEvent.item_id == query.item_id,
            ItemEvent.event == Event.DO_NOT_LOAD,
            ItemEvent.at > at - _STOP_HOLDS,
        )
    )
    if not stopped:
        return None
    return Need(
        Team.STAFF,
        Reason.ITEM_STOPPED,
        "Customs said this item must not be loaded: decide whether to ask at all.",
    )


def _by_wording(ctx: Context, asking: Asking) -> Need | None:
    waits = any(q.words and ctx.catalogue.officer_first(q.code) for q in asking.questions)
    if asking.chosen or not waits:
        return None
    return Need(
        Team.STAFF,
        Reason.CHOOSE_WORDING,
        "Customs wrote free text to this question: read it, then ask again with the catalogue's words, or call.",
    )


def _by_deadline(ctx: Context, deadline_at: datetime | None, at: datetime) -> Need | None:
    if deadline_at is None or not_before_quiet_ends(at, ctx.window) < deadline_at:
        return None
    return Need(
        Team.STAFF,
        Reason.DEADLINE_TOO_CLOSE,
        "The deadline comes before a text may go out: call the sender now, or tell customs.",
        priority=1,
    )
