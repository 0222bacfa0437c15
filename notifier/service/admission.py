"""The last look before a text leaves: whether its phone may have one more. Within the claim's own transaction.

The cap may be reached, or a phone turn out dead, between intake and sending. A question then becomes work for the
hotline, as does an answer to somebody who wrote; a reminder is skipped, which the history tells, and the closing comes.
What is only over the cap of an hour waits; a question that would then miss its deadline is people's at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event
from notifier.domain.number_health import Load
from notifier.domain.permissions import SYSTEM
from notifier.domain.types import UNPROMPTED, Team, TextKind
from notifier.domain.window import last_asking, not_before_quiet_ends
from notifier.service.context import Context
from notifier.service.fatigue import loads
from notifier.service.handoffs import Need, Reason
from notifier.service.number_health import is_overridden, unhealthy
from notifier.service.rendering import Frozen, Unfit, Unwanted
from notifier.service.transitions import record
from notifier.storage.models import Handoff, Query, Text
from notifier.storage.models.texts import TextState
from notifier.storage.turns import take_turns

# Built once: putting a statement together costs more than running it.
_FAILED = select(Text.recipient_hash).where(
    Text.recipient_hash.in_(bindparam("of_phones", expanding=True)),
    Text.trouble.is_not(None),
    Text.settled_at > bindparam("since"),
)


@dataclass(frozen=True)
class Skipped:
    """A reminder that is left out, and why; the query goes on waiting."""

    text_id: UUID
    query_id: UUID
    because: str


@dataclass(frozen=True)
class Postponed:
    """A text whose phone has had enough in this hour; it may go `until` then at the earliest (business time)."""

    text_id: UUID
    until: datetime


_Judged = Frozen | Unfit | Unwanted | Skipped | Postponed


def admit(session: Session, ctx: Context, texts: Sequence[Frozen | Unfit | Unwanted], now: datetime) -> list[_Judged]:
    """Let those texts through whose phones may have one more, in the order given."""
    needed = _without_needless_reminders(session, texts)
    leaving = [text for text in needed if isinstance(text, Frozen)]
    if not leaving:
        return list(needed)
    phones = {text.phone_hash for text in leaving}
    # Two workers that count the same phone at once would each let its last text through.
    take_turns(session, phones)
    had = loads(session, phones, now, but=[text.text_id for text in leaving])
    doubtful = _doubtful(session, ctx, phones, now)
    admitted: list[_Judged] = []
    for text in needed:
        judged = _judge(session, ctx, text, had, doubtful, now) if isinstance(text, Frozen) else text
        if isinstance(judged, Frozen):
            had[judged.phone_hash] = _one_more(had.get(judged.phone_hash, Load()))
        admitted.append(judged)
    return admitted


def _without_needless_reminders(
    session: Session, texts: Sequence[Frozen | Unfit | Unwanted]
) -> Sequence[Frozen | Unfit | Unwanted | Skipped]:
    """Whoever is called about many items need not be reminded of one."""
    reminded = {text.phone_hash for text in texts if isinstance(text, Frozen) and text.kind is TextKind.REMINDER}
    if not reminded:
        return texts
    open_calls = select(Handoff.phone_hash).where(Handoff.phone_hash.in_(reminded), Handoff.closed_at.is_(None))
    called = set(session.scalars(open_calls))
    return [
        Skipped(text.text_id, text.query_id, "The sender is called about all items.")
        if isinstance(text, Frozen) and text.kind is TextKind.REMINDER and text.phone_hash in called
        else text
        for text in texts
    ]


def _judge(
    session: Session, ctx: Context, text: Frozen, had: Mapping[str, Load], doubtful: set[str], now: datetime
) -> _Judged:
    load = had.get(text.phone_hash, Load())
    # Whoever just wrote has a phone that works: an answer looks at the cap alone.
    looks = text.kind in UNPROMPTED and text.phone_hash in doubtful
    if looks or load.full(ctx.numbers):
        need = unhealthy(session, ctx, text.phone_hash, now, text.query_id, load)
        if need is not None:
            return _held_back(text, need)
    free_at = load.waits_until(ctx.numbers, now)
    return text if free_at is None else _postponed(session, ctx, text, free_at)


def _postponed(session: Session, ctx: Context, text: Frozen, free_at: datetime) -> Frozen | Unfit | Postponed:
    if is_overridden(session, text.phone_hash, text.query_id):
        return text
    any_hour = text.kind not in UNPROMPTED or session.get_one(Text, text.text_id).any_hour
    until = free_at if any_hour else not_before_quiet_ends(free_at, ctx.window)
    if text.kind is TextKind.QUESTION:
        query = session.get_one(Query, text.query_id)
        deadline, policy = query.deadline_at, ctx.window_of(query.authority, query.kind)
        if deadline is not None and last_asking(deadline, policy) <= until:
            return Unfit(text.text_id, text.query_id, text.kind, _HOUR_AND_DEADLINE)
    return Postponed(text.text_id, until)


_HOUR_AND_DEADLINE = Need(
    Team.HOTLINE,
    Reason.TEXT_CAP,
    "This phone has had its texts for this hour, and the deadline comes before the next: call the sender.",
    priority=1,
)


def _held_back(text: Frozen, need: Need) -> Unfit | Skipped | Unwanted:
    if text.kind is TextKind.SUMMARY:
        return Unwanted(text.text_id, need.sentence)  # The call that it announces comes all the same.
    if text.kind is TextKind.REMINDER:
        return Skipped(text.text_id, text.query_id, need.sentence)
    return Unfit(text.text_id, text.query_id, text.kind, need)


def _doubtful(session: Session, ctx: Context, phones: set[str], now: datetime) -> set[str]:
    """Phones with a failure of their own lately: these few are looked at one by one."""
    since = now - ctx.numbers.failures_within
    return set(session.connection().execute(_FAILED, {"of_phones": list(phones), "since": since}).scalars())


def _one_more(load: Load) -> Load:
    return replace(load, hour=load.hour + 1, day=load.day + 1, week=load.week + 1)


def skip(ctx: Context, skipped: Skipped, token: UUID) -> None:
    """In a transaction of its own: the query is locked before its text, as everywhere."""
    with ctx.database.begin() as session:
        query = session.get_one(Query, skipped.query_id, with_for_update={"key_share": True})
        cancelled = session.execute(
            update(Text)
            .where(Text.id == skipped.text_id, Text.lease_token == token, Text.state == TextState.CLAIMED)
            .values(state=TextState.CANCELLED, reason=skipped.because, lease_token=None, lease_until=None)
            .returning(Text.id)
            .execution_options(synchronize_session=False)
        )
        if cancelled.scalar() is not None:
            detail = {"round": query.round_number, "because": skipped.because}
            record(session, query, Event.REMINDER_SKIPPED, at=ctx.clock.business(session), actor=SYSTEM, detail=detail)
