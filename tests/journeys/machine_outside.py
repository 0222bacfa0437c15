"""What comes from outside: customs, the carrier and the workers it talks to, and whoever holds a phone."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import update

from notifier.domain.lifecycle import State
from notifier.domain.permissions import Principal, Role
from notifier.service.claims import claim_batch
from notifier.service.intake import Taken
from notifier.service.items import do_not_load
from notifier.service.outcomes import record_outcome
from notifier.service.posting import mark_posting
from notifier.storage.models import Text
from notifier.storage.models.texts import TextState
from tests.journeys.ledger import CUSTOMS_WORDS
from tests.journeys.machine_ground import (
    HOUR,
    ITEMS,
    LANDLINE,
    PHONES,
    STOPS,
    Ground,
    newest,
    outcomes,
    phones,
    places,
    queries,
)

CUSTOMS = Principal("customs desk", Role.LIAISON)
MOST_QUERIES = 4
QUESTIONS = (
    [{"code": "F605"}],
    [{"code": "F605"}, {"code": "F611"}],
    [{"code": "F604", "text": CUSTOMS_WORDS}],
    [{"code": "F102", "text": CUSTOMS_WORDS}],
)
STATUSES = ("queued", "sending", "sent", "delivered", "undelivered", "failed", "read", "no such status")
CODES = (None, 30005, 30001, 21610)  # of a failed delivery; after 30001 a text is sent anew
ANSWERS = ("Two cotton shirts", "1", "1. shirts 2. two", "木製玩具")
OTHERS = ("OK", "👍", "who is this?", "", "😀", "START", "123", "2. two", "CHECK", "RR123456785HK")


class Customs(Ground):
    """Asks, asks the same again, contradicts itself, and stops an item."""

    @precondition(lambda self: len(self.asked) < MOST_QUERIES)
    @rule(
        target=queries,
        mobile=phones | st.just(LANDLINE),
        questions=st.sampled_from(QUESTIONS),
        language=st.sampled_from(["en", "zh-Hans", None]),
        hours=st.none() | st.sampled_from([1, 30, 100]),
    )
    def customs_asks(self, mobile: str, questions: list[Any], language: str | None, hours: int | None) -> Taken:
        deadline = (self.world.now() + hours * HOUR).isoformat() if hours else None
        fields = {
            "referral_reference": f"M{len(self.asked)}",
            "sender_mobile": mobile,
            "questions": questions,
            "language": language,
            "deadline_at": deadline,
        }
        before = self.open_on(mobile)
        taken = self.world.refer(**fields)
        assert taken.new
        self.ledger.crowded[taken.id] = before >= self.world.ctx.numbers.queries_by_text
        self.asked[taken.id], self.ledger.codes[taken.id] = fields, taken.code
        return taken

    @rule(query=queries)
    def customs_asks_the_same_again(self, query: Taken) -> None:
        again = self.world.refer(**self.asked[query.id])
        assert (again.id, again.code, again.new, again.conflict_id) == (query.id, query.code, False, None)

    @rule(query=queries)
    def customs_contradicts_itself(self, query: Taken) -> None:
        before = self.query(query.id)
        other = self.world.refer(**self.asked[query.id], item_id=ITEMS[1])
        assert (other.id, other.new) == (query.id, False)
        assert other.conflict_id is not None
        after = self.query(query.id)
        assert (after.item_id, after.state) == (before.item_id, before.state)

    @rule(item=st.sampled_from(ITEMS))
    def customs_stops_an_item(self, item: str) -> None:
        do_not_load(self.world.ctx, item, CUSTOMS)
        rows = [self.query(query_id) for query_id in self.asked]
        assert all(query.state is State.CLOSED for query in rows if query.item_id == item)


class CarrierAndWorkers(Ground):
    """Workers that live, are slow, or die; a carrier that takes, refuses, loses, reports, and falls silent."""

    @precondition(lambda self: self.has(TextState.QUEUED))
    @rule(script=st.lists(outcomes, max_size=2), kept=st.booleans())
    def a_worker_sends(self, script: list[str], kept: bool) -> None:
        self.script(script, kept)
        self.world.send()
        self.believe_the_carrier()

    @precondition(lambda self: self.has(TextState.QUEUED))
    @rule(outcome=outcomes, kept=st.booleans(), waits=st.booleans())
    def a_slow_worker_claims(self, outcome: str, kept: bool, waits: bool) -> None:
        """And posts at once, or only later; what became of it is written down later still."""
        self.held.extend(claim_batch(self.world.ctx))
        if not waits and self.held:
            self.it_posts(outcome, kept)

    @precondition(lambda self: self.held)
    @rule(outcome=outcomes, kept=st.booleans())
    def it_posts(self, outcome: str, kept: bool) -> None:
        self.script([outcome], kept)
        for held in mark_posting(self.world.ctx, [self.held.popleft()]):
            self.unrecorded.append((held, self.carrier.send(held.outgoing)))

    @precondition(lambda self: self.unrecorded)
    @rule()
    def it_records_the_outcome(self) -> None:
        record_outcome(self.world.ctx, *self.unrecorded.popleft())
        self.believe_the_carrier()

    @precondition(lambda self: self.has(TextState.CLAIMED, TextState.POSTING))
    @rule(dead=st.booleans())
    def leases_run_out(self, dead: bool) -> None:
        """Of workers that died, or that are only slow and come back later."""
        if dead:
            self.held.clear()
            self.unrecorded.clear()
        with self.world.ctx.database.begin() as session:
            past = self.world.ctx.clock.wall() - HOUR
            session.execute(update(Text).where(Text.lease_until.is_not(None)).values(lease_until=past))
        self.world.sweep()

    @precondition(lambda self: self.carrier.silent or self.has(TextState.UNKNOWN, TextState.POSTING))
    @rule()
    def the_carrier_falls_silent_or_speaks_again(self) -> None:
        self.carrier.silent = not self.carrier.silent

    @precondition(lambda self: self.carrier.posted)
    @rule(place=places, status=st.sampled_from(STATUSES), code=st.sampled_from(CODES))
    def the_carrier_reports(self, place: int, status: str, code: int | None) -> None:
        posted = newest(self.carrier.posted, place)
        failed = status in ("undelivered", "failed")
        if failed and code == 30001:
            self.ledger.failed.add(posted.sid)
        self.world.receipt(posted, status, code if failed else None)
        self.believe_the_carrier()

    @precondition(lambda self: self.ledger.rows.paused)
    @rule()
    def ops_resumes_sending(self) -> None:
        self.resume()


class Senders(Customs, CarrierAndWorkers):
    """Whoever holds a phone."""

    @precondition(lambda self: len(self.asked) < MOST_QUERIES)
    @rule(target=queries, mobile=phones)
    def a_question_arrives(self, mobile: str) -> Taken:
        """The usual beginning, in one step."""
        self.resume()
        taken = self.customs_asks(mobile=mobile, questions=QUESTIONS[0], language="en", hours=None)
        self.look()
        self.a_worker_sends(script=[], kept=True)
        if self.carrier.posted and taken.code in self.carrier.posted[-1].outgoing.body:
            self.the_carrier_reports(place=0, status="delivered", code=None)
        return taken

    @precondition(lambda self: self.carrier.posted)
    @rule(place=places, body=st.sampled_from(ANSWERS + OTHERS + tuple(STOPS)), media=st.booleans())
    def the_sender_answers(self, place: int, body: str, media: bool) -> None:
        self.write(newest(self.carrier.posted, place).outgoing.to, body, media=media, stops=STOPS.get(body))

    @rule(phone=st.sampled_from(PHONES), query=queries, body=st.sampled_from(ANSWERS + tuple(STOPS)))
    def any_phone_names_a_query(self, phone: str, query: Taken, body: str) -> None:
        self.write(phone, f"{query.code} {body}", stops=STOPS.get(body))

    @precondition(lambda self: self.carrier.posted)
    @rule(place=places, kept=st.booleans())
    def the_line_drops_on_an_automatic_reply(self, place: int, kept: bool) -> None:
        """The sender asks who writes, and nobody knows whether our answer went out."""
        self.the_sender_answers(place, "who is this?", False)
        self.look()
        self.a_worker_sends(["line dropped"], kept)
