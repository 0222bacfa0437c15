"""All rows of a small world, read in one transaction: what a test compares with what was promised."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from notifier.domain.lifecycle import Event
from notifier.storage.models import (
    Answer,
    Attempt,
    Handoff,
    History,
    Query,
    Reply,
    Round,
    Suppression,
    Switch,
    Text,
    Webhook,
)
from notifier.storage.models.inbound import WebhookState
from notifier.storage.models.people import AnswerState
from tests.journeys.world import World

_TO_CUSTOMS = (AnswerState.ACCEPTED, AnswerState.SENT)
# Built once: they are read after every step. Ids of one instant come in any order, so no list is ordered by them.
_EVERY: dict[type[Any], Any] = {model: select(model) for model in (Query, Round, Text, Attempt, Reply, Suppression)}
_EVERY |= {
    Answer: select(Answer).order_by(Answer.proposed_at),
    Handoff: select(Handoff).order_by(Handoff.opened_at, Handoff.team, Handoff.reason),
    History: select(History).order_by(History.query_id, History.seq),
    Switch: select(Switch).where(Switch.off),
    Webhook: select(Webhook).where(Webhook.state != WebhookState.DONE),
}


@dataclass
class Rows:
    """Everything; of the webhooks those that are not done."""

    queries: dict[UUID, Query] = field(default_factory=dict)
    history: dict[UUID, list[History]] = field(default_factory=dict)
    rounds: Sequence[Round] = ()
    texts: dict[UUID, Text] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    handoffs: Sequence[Handoff] = ()
    replies: Sequence[Reply] = ()
    answers: Sequence[Answer] = ()
    suppressions: Sequence[Suppression] = ()
    webhooks: Sequence[Webhook] = ()
    paused: bool = False

    def on_lists(self) -> list[Handoff]:
        """What waits for people."""
        return [handoff for handoff in self.handoffs if handoff.closed_at is None]

    def to_customs(self) -> list[Answer]:
        """What a relay may come back with: what it may have pulled before it was taken back, too."""
        accepted = {
            entry.detail["answer"]
            for entries in self.history.values()
            for entry in entries
            if entry.event is Event.ANSWER_ACCEPTED
        }
        pulled = [one for one in self.answers if one.state is AnswerState.PROPOSED and str(one.id) in accepted]
        return [one for one in self.answers if one.state in _TO_CUSTOMS] + pulled


def read_rows(world: World) -> Rows:
    """One look at the tables."""
    with world.ctx.database.read() as session:
        rows = {model: session.scalars(statement).all() for model, statement in _EVERY.items()}
    history: dict[UUID, list[History]] = {query.id: [] for query in rows[Query]}
    for row in rows[History]:
        history[row.query_id].append(row)
    return Rows(
        queries={query.id: query for query in rows[Query]},
        history=history,
        rounds=rows[Round],
        texts={text.id: text for text in rows[Text]},
        attempts={str(attempt.id): attempt for attempt in rows[Attempt]},
        handoffs=rows[Handoff],
        replies=rows[Reply],
        answers=rows[Answer],
        suppressions=rows[Suppression],
        webhooks=rows[Webhook],
        paused=bool(rows[Switch]),
    )
