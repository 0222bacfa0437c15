""" "Which item?": a reply that fits several queries is held, and its sender is asked; in the end a person decides.

The ask-back's row is locked before any query's, as everywhere.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.reading import read_reply
from notifier.domain.types import Team, TextKind
from notifier.domain.wording import MOST_OPTIONS
from notifier.service.asking import queue_text
from notifier.service.context import Context
from notifier.service.effects import Heard, place, take_effect
from notifier.service.firing import fire_each
from notifier.service.gap import replies_heard_until
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.service.joint_calls import joint_call_of
from notifier.service.notices import may_notify
from notifier.service.rounds import current_round
from notifier.storage.models import AskBack, Attempt, Query, Reply, Text
from notifier.storage.models.inbound import AskBackState
from notifier.storage.models.texts import TextState

# After somebody had to decide, the same phone is not asked again so soon: two machines must not talk for ever.
_REST = timedelta(days=1)
_AGAIN = timedelta(minutes=10)  # after a fault
_PERSON_DECIDES = Need(
    Team.STAFF,
    Reason.WHICH_QUERY,
    "The sender did not say which item this is about: read what was held, and move each reply to its query.",
    priority=2,
)
_TOO_MANY = Need(
    Team.HOTLINE,
    Reason.WHICH_QUERY,
    "More items wait for this phone than a text can offer: call the sender, ask which item, and have the reply moved.",
    priority=2,
)

_PERSON_PLACES = Need(
    Team.STAFF,
    Reason.WHICH_QUERY,
    "The sender is called about many items and wrote without saying which one is meant: read it, and move it.",
    priority=2,
)


def open_ask_back(session: Session, phone_hash: str, our_number: str) -> AskBack | None:
    """What this phone was asked in this thread and has not answered yet; locked."""
    return session.scalar(
        select(AskBack)
        .where(AskBack.phone_hash == phone_hash, AskBack.our_number == our_number, AskBack.state == AskBackState.OPEN)
        .with_for_update()
    )


def lately_ended(session: Session, phone_hash: str, our_number: str, at: datetime) -> AskBack | None:
    """The last "Which item?" of this thread, if it ended within a day: its sender may still answer it."""
    return session.scalars(
        select(AskBack)
        .where(
            AskBack.phone_hash == phone_hash,
            AskBack.our_number == our_number,
            AskBack.state != AskBackState.OPEN,
            AskBack.ended_at > at - _REST,
        )
        .order_by(AskBack.ended_at.desc(), AskBack.id.desc())
        .limit(1)
    ).one_or_none()


def offered(asked: AskBack | None) -> list[UUID]:
    """The ids of the queries it offers, in their order."""
    return [UUID(query_id) for query_id in asked.options] if asked else []


def choices(session: Session, asked: AskBack | None, at: datetime) -> int:
    """How many places a number that came at `at` (wall clock) may mean: none while no text can have shown them.

    What counts is when one may have left: that it did may be written down later than the reply came.
    """
    if asked is None:
        return 0
    of_this = (Text.ask_back_id == asked.id, Attempt.posting_at < at)
    shown = select(Attempt.id).join(Text, Text.id == Attempt.text_id).where(*of_this)
    return len(asked.options) if session.scalar(shown.limit(1)) is not None else 0


def hold(session: Session, ctx: Context, heard: Heard, asked: AskBack | None, options: Sequence[Query]) -> None:
    """Keep the reply until its item is known, and ask: as often as the policy allows, then a person decides.

    options: what the reply may be about, the oldest first.
    """
    if asked is not None:
        heard.reply.ask_back_id = asked.id
        if not _crossed(session, asked, heard.reply):
            _offer_also(session, asked, options)
            _ask_or_give_up(session, ctx, asked, heard)
        return
    if len(options) > MOST_OPTIONS:
        # Whoever is called anyway is not called for this: staff place what was written before the call.
        need = _PERSON_PLACES if joint_call_of(session, heard.reply.phone_hash) is not None else _TOO_MANY
        open_handoff(session, need, heard.at, reply=heard.reply)
    elif len({query.item_id for query in options}) < len(options) or _rests(session, heard):
        # Numbers that read the same cannot be told apart by the sender either.
        open_handoff(session, _PERSON_DECIDES, heard.at, reply=heard.reply)
    else:
        _ask_or_give_up(session, ctx, _begin(session, ctx, heard, options), heard)


def _begin(session: Session, ctx: Context, heard: Heard, options: Sequence[Query]) -> AskBack:
    asked = AskBack(
        phone_hash=heard.reply.phone_hash,
        our_number=heard.reply.our_number,
        options=[str(query.id) for query in options],
        tries=0,
        state=AskBackState.OPEN,
        due_at=heard.speak_at + ctx.ask_back.within,
        created_at=heard.at,
    )
    session.add(asked)
    session.flush()
    heard.reply.ask_back_id = asked.id
    return asked


def _offer_also(session: Session, asked: AskBack, options: Sequence[Query]) -> None:
    """What was texted since stands at the end of the list, where there is room: a number said before stays true."""
    items = set(session.scalars(select(Query.item_id).where(Query.id.in_(offered(asked)))))
    more = [str(query.id) for query in options if query.item_id not in items]
    asked.options = [*asked.options, *more][:MOST_OPTIONS]


def _rests(session: Session, heard: Heard) -> bool:
    given_up = session.scalar(
        select(AskBack.id)
        .where(
            AskBack.phone_hash == heard.reply.phone_hash,
            AskBack.state == AskBackState.GIVEN_UP,
            AskBack.ended_at > heard.at - _REST,
        )
        .limit(1)
    )
    return given_up is not None


def _crossed(session: Session, asked: AskBack, reply: Reply) -> bool:
    """Whether the reply was written before the sender can have seen the question: then it is no failed try."""
    latest = session.scalars(
        select(Text).where(Text.ask_back_id == asked.id).order_by(Text.created_at.desc(), Text.id.desc()).limit(1)
    ).one_or_none()
    if latest is None or latest.state in (TextState.FAILED, TextState.CANCELLED):
        return False
    return latest.handed_over_at is None or latest.handed_over_at >= reply.received_at


def _ask_or_give_up(session: Session, ctx: Context, asked: AskBack, heard: Heard) -> None:
    if asked.tries >= ctx.ask_back.tries or not _ask(session, ctx, asked, heard.speak_at):
        _give_up(session, asked, heard.at)


def _ask(session: Session, ctx: Context, asked: AskBack, at: datetime) -> bool:
    """Quiet hours do not hold it: whoever just wrote is awake. It goes out at `at`."""
    about = session.get_one(Query, offered(asked)[0])
    if not may_notify(session, ctx, about, at):
        return False
    text = queue_text(session, about, current_round(session, about), TextKind.WHICH_ITEM, at, ctx)
    text.ask_back_id = asked.id
    asked.tries += 1
    return True


def settle(session: Session, ctx: Context, asked: AskBack, query: Query, heard: Heard) -> None:
    """The item is known: what was held takes its effect there, in the order it came. `heard` said which it is."""
    heard.reply.ask_back_id = asked.id
    for reply in held_by(session, asked):
        place(session, reply, query)
        reading = read_reply(reply.body, ctx.lexicon)
        take_effect(session, ctx, replace(heard, reply=reply, reading=reading), query)
    end(asked, AskBackState.SETTLED, heard.at)


def held_by(session: Session, asked: AskBack) -> Sequence[Reply]:
    """Replies that wait for it, in the order they came."""
    session.flush()
    return session.scalars(
        select(Reply)
        .where(Reply.ask_back_id == asked.id, Reply.query_id.is_(None))
        .order_by(Reply.received_at, Reply.id)
    ).all()


def end(asked: AskBack, state: AskBackState, at: datetime) -> None:
    """It is no longer open. A text that has not left will not leave: it is looked at when it is claimed."""
    asked.state, asked.ended_at = state, at


def _give_up(session: Session, asked: AskBack, at: datetime) -> None:
    end(asked, AskBackState.GIVEN_UP, at)
    held = held_by(session, asked)
    if held:
        open_handoff(session, _PERSON_DECIDES, at, reply=held[0])


def give_up_overdue(ctx: Context) -> int:
    """Senders who did not say which item in time; returns how many. What they wrote before is read first (gap.py)."""
    with ctx.database.read() as session:
        late = [AskBack.due_at <= ctx.clock.business(session)]
        if (until := replies_heard_until(session, ctx)) is not None:
            late.append(AskBack.due_at < until)
        due = (
            select(AskBack.id)
            .where(AskBack.state == AskBackState.OPEN, *late)
            .order_by(AskBack.due_at)
            .limit(ctx.sweep_batch)
        )
        overdue = list(session.scalars(due))
    return fire_each(overdue, partial(_fire, ctx), partial(_put_off, ctx))


def _fire(ctx: Context, ask_back_id: UUID) -> bool:
    with ctx.database.begin() as session:
        at = ctx.clock.business(session)
        asked = session.scalar(
            select(AskBack)
            .where(AskBack.id == ask_back_id, AskBack.state == AskBackState.OPEN, AskBack.due_at <= at)
            .with_for_update(skip_locked=True)
        )
        if asked is None:
            return False  # Another sweep has it, or the sender said which.
        _give_up(session, asked, at)
        return True


def _put_off(ctx: Context, ask_back_id: UUID) -> None:
    with ctx.database.begin() as session:
        asked = session.get_one(AskBack, ask_back_id, with_for_update=True)
        asked.due_at = ctx.clock.business(session) + _AGAIN
