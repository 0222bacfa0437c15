"""What the databases themselves refuse, whatever the code above them believes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import ColumnElement, Table, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from notifier.domain.query_code import new_code
from notifier.domain.types import Team, TextKind
from notifier.service.resolution import accept_answer
from notifier.storage.models import (
    Answer,
    Base,
    Handoff,
    History,
    Query,
    Question,
    Reply,
    Round,
    Suppression,
    Text,
    Webhook,
)
from notifier.storage.models.base import new_id
from notifier.storage.models.people import SuppressionReason
from notifier.storage.models.texts import TextState
from tests.journeys.world import World

NOW = datetime(2026, 11, 25, tzinfo=UTC)
Deed = Callable[[Session], Any]


def refused(world: World, deed: Deed, rule: str) -> None:
    """The database refuses it, naming the rule where it names any (SQLite names columns for unique indexes)."""
    with pytest.raises(IntegrityError, match=rule), world.ctx.database.begin() as session:
        deed(session)


def setting(model: type[Base], **values: Any) -> Deed:
    return lambda session: session.execute(update(model).values(values))


def copying(model: type[Base], **changes: Any) -> Deed:
    """Inserts a second row like the first, but for the changes; a value may be an expression."""
    table = model.__table__
    assert isinstance(table, Table)

    def column(name: str) -> ColumnElement[Any]:
        if name not in changes:
            return table.c[name]
        given = changes[name]
        return given if isinstance(given, ColumnElement) else literal(given, table.c[name].type)

    names = [one.name for one in table.columns]
    rows = select(*(column(name) for name in names)).limit(1)
    return lambda session: session.execute(insert(table).from_select(names, rows))


# --- What must never be lost from sight ---


def test_an_open_query_without_a_due_time_is_refused(world: World) -> None:
    world.refer()
    refused(world, setting(Query, next_due_at=None), "ck_queries_open_has_due")


def test_a_closed_query_without_an_outcome_is_refused(world: World) -> None:
    taken = world.texted()
    world.do(taken.id, accept_answer("A doll", "R100"))
    refused(world, setting(Query, outcome=None), "ck_queries_closed_has_outcome")


def test_an_open_query_with_an_outcome_is_refused(world: World) -> None:
    world.refer()
    refused(world, setting(Query, outcome="answered"), "ck_queries_closed_has_outcome")


def test_an_accepted_answer_that_has_not_left_needs_a_due_time(world: World) -> None:
    taken = world.texted()
    world.do(taken.id, accept_answer("A doll", "R100"))
    refused(world, setting(Answer, next_due_at=None), "ck_answers_accepted_has_due")


def test_a_handoff_without_a_due_time_is_refused(world: World) -> None:
    world.refer(sender_mobile="")
    refused(world, setting(Handoff, due_at=None), "handoffs.due_at|due_at")


@pytest.mark.parametrize("values", [{"clock": "parked"}, {"parked_at": NOW, "priority_before": 3}])
def test_a_parked_call_remembers_what_it_was_and_nothing_else_does(world: World, values: dict[str, Any]) -> None:
    world.refer(sender_mobile="")
    refused(world, setting(Handoff, **values), "ck_handoffs_parked_has_what_it_was")


@pytest.mark.parametrize("state", [TextState.CLAIMED, TextState.POSTING])
@pytest.mark.parametrize("missing", ["lease_until", "lease_token"])
def test_a_held_text_needs_a_lease_and_its_holder(world: World, state: TextState, missing: str) -> None:
    world.refer()
    lease = {"lease_until": NOW, "lease_token": new_id(), missing: None}
    refused(world, setting(Text, state=state, **lease), "ck_texts_held_has_lease")


# --- What must not be there twice ---


@pytest.mark.parametrize("mrn", ["", "26DE123456789012A1"])
def test_one_query_for_an_authority_mrn_and_reference(world: World, mrn: str) -> None:
    """Also without an MRN: a missing one is an empty text, since two NULLs would be no double."""
    world.refer(referral_reference="same", mrn=mrn)
    refused(world, copying(Query, id=new_id(), code=new_code()), "referral_reference")
    for changes in ({"mrn": "another"}, {"authority": "FR"}, {"referral_reference": "another"}):
        with world.ctx.database.begin() as session:
            copying(Query, id=new_id(), code=new_code(), **changes)(session)


def test_one_code_for_one_query(world: World) -> None:
    world.refer()
    refused(world, copying(Query, id=new_id(), referral_reference="another"), "code")


@pytest.mark.parametrize("kind", [TextKind.QUESTION, TextKind.REMINDER])
def test_one_question_and_one_reminder_for_a_round(world: World, kind: TextKind) -> None:
    world.refer()
    with world.ctx.database.begin() as session:
        session.execute(update(Text).values(kind=kind))
    refused(world, copying(Text, id=new_id()), "round_id.*kind|uq_texts_round_kind")


def test_notices_are_free_in_a_round(world: World) -> None:
    world.refer()
    for _ in range(2):
        with world.ctx.database.begin() as session:
            copying(Text, id=new_id(), kind=TextKind.PROMPT)(session)
    with world.ctx.database.read() as session:
        assert session.scalar(select(func.count(Text.id))) == 3


def test_one_text_for_a_sid_of_the_carrier(world: World) -> None:
    world.texted()
    refused(world, copying(Text, id=new_id(), kind=TextKind.PROMPT), "carrier_sid")


def test_one_reply_for_an_inbound_sid(world: World) -> None:
    world.texted()
    world.reply("A doll")
    with world.ctx.database.begin() as session:
        copying(Webhook, id=new_id(), dedupe_key="another")(session)
        other = session.scalars(select(Webhook.id).where(Webhook.dedupe_key == "another")).one()
    refused(world, copying(Reply, id=new_id(), webhook_id=other), "carrier_sid")


def test_one_webhook_for_its_key(world: World) -> None:
    world.texted()
    refused(world, copying(Webhook, id=new_id()), "dedupe_key")


def test_one_round_and_one_question_for_a_place(world: World) -> None:
    world.refer()
    refused(world, copying(Round, id=new_id()), "number")
    refused(world, copying(Question, id=new_id()), "position")


def test_one_history_row_for_a_number(world: World) -> None:
    world.refer()
    refused(world, copying(History), "seq|pk_history")


def test_one_open_handoff_for_a_query_team_and_reason(world: World) -> None:
    taken = world.refer(sender_mobile="2345 6789")
    assert world.open_handoffs(taken.id) == [("hotline", "number_unusable")]
    refused(world, copying(Handoff, id=new_id()), "query_id.*team.*reason|uq_handoffs_open")
    with world.ctx.database.begin() as session:
        copying(Handoff, id=new_id(), team=Team.STAFF)(session)
        copying(Handoff, id=new_id(), closed_at=NOW)(session)


def test_one_suppression_in_force_for_a_phone_and_reason(world: World) -> None:
    world.texted()
    world.reply("STOP")
    refused(world, copying(Suppression, id=new_id()), "phone_hash.*reason|uq_suppressions_in_force")
    with world.ctx.database.begin() as session:
        copying(Suppression, id=new_id(), reason=SuppressionReason.WRONG_NUMBER)(session)
        copying(Suppression, id=new_id(), lifted_at=NOW)(session)


# --- What must belong to something ---


def test_no_row_of_a_query_that_does_not_exist(world: World) -> None:
    world.refer()
    refused(world, copying(Round, id=new_id(), query_id=UUID(int=1)), "FOREIGN KEY|fk_rounds_query_id")
