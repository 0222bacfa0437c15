"""A reply: kept verbatim, read only to route it, and given its effect in the same transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifier.domain.reading import Reading, read_reply
from notifier.domain.routing import Route, Way, find_route
from notifier.domain.types import ReadingKind, Team, TextKind
from notifier.domain.window import not_before_quiet_ends
from notifier.domain.wording import MOST_OPTIONS
from notifier.service.ask_backs import choices, hold, lately_ended, offered, open_ask_back, settle
from notifier.service.context import Context
from notifier.service.effects import Heard, note, place, take_effect
from notifier.service.handoffs import Need, Reason, open_handoff
from notifier.service.notices import send_notice
from notifier.service.optouts import lift_opt_out, stop_texting
from notifier.service.phones import phone_hash
from notifier.service.routing import as_candidates, candidates, need_for
from notifier.storage.models import AskBack, Query, Reply, Text, Webhook

_SENDER_CHECKS = Need(
    Team.STAFF,
    Reason.SENDER_CHECKS,
    "Somebody asks whether a text is genuine: see what was sent to this phone, and call back.",
    priority=2,
)
_LOOKED_BACK = 10  # texts
# What is no answer to a question does not need the sender to be asked which query it is about.
_ABOUT_ANY = (ReadingKind.ACKNOWLEDGEMENT, ReadingKind.DOUBT)


@dataclass(frozen=True)
class _Arrival:
    """A reply that is kept, and all that is known about its phone."""

    heard: Heard
    known: Sequence[Query]  # candidates, the newest first
    asked: AskBack | None

    def the(self, query_id: UUID) -> Query:
        """One of the candidates."""
        return next(query for query in self.known if query.id == query_id)


def take_reply(session: Session, ctx: Context, webhook: Webhook, form: list[tuple[str, str]]) -> None:
    """Keep the reply and let it take effect. One carrier SID is one reply."""
    fields = dict(form)
    if session.scalar(select(Reply.id).where(Reply.carrier_sid == fields.get("MessageSid", ""))) is not None:
        return
    at, now = webhook.business_at, ctx.clock.business(session)
    who, to = phone_hash(ctx.database.keyring, fields.get("From", "")), our_number(fields)
    asked = open_ask_back(session, who, to)
    known = candidates(session, who, at)
    reading = _read(ctx, fields, choices(session, asked, webhook.received_at))
    reply = _keep(session, ctx, webhook, fields, reading)
    late = now - at > ctx.reconcile.gap
    heard = Heard(reply, reading, at, speak_from=not_before_quiet_ends(now, ctx.window) if late else None)
    arrival = _Arrival(heard, known, asked)
    if reading.kind is ReadingKind.CHECK:
        open_handoff(session, _SENDER_CHECKS, at, reply=reply)
        return
    route = _route(session, ctx, arrival)
    effect = _PHONE_EFFECTS.get(reading.kind)
    # What concerns a phone locks all of its queries, in their order: to hold one of them already would break that.
    query = _find(session, arrival, route.query_id, lock=effect is None)
    if query is not None:
        place(session, reply, query)
    if effect is not None:
        effect(session, ctx, arrival)
    elif query is None:
        _unplaced(session, ctx, arrival, route)
    else:
        _placed(session, ctx, arrival, route, query)


def _read(ctx: Context, fields: dict[str, str], options: int) -> Reading:
    return read_reply(
        fields.get("Body", ""),
        ctx.lexicon,
        options=options,
        num_media=media_count(fields),
        opt_out_type=fields.get("OptOutType"),
    )


def _route(session: Session, ctx: Context, arrival: _Arrival) -> Route:
    """By what the reply says; where that leaves it open, by what this phone said and was asked just before."""
    reply, known = arrival.heard.reply, as_candidates(session, arrival.heard.reply.phone_hash, arrival.known)
    route = find_route(arrival.heard.reading, known, reply.our_number, offered(arrival.asked))
    if route.way in (Way.ONLY, Way.THREAD) and _answers_nothing(session, ctx, arrival):
        return Route(Way.UNCLEAR)
    if route.way is Way.SEVERAL and arrival.asked is None:
        named = _just_named(session, ctx, reply)
        return Route(Way.NAMED, named) if named in route.options else route
    return route


def _answers_nothing(session: Session, ctx: Context, arrival: _Arrival) -> bool:
    """A number said to a "Which item?" that is over, or to an option that is gone: it is no answer to customs."""
    heard = arrival.heard
    if heard.reading.kind is ReadingKind.OPTION:
        return True
    number = read_reply(heard.reply.body, ctx.lexicon, options=MOST_OPTIONS).option
    if arrival.asked is not None or number is None:
        return False
    ended = lately_ended(session, heard.reply.phone_hash, heard.reply.our_number, heard.at)
    return number <= len(offered(ended))


def _just_named(session: Session, ctx: Context, reply: Reply) -> UUID | None:
    """The query that this phone named in one of its last texts here, each minutes after the other: one answer."""
    lately = session.scalars(
        select(Reply)
        .where(
            Reply.phone_hash == reply.phone_hash,
            Reply.our_number == reply.our_number,
            Reply.id != reply.id,
            Reply.received_at <= reply.received_at,
        )
        .order_by(Reply.received_at.desc(), Reply.id.desc())
        .limit(_LOOKED_BACK)
    )
    following, about = reply.received_at, None
    for earlier in lately:
        about = about or earlier.query_id
        if following - earlier.received_at > ctx.people.gather or earlier.query_id != about:
            return None
        named = read_reply(earlier.body, ctx.lexicon)
        if named.item_ids or named.codes:
            return about
        following = earlier.received_at
    return None


def _find(session: Session, arrival: _Arrival, query_id: UUID | None, *, lock: bool) -> Query | None:
    if query_id is None:
        return None
    if not lock:
        return arrival.the(query_id)
    return session.get_one(Query, query_id, with_for_update={"key_share": True}, populate_existing=True)


def _keep(session: Session, ctx: Context, webhook: Webhook, fields: dict[str, str], reading: Reading) -> Reply:
    body = fields.get("Body", "")
    reply = Reply(
        webhook_id=webhook.id,
        carrier_sid=fields.get("MessageSid", "")[:64],
        phone=fields.get("From", ""),
        phone_hash=phone_hash(ctx.database.keyring, fields.get("From", "")),
        our_number=our_number(fields),
        body=body,
        body_hash=ctx.database.keyring.hash("body", body),
        num_media=media_count(fields),
        reading=reading.kind,
        received_at=webhook.business_at,
    )
    session.add(reply)
    session.flush()
    return reply


def our_number(fields: dict[str, str]) -> str:
    """The number of ours it came to."""
    return fields.get("To", "").replace("\0", "")[:20]


def media_count(fields: dict[str, str]) -> int:
    """How many pictures came along; anything unreadable counts as none."""
    media = fields.get("NumMedia", "0")
    return int(media) if media.isascii() and media.isdigit() and len(media) < 4 else 0


def _placed(session: Session, ctx: Context, arrival: _Arrival, route: Route, query: Query) -> None:
    """Its query is known; if we had asked which, what was held until now comes first."""
    heard, asked = arrival.heard, arrival.asked
    told = route.way in (Way.NAMED, Way.CHOSEN) and query.id in offered(asked)
    if asked is not None and told:
        settle(session, ctx, asked, query, heard)
    if told and _says_only_which(heard):
        note(session, heard, query)
    elif heard.reading.kind is ReadingKind.OPTION:
        _to_people(session, heard, Way.UNCLEAR)  # A number said to a question that is gone.
    else:
        take_effect(session, ctx, heard, query)


def _says_only_which(heard: Heard) -> bool:
    """A number of ours, or a reference and nothing else."""
    bare = heard.reading.kind is ReadingKind.UNREADABLE and not heard.reply.num_media
    return bare or heard.reading.kind is ReadingKind.OPTION


def _unplaced(session: Session, ctx: Context, arrival: _Arrival, route: Route) -> None:
    heard = arrival.heard
    if route.way is not Way.SEVERAL:
        _to_people(session, heard, route.way)
    elif heard.reading.kind in _ABOUT_ANY:
        # "OK" to "Which item?" needs no word on what is still to be answered: the words may be there, and held.
        silent = arrival.asked is not None and heard.reading.kind is ReadingKind.ACKNOWLEDGEMENT
        _about_the_newest(session, ctx, replace(heard, awake=False) if silent else heard, route.options)
    elif heard.reading.kind is ReadingKind.ANSWER:
        # The oldest first: the order in which the questions reached the phone.
        hold(session, ctx, heard, arrival.asked, [arrival.the(query_id) for query_id in reversed(route.options)])
    else:
        _to_people(session, heard, route.way)
        if heard.reply.num_media:
            _say_that_words_are_needed(session, ctx, arrival, route.options)


def _say_that_words_are_needed(session: Session, ctx: Context, arrival: _Arrival, options: Sequence[UUID]) -> None:
    """Once for all that is open on this phone; which item the picture shows is for people to find out."""
    said = select(Text.id).where(Text.query_id.in_(options), Text.kind == TextKind.TEXT_ONLY).limit(1)
    if session.scalar(said) is None:
        send_notice(session, ctx, arrival.the(options[0]), TextKind.TEXT_ONLY, arrival.heard.speak_at)


def _about_the_newest(session: Session, ctx: Context, heard: Heard, options: Sequence[UUID]) -> None:
    query = session.get_one(Query, options[0], with_for_update={"key_share": True}, populate_existing=True)
    place(session, heard.reply, query)
    take_effect(session, ctx, heard, query)


def _to_people(session: Session, heard: Heard, way: Way) -> None:
    open_handoff(session, need_for(way), heard.at, reply=heard.reply)


def _stopped(session: Session, ctx: Context, arrival: _Arrival) -> None:
    heard = arrival.heard
    stop_texting(session, ctx, heard.reply.phone_hash, heard.reply, heard.reading.kind, heard.at)


def _started(session: Session, _ctx: Context, arrival: _Arrival) -> None:
    heard = arrival.heard
    lift_opt_out(session, heard.reply.phone_hash, heard.reply, list(arrival.known), heard.at)


_PHONE_EFFECTS: dict[ReadingKind, Callable[[Session, Context, _Arrival], None]] = {
    ReadingKind.STOP: _stopped,
    ReadingKind.CANCEL: _stopped,
    ReadingKind.WRONG_NUMBER: _stopped,
    ReadingKind.START: _started,
}
