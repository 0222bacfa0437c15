"""What happens inside the post: time passes, due times fire, and people decide."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from notifier.domain.errors import Conflict, Invalid
from notifier.domain.lifecycle import Outcome as End
from notifier.domain.lifecycle import State
from notifier.domain.permissions import Principal, Role
from notifier.domain.types import Language, Team
from notifier.service.answers import mark_refused, mark_sent
from notifier.service.intake import Taken
from notifier.service.new_rounds import Correction, ask_again, correct
from notifier.service.rejecting import reject_answer
from notifier.service.resolution import accept_answer, close, escalate, record_answer, reopen, withdraw
from notifier.service.silencing import add_by_number
from notifier.service.suppressions import find_suppressions, lift_suppression
from notifier.service.sweep import sweep
from notifier.service.taking_on import claim, finish
from notifier.storage.models import Query
from notifier.storage.models.people import SuppressionReason
from tests.journeys.machine_ground import ITEMS, LANDLINE, Ground, newest, phones, places, queries

STAFF = Principal("liaison", Role.LIAISON)
HOTLINE = Principal("hotline", Role.HOTLINE)
RELAY = Principal("relay", Role.LIAISON)
DEEDS: dict[str, Callable[[], Any]] = {
    "ask again": ask_again,
    "ask something else": lambda: ask_again(["F611"]),
    "ask anyway": lambda: ask_again(anyway=True),
    "ask what no text may ask": lambda: ask_again(["F605", "F102", "S10"]),
    "other language": lambda: correct(Correction(language=Language.ZH_HANT)),
    "other item": lambda: correct(Correction(item_id=ITEMS[1])),
    "escalate": lambda: escalate(Team.STAFF),
    "withdraw": lambda: withdraw,
    "clear": lambda: close(End.CLEARED),
    "give up": lambda: close(End.UNANSWERED),
    "reopen": lambda: reopen("It was closed too soon"),
    "reject the reply": lambda: reject_answer("Too vague"),
    "accept the reply": lambda: accept_answer(None, "R100"),
    "answer customs": lambda: accept_answer("WOODEN TOYS", None),
    "write down a call": lambda: record_answer("It is a doll"),
}


class Time(Ground):
    """It passes; the sweep comes by."""

    @rule(hours=st.sampled_from([0.2, 1, 11, 13, 25, 49, 73, 200]))
    def time_passes(self, hours: float) -> None:
        self.world.wind(timedelta(hours=hours))

    @rule()
    def the_sweep_fires_everything_that_is_due(self) -> None:
        """Every due time fires once: soon there is nothing left to fire."""
        for _ in range(10):
            if not sweep(self.world.ctx):
                break
        late = select(Query.id).where(Query.state != State.CLOSED, Query.next_due_at <= self.world.now())
        with self.world.ctx.database.read() as session:
            assert session.scalars(late).all() == [], "a due time fires again and again, or never"


class People(Ground):
    """Staff decide, the hotline works on its list, the relay takes answers to customs."""

    @rule(query=queries, name=st.sampled_from(sorted(DEEDS)), preview=st.integers(0, 3).map(lambda one: one == 0))
    def staff_decide(self, query: Taken, name: str, preview: bool) -> None:
        before = self.query(query.id)
        try:
            done = self.world.do(query.id, DEEDS[name](), preview=preview)
        except (Conflict, Invalid):
            done = None
        after = self.query(query.id)
        if done is None or preview:
            assert after.history_hash == before.history_hash, "what is refused or only tried leaves no trace"
        else:
            assert after.state is done.state
            assert done.consequences

    @rule(query=queries, mobile=phones | st.just(LANDLINE))
    def staff_correct_the_number(self, query: Taken, mobile: str) -> None:
        old = self.query(query.id).mobile
        try:
            self.world.do(query.id, correct(Correction(sender_mobile=mobile)))
        except (Conflict, Invalid):
            return  # It is closed, or that is its number.
        self.ledger.dropped.pop((query.code, mobile), None)
        if old is not None:
            self.ledger.dropped[query.code, old] = len(self.carrier.posted)

    @rule(mobile=phones, reason=st.sampled_from(SuppressionReason))
    def staff_put_a_phone_on_the_list(self, mobile: str, reason: SuppressionReason) -> None:
        if add_by_number(self.world.ctx, mobile, reason, STAFF, "The sender called").new:
            self.ledger.silent[mobile, reason] = len(self.carrier.posted)

    @precondition(lambda self: self.ledger.silent)
    @rule(place=places)
    def staff_lift_a_suppression(self, place: int) -> None:
        phone, reason = newest(sorted(self.ledger.silent), place)
        (found,) = [one for one in find_suppressions(self.world.ctx, phone) if one.reason is reason]
        lift_suppression(self.world.ctx, found.id, STAFF, "The sender called")
        del self.ledger.silent[phone, reason]

    @precondition(lambda self: self.ledger.rows.to_customs())
    @rule(place=places, sent=st.booleans())
    def the_relay_comes_back(self, place: int, sent: bool) -> None:
        answer = newest(self.ledger.rows.to_customs(), place)
        if sent:
            mark_sent(self.world.ctx, answer.id, RELAY)
        else:
            mark_refused(self.world.ctx, answer.id, "Too vague", RELAY)

    @precondition(lambda self: self.ledger.rows.on_lists())
    @rule(place=places, who=st.sampled_from([STAFF, HOTLINE]), done=st.booleans())
    def somebody_works_on_the_list(self, place: int, who: Principal, done: bool) -> None:
        handoff = newest(self.ledger.rows.on_lists(), place)
        with suppress(Conflict):  # somebody else may hold it
            if done:
                finish(self.world.ctx, handoff.id, who, "called")
            else:
                claim(self.world.ctx, handoff.id, who)
