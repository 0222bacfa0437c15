"""What only some texts say: which questions are still missing, and which items there are to choose from."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from notifier.domain.types import TextKind
from notifier.service.context import Context
from notifier.service.gathering import gather
from notifier.storage.models import AskBack, Query, Round, Text


@dataclass(frozen=True)
class Special:
    """Slots of a prompt and of "Which item?"; empty for every other text."""

    missing: tuple[int, ...] = ()
    options: tuple[str, ...] = ()


def special_slots(session: Session, ctx: Context, row: Row[*tuple[Any, ...]]) -> Special:
    """For a text that is being frozen: one look at the rows, and only for the few texts that need it."""
    if row.kind is TextKind.PROMPT:
        return Special(missing=gather(session, ctx, session.get_one(Round, row.round_id)).missing)
    if row.kind is TextKind.WHICH_ITEM:
        return Special(options=_items(session, row.id))
    return Special()


def _items(session: Session, text_id: UUID) -> tuple[str, ...]:
    """In the order they were first offered: the sender answers by number."""
    asked = session.scalars(select(AskBack).join(Text, Text.ask_back_id == AskBack.id).where(Text.id == text_id)).one()
    return tuple(session.get_one(Query, UUID(query_id)).item_id for query_id in asked.options)
