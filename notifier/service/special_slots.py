"""What only some texts say: what is still missing, which items there are to choose from, and how many."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from notifier.domain.types import TextKind
from notifier.service.context import Context
from notifier.service.gathering import gather
from notifier.storage.models import AskBack, Handoff, Query, Round, Text


@dataclass(frozen=True)
class Special:
    """Slots of a prompt, of "Which item?" and of a summary; empty for every other text."""

    missing: tuple[int, ...] = ()
    options: tuple[str, ...] = ()
    count: int = 0


def special_slots(session: Session, ctx: Context, row: Row[*tuple[Any, ...]]) -> Special:
    """For a text that is being frozen: one look at the rows, and only for the few texts that need it."""
    if row.kind is TextKind.PROMPT:
        return Special(missing=gather(session, ctx, session.get_one(Round, row.round_id)).missing)
    if row.kind is TextKind.WHICH_ITEM:
        return Special(options=_items(session, row.id))
    if row.kind is TextKind.SUMMARY:
        return Special(count=_not_asked(session, row.call_id))
    return Special()


def _items(session: Session, text_id: UUID) -> tuple[str, ...]:
    """In the order they were first offered: the sender answers by number."""
    asked = session.scalars(select(AskBack).join(Text, Text.ask_back_id == AskBack.id).where(Text.id == text_id)).one()
    return tuple(session.get_one(Query, UUID(query_id)).item_id for query_id in asked.options)


def _not_asked(session: Session, call_id: UUID) -> int:
    """The items of a joint call that no text asks about."""
    asked = exists().where(Text.query_id == Query.id, Text.kind == TextKind.QUESTION)
    about = select(func.count(func.distinct(Query.item_id))).join(Handoff, Handoff.query_id == Query.id)
    return session.scalar(about.where(Handoff.call_id == call_id, Handoff.closed_at.is_(None), ~asked)) or 0
