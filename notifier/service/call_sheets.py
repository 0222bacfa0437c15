"""What an agent has before them in a call: whom, why, what to say, what was written, what came of it before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from notifier.domain.errors import NotFound
from notifier.domain.types import Language, TextKind
from notifier.domain.wording import Line
from notifier.service.call_scripts import script_of
from notifier.service.context import Context
from notifier.service.text_status import TextStatus, text_status
from notifier.storage.models import CallNote, Handoff, Query, Question, Reply, Round, Text
from notifier.storage.models.people import ClockState

MOST_ITEMS = 100  # of a joint call, on one sheet
_MOST_SAID = 200  # texts, and replies


@dataclass(frozen=True)
class Said:
    """A text of ours or a reply, word for word; `status` tells of a text whether it arrived, `late` of a reply.

    unplaced: a reply of this phone that is about no query yet.
    """

    at: datetime
    ours: bool
    body: str
    code: str | None
    kind: TextKind | None = None
    status: TextStatus | None = None
    late: bool = False
    unplaced: bool = False


@dataclass(frozen=True)
class Asked:
    """One query of the call, with the questions of its present round, and the time its texts named.

    `part`: its handoff in a joint call.
    """

    query: Query
    questions: Sequence[Question]
    reply_by: datetime | None = None
    part: Handoff | None = None


@dataclass(frozen=True)
class CallSheet:
    """One handoff. `held_by`: who holds it now, until `held_until` (wall clock); `now` is business time.

    said: oldest first. scripts: by language, about the first query that is open. reply: what it is about, where it is
    about no query.
    """

    handoff: Handoff
    asked: Sequence[Asked]
    said: Sequence[Said]
    notes: Sequence[CallNote]
    held_by: str | None
    held_until: datetime | None
    now: datetime
    reply: Reply | None = None
    scripts: Mapping[Language, Sequence[Line]] = field(default_factory=dict)

    @property
    def joint(self) -> bool:
        """Whether it is one call about many queries."""
        return self.handoff.phone_hash is not None

    @property
    def rests(self) -> bool:
        """Whether a reply has parked it."""
        return self.handoff.clock is ClockState.PARKED


def read_sheet(ctx: Context, handoff_id: UUID) -> CallSheet:
    """The sheet as it stands; of a part, its joint call's. Raises NotFound."""
    with ctx.database.read() as session:
        handoff = _whole(session, handoff_id)
        now, wall = ctx.clock.business(session), ctx.clock.wall()
        asked = _asked(session, handoff)
        about = {one.query.id: one.query.code for one in asked}
        reply = session.get(Reply, handoff.reply_id) if handoff.reply_id is not None else None
        phones = {one.query.mobile_hash for one in asked} | ({reply.phone_hash} if reply is not None else set())
        said = _said(session, about, {phone for phone in phones if phone is not None}, handoff.reply_id)
        kept = select(CallNote).where(CallNote.handoff_id == handoff.id).order_by(CallNote.id.desc())
        notes = session.scalars(kept.limit(_MOST_SAID)).all()
    held = handoff.claimed_until is not None and handoff.claimed_until >= wall
    first = next((one for one in asked if one.part is None or one.part.closed_at is None), None)
    return CallSheet(
        handoff=handoff,
        asked=asked,
        said=said,
        notes=notes,
        held_by=handoff.claimed_by if held else None,
        held_until=handoff.claimed_until if held else None,
        now=now,
        reply=reply,
        scripts=_scripts(ctx, first, now) if first is not None else {},
    )


def _whole(session: Session, handoff_id: UUID) -> Handoff:
    handoff = session.get(Handoff, handoff_id)
    if handoff is None:
        raise NotFound("There is no such handoff.")
    return handoff if handoff.call_id is None else session.get_one(Handoff, handoff.call_id)


def _asked(session: Session, handoff: Handoff) -> list[Asked]:
    """Queries in the order they came, open parts before those that are done."""
    if handoff.phone_hash is not None:
        parts = select(Handoff, Query).join(Query, Query.id == Handoff.query_id).where(Handoff.call_id == handoff.id)
        by_time = (Handoff.closed_at.is_not(None), Query.received_at, Query.id, Handoff.id)
        rows = session.execute(parts.order_by(*by_time).limit(MOST_ITEMS)).all()
        about: dict[UUID, tuple[Query, Handoff | None]] = {}
        for part, query in rows:
            about.setdefault(query.id, (query, part))
        found = list(about.values())
    else:
        own = session.get(Query, handoff.query_id) if handoff.query_id is not None else None
        found = [] if own is None else [(own, None)]
    questions = _questions(session, [query.id for query, _ in found])
    return [_one(query, part, questions.get(query.id, [])) for query, part in found]


def _one(query: Query, part: Handoff | None, asked: list[tuple[Question, Round]]) -> Asked:
    reply_by = asked[0][1].reply_by if asked else None
    return Asked(query, [question for question, _ in asked], reply_by, part)


def _questions(session: Session, query_ids: Sequence[UUID]) -> dict[UUID, list[tuple[Question, Round]]]:
    present = and_(Query.id == Round.query_id, Query.round_number == Round.number)
    rows = session.execute(
        select(Question, Round)
        .join(Round, Round.id == Question.round_id)
        .join(Query, present)
        .where(Query.id.in_(query_ids))
        .order_by(Question.round_id, Question.position)
    )
    found: dict[UUID, list[tuple[Question, Round]]] = {}
    for question, asked in rows:
        found.setdefault(asked.query_id, []).append((question, asked))
    return found


def _said(session: Session, about: Mapping[UUID, str], phones: Collection[str], own: UUID | None) -> list[Said]:
    """The latest of what was written about these queries, by both sides, and of what these phones wrote besides.

    own: the reply that the handoff itself is about.
    """
    ours = select(Text).where(Text.query_id.in_(about), Text.body.is_not(None)).order_by(Text.id.desc())
    besides = and_(Reply.phone_hash.in_(phones), Reply.query_id.is_(None))
    theirs = select(Reply).where(or_(Reply.query_id.in_(about), besides, Reply.id == own)).order_by(Reply.id.desc())
    texts = [_text(text, about) for text in session.scalars(ours.limit(_MOST_SAID))] if about else []
    replies = [_reply(reply, about) for reply in session.scalars(theirs.limit(_MOST_SAID))]
    return sorted(texts + replies, key=lambda one: one.at)


def _text(text: Text, about: Mapping[UUID, str]) -> Said:
    status = text_status(text.state, text.delivery)
    return Said(text.handed_over_at or text.send_after, True, text.body or "", about[text.query_id], text.kind, status)


def _reply(reply: Reply, about: Mapping[UUID, str]) -> Said:
    code = about.get(reply.query_id) if reply.query_id is not None else None
    return Said(reply.received_at, False, reply.body, code, late=reply.late, unplaced=reply.query_id is None)


def _scripts(ctx: Context, asked: Asked, now: datetime) -> Mapping[Language, Sequence[Line]]:
    codes = tuple(question.code for question in asked.questions)
    return script_of(ctx, asked.query, codes, (asked.query.deadline_at, asked.reply_by), now)
