"""The last look before a text leaves: whether its phone may have one more. Within the claim's own transaction.

The cap may be reached, or a phone turn out dead, between intake and sending. A question then becomes work for the
hotline, as does an answer to somebody who wrote; a reminder is skipped, which the history tells, and the closing comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event
from notifier.domain.number_health import Load
from notifier.domain.permissions import SYSTEM
from notifier.domain.types import UNPROMPTED, TextKind
from notifier.service.context import Context
from notifier.service.fatigue import loads
from notifier.service.handoffs import Need
from notifier.service.number_health import unhealthy
from notifier.service.rendering import Frozen, Unfit, Unwanted
from notifier.service.transitions import record
from notifier.storage.models import Handoff, Query, Text
from notifier.storage.models.texts import TextState
from notifier.storage.turns import take_turns


@dataclass(frozen=True)
class Skipped:
    """A reminder that is left out, and why; the query goes on waiting."""

    text_id: UUID
    query_id: UUID
    because: str


def admit(
    session: Session, ctx: Context, texts: Sequence[Frozen | Unfit | Unwanted | Skipped], now: datetime
) -> list[Frozen | Unfit | Unwanted | Skipped]:
    """Let those texts through whose phones may have one more, in the order given."""
    texts = _without_needless_reminders(session, texts)
    leaving = [text for text in texts if isinstance(text, Frozen)]
    if not leaving:
        return list(texts)
    phones = {text.phone_hash for text in leaving}
    # Two workers that count the same phone at once would each let its last text through.
    take_turns(session, phones)
    had = loads(session, phones, now, but=[text.text_id for text in leaving])
    doubtful = _doubtful(session, ctx, phones, now)
    admitted: list[Frozen | Unfit | Unwanted | Skipped] = []
    for text in texts:
        judged = _judge(session, ctx, text, had, doubtful, now) if isinstance(text, Frozen) else text
        if isinstance(judged, Frozen):
            had[judged.phone_hash] = _one_more(had.get(judged.phone_hash, Load()))
        admitted.append(judged)
    return admitted


def _without_needless_reminders(
    session: Session, texts: Sequence[Frozen | Unfit | Unwanted | Skipped]
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
) -> Frozen | Unfit | Skipped | Unwanted:
    load = had.get(text.phone_hash, Load())
    # Whoever just wrote has a phone that works: an answer looks at the cap alone.
    looks = text.kind in UNPROMPTED and text.phone_hash in doubtful
    if not looks and not load.full(ctx.numbers):
        return text
    need = unhealthy(session, ctx, text.phone_hash, now, text.query_id, load)
    return text if need is None else _held_back(text, need)


def _held_back(text: Frozen, need: Need) -> Unfit | Skipped | Unwanted:
    if text.kind is TextKind.SUMMARY:
        return Unwanted(text.text_id, need.sentence)  # The call that it announces comes all the same.
    if text.kind is TextKind.REMINDER:
        return Skipped(text.text_id, text.query_id, need.sentence)
    return Unfit(text.text_id, text.query_id, text.kind, need)


def _doubtful(session: Session, ctx: Context, phones: set[str], now: datetime) -> set[str]:
    """Phones with a failure of their own lately: these few are looked at one by one."""
    failed = select(Text.recipient_hash).where(
        Text.recipient_hash.in_(phones),
        Text.trouble.is_not(None),
        Text.settled_at > now - ctx.numbers.failures_within,
    )
    return set(session.scalars(failed))


def _one_more(load: Load) -> Load:
    return replace(load, day=load.day + 1, week=load.week + 1)


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
