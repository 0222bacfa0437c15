"""A referral that came again with other content, side by side with the query as it stands."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from notifier.domain.errors import NotFound
from notifier.domain.types import Kind, Language
from notifier.service.context import Context
from notifier.service.handoffs import Reason
from notifier.storage.models import Conflict, Handoff, Query, Question, Round


@dataclass(frozen=True, repr=False)
class Version:
    """What customs says of an item. mobile: as it was given; questions: (code of list CL752, customs' own words)."""

    destination: str
    kind: Kind
    item_id: str
    mobile: str
    language: Language | None
    deadline_at: datetime | None
    questions: tuple[tuple[str, str | None], ...]

    def differing(self, other: "Version") -> frozenset[str]:
        """Names of the fields in which two versions differ."""
        return frozenset(one.name for one in fields(self) if getattr(self, one.name) != getattr(other, one.name))


@dataclass(frozen=True)
class Contradiction:
    """One that came: when (business time), what it says, and in which fields it differs from what stands now."""

    at: datetime
    came: Version
    differing: frozenset[str]


@dataclass(frozen=True)
class Conflicting:
    """A query with what contradicts it, the newest first. handoff_id: the work of deciding it, while that is open."""

    query: Query
    stands: Version
    contradictions: Sequence[Contradiction]
    handoff_id: UUID | None
    now: datetime


def read_conflicting(ctx: Context, query_id: UUID) -> Conflicting:
    """Raises NotFound, also where nothing contradicts the query."""
    with ctx.database.read() as session:
        query = session.get(Query, query_id)
        kept = session.scalars(select(Conflict).where(Conflict.query_id == query_id).order_by(Conflict.id.desc())).all()
        if query is None or not kept:
            raise NotFound("There is no such query with a contradiction.")
        present = (Round.query_id == query_id, Round.number == query.round_number)
        asked = select(Question).join(Round, Round.id == Question.round_id).where(*present).order_by(Question.position)
        stands = _stands(query, session.scalars(asked).all())
        open_work = (Handoff.query_id == query_id, Handoff.reason == Reason.CONFLICT, Handoff.closed_at.is_(None))
        handoff_id = session.scalar(select(Handoff.id).where(*open_work).limit(1))
        now = ctx.clock.business(session)
    came = [(one.received_at, _came(json.loads(one.content))) for one in kept]
    found = [Contradiction(at, version, stands.differing(version)) for at, version in came]
    return Conflicting(query, stands, found, handoff_id, now)


def _stands(query: Query, questions: Sequence[Question]) -> Version:
    return Version(
        destination=query.destination,
        kind=query.kind,
        item_id=query.item_id,
        mobile=query.mobile_given,
        language=query.language,
        deadline_at=query.deadline_at,
        questions=tuple((one.code, one.customs_words) for one in questions),
    )


def _came(content: Mapping[str, Any]) -> Version:
    """As a referral writes its content down (domain/referral.py)."""
    return Version(
        destination=content["destination"],
        kind=Kind(content["kind"]),
        item_id=content["item_id"],
        mobile=content["sender_mobile"],
        language=Language(content["language"]) if content["language"] else None,
        deadline_at=datetime.fromisoformat(content["deadline_at"]) if content["deadline_at"] else None,
        questions=tuple((code, words) for code, words in content["questions"]),
    )
