"""The plan of a round: what it asks of whom, when its text may leave, and why people must ask instead."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event
from notifier.domain.referral import AskedQuestion, Referral
from notifier.domain.types import Channel, Kind, Team
from notifier.domain.window import last_asking, not_before_quiet_ends, silence_due
from notifier.service.bars import Barred, Target, why_barred, why_called
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason
from notifier.service.phones import Phone
from notifier.storage.models import Query

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


def send_after_of(ctx: Context, asking: Asking, at: datetime) -> datetime:
    """When the round's text may leave (business time), if it is queued at `at`."""
    return at if asking.anyway else not_before_quiet_ends(at, ctx.window)


def urgent_by_of(ctx: Context, asking: Asking, asked: Query | Referral, send_after: datetime) -> datetime:
    """When people take over a question that has not left: so what customs gave a near deadline leaves first."""
    return send_after if asking.anyway else first_due(ctx, send_after, asked)


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
    if send_after_of(ctx, asking, at) < (asked.deadline_at if asking.anyway else last):
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
