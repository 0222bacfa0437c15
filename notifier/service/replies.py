"""A reply: kept verbatim, read only to route it, and given its effect in the same transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import SENDER
from notifier.domain.reading import Reading, read_reply
from notifier.domain.types import Channel, ReadingKind, Team, TextKind
from notifier.service.clocks import review_due
from notifier.service.context import Context
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.service.notices import send_notice
from notifier.service.optouts import lift_opt_out, stop_texting
from notifier.service.parking import park_calls
from notifier.service.phones import phone_hash
from notifier.service.routing import Routed, candidates, route
from notifier.service.transitions import record
from notifier.service.windows import cancel_waiting_texts
from notifier.storage.models import Answer, Query, Question, Reply, Round, Webhook
from notifier.storage.models.people import AnswerState


@dataclass(frozen=True)
class Heard:
    """A reply with all that its effect needs."""

    reply: Reply
    reading: Reading
    phone_hash: str
    known: list[Query]
    at: datetime


def take_reply(session: Session, ctx: Context, webhook: Webhook, form: list[tuple[str, str]]) -> None:
    """Keep the reply and let it take effect. One carrier SID is one reply."""
    fields = dict(form)
    if session.scalar(select(Reply.id).where(Reply.carrier_sid == fields.get("MessageSid", ""))) is not None:
        return
    at = webhook.business_at
    who = phone_hash(ctx.database.keyring, fields.get("From", ""))
    known = candidates(session, who, at)
    reading = _read(session, ctx, fields, known)
    routed = route(reading, known)
    effect = _PHONE_EFFECTS.get(reading.kind)
    # What concerns a phone locks all of its queries, in their order: to hold one of them already would break that.
    query = routed.query if effect is not None else _lock(session, routed.query)
    reply = _keep(session, ctx, webhook, fields, reading, query)
    heard = Heard(reply, reading, who, known, at)
    if effect is not None:
        effect(session, ctx, heard)
    elif query is None:
        _to_staff(session, heard, routed)
    elif query.state is State.CLOSED:
        _late(session, heard, query)
    else:
        _QUERY_EFFECTS[reading.kind](session, ctx, heard, query)


def _read(session: Session, ctx: Context, fields: dict[str, str], known: list[Query]) -> Reading:
    """How many questions were asked matters only when there is one candidate."""
    still_open = [query for query in known if query.state is not State.CLOSED]
    asked = _questions_asked(session, still_open[0]) if len(still_open) == 1 else 1
    return read_reply(
        fields.get("Body", ""),
        ctx.lexicon,
        questions=max(asked, 1),
        num_media=media_count(fields),
        opt_out_type=fields.get("OptOutType"),
    )


def _questions_asked(session: Session, query: Query) -> int:
    asked = session.scalars(
        select(Question.id)
        .join(Round, Round.id == Question.round_id)
        .where(Round.query_id == query.id, Round.number == query.round_number, Question.channel == Channel.SMS)
    )
    return len(asked.all())


def _lock(session: Session, query: Query | None) -> Query | None:
    if query is None:
        return None
    return session.get_one(Query, query.id, with_for_update={"key_share": True}, populate_existing=True)


def current_round(session: Session, query: Query) -> Round:
    """The round that is being asked, or was asked last."""
    return session.scalars(select(Round).where(Round.query_id == query.id, Round.number == query.round_number)).one()


def _keep(
    session: Session,
    ctx: Context,
    webhook: Webhook,
    fields: dict[str, str],
    reading: Reading,
    query: Query | None,
) -> Reply:
    body = fields.get("Body", "")
    reply = Reply(
        webhook_id=webhook.id,
        carrier_sid=fields.get("MessageSid", "")[:64],
        query_id=query.id if query else None,
        round_id=current_round(session, query).id if query else None,
        phone=fields.get("From", ""),
        phone_hash=phone_hash(ctx.database.keyring, fields.get("From", "")),
        our_number=fields.get("To", "").replace("\0", "")[:20],
        body=body,
        body_hash=ctx.database.keyring.hash("body", body),
        num_media=media_count(fields),
        reading=reading.kind,
        late=query is not None and query.state is State.CLOSED,
        received_at=webhook.business_at,
    )
    session.add(reply)
    session.flush()
    return reply


def media_count(fields: dict[str, str]) -> int:
    """How many pictures came along; anything unreadable counts as none."""
    media = fields.get("NumMedia", "0")
    return int(media) if media.isascii() and media.isdigit() and len(media) < 4 else 0


def _to_staff(session: Session, heard: Heard, routed: Routed) -> None:
    need = Need(Team.STAFF, routed.reason or Reason.UNMATCHED_REPLY, routed.sentence, priority=2)
    open_handoff(session, need, heard.at, reply=heard.reply)


def _late(session: Session, heard: Heard, query: Query) -> None:
    answers = heard.reading.kind in _ANSWERS
    _note(session, heard, query, Event.REPLY_ANSWERED if answers else Event.REPLY_NOTED)
    if heard.reading.kind is ReadingKind.ACKNOWLEDGEMENT:
        return  # It was seen that the query is over, or that an answer arrived: nobody has to read that.
    sentence = "A reply came after the query was closed: read it; reopen the query if customs can still use it."
    open_handoff(session, Need(Team.STAFF, Reason.LATE_REPLY, sentence), heard.at, query=query, reply=heard.reply)


def _note(session: Session, heard: Heard, query: Query, event: Event, due_at: datetime | None = None) -> None:
    detail = {"reply": str(heard.reply.id), "reading": heard.reading.kind.value}
    record(session, query, event, at=heard.at, actor=SENDER, due_at=due_at, detail=detail)


def _answered(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    """It ends the waiting at once, also when people had taken over."""
    first = query.state is not State.REPLIED
    _note(
        session,
        heard,
        query,
        Event.REPLY_ANSWERED,
        review_due(ctx, query, heard.at) if first else None,
    )
    cancel_waiting_texts(session, query)
    park_calls(session, query, heard.at)
    session.add(
        Answer(
            query_id=query.id,
            round_id=current_round(session, query).id,
            reply_id=heard.reply.id,
            state=AnswerState.PROPOSED,
            body=heard.reply.body,
            proposed_at=heard.at,
        )
    )
    sentence = "The sender replied: read it, and accept it as the answer, ask again, or call."
    open_handoff(session, Need(Team.STAFF, Reason.REVIEW_REPLY, sentence, priority=2), heard.at, query=query)


def _acknowledged(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    _note(session, heard, query, Event.REPLY_NOTED)
    if query.state is State.AWAITING_REPLY:
        send_notice(session, ctx, query, TextKind.PROMPT, heard.at)


def _doubted(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    _note(session, heard, query, Event.REPLY_NOTED)
    send_notice(session, ctx, query, TextKind.IDENTITY, heard.at)
    sentence = "The sender asks whether our text is genuine: be ready for a call, or call from the hotline."
    open_handoff(session, Need(Team.STAFF, Reason.SENDER_DOUBTS, sentence), heard.at, query=query)


def _unreadable(session: Session, ctx: Context, heard: Heard, query: Query) -> None:
    _note(session, heard, query, Event.REPLY_NOTED)
    if heard.reply.num_media:
        send_notice(session, ctx, query, TextKind.TEXT_ONLY, heard.at)
    sentence = "A reply holds no words that could be read: look at it, and call the sender if need be."
    open_handoff(session, Need(Team.STAFF, Reason.UNREADABLE_REPLY, sentence), heard.at, query=query)


def _stopped(session: Session, ctx: Context, heard: Heard) -> None:
    stop_texting(session, ctx, heard.phone_hash, heard.reply, heard.reading.kind, heard.at)


def _started(session: Session, _ctx: Context, heard: Heard) -> None:
    lift_opt_out(session, heard.phone_hash, heard.reply, heard.known, heard.at)


_ANSWERS = (ReadingKind.ANSWER, ReadingKind.OPTION)
_PHONE_EFFECTS: dict[ReadingKind, Callable[[Session, Context, Heard], None]] = {
    ReadingKind.STOP: _stopped,
    ReadingKind.CANCEL: _stopped,
    ReadingKind.WRONG_NUMBER: _stopped,
    ReadingKind.START: _started,
}
_QUERY_EFFECTS: dict[ReadingKind, Callable[[Session, Context, Heard, Query], None]] = {
    ReadingKind.ANSWER: _answered,
    ReadingKind.OPTION: _answered,
    ReadingKind.ACKNOWLEDGEMENT: _acknowledged,
    ReadingKind.DOUBT: _doubted,
    ReadingKind.UNREADABLE: _unreadable,
}
