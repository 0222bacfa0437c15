"""A machine that does anything to a small world, in any order, and looks at everything after each step."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import exists, select, update

from notifier.carriers.port import Fault, Hold, Never, NotSent, Outcome, Unknown
from notifier.domain.errors import Conflict, Invalid
from notifier.domain.lifecycle import Outcome as End
from notifier.domain.lifecycle import State
from notifier.domain.permissions import SYSTEM, Principal, Role
from notifier.domain.quiet_hours import HONG_KONG, QuietHours
from notifier.domain.types import Language, Team
from notifier.service import answers, handoffs, switches
from notifier.service.claims import Held, claim_batch, mark_posting
from notifier.service.intake import Taken
from notifier.service.items import do_not_load
from notifier.service.new_rounds import Correction, ask_again, correct
from notifier.service.outcomes import record_outcome
from notifier.service.resolution import accept_answer, close, escalate, record_answer, reopen, withdraw
from notifier.service.sweep import sweep
from notifier.service.webhooks import Arrived, process_webhooks, store
from notifier.storage.models import Answer, Handoff, Query, Text
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.people import AnswerState, SuppressionReason
from notifier.storage.models.texts import TextState
from tests.fakes import FakeCarrier
from tests.journeys.ledger import CUSTOMS_WORDS, Ledger
from tests.journeys.world import World

PHONES = ("+85291234567", "+85261234567", "+85251234567")
LANDLINE = "2345 6789"
ITEMS = ("RR123456785HK", "CP203011144HK")
HOUR = timedelta(hours=1)
OPTED_OUT, WRONG = SuppressionReason.OPTED_OUT, SuppressionReason.WRONG_NUMBER
STAFF = Principal("liaison", Role.LIAISON)
HOTLINE = Principal("hotline", Role.HOTLINE)
RELAY = Principal("relay", Role.LIAISON)
OUTCOMES: dict[str, Outcome | None] = {
    "accepted": None,
    "later": NotSent("Too many at once.", 20429),
    "nothing goes out": NotSent("The account was refused.", 20003, hold=Hold.EVERYTHING),
    "bad number": Never("This number cannot get SMS.", Fault.NUMBER, 21614),
    "opted out": Never("The sender opted out.", Fault.OPTED_OUT, 21610),
    "line dropped": Unknown("The line dropped."),
}
ANSWERS = ("Two cotton shirts", "1", "1. shirts 2. two", "木製玩具")
OTHERS = ("OK", "👍", "who is this?", "", "😀", "START", "123")
STOPS = {"STOP": OPTED_OUT, "取消": OPTED_OUT, "打錯": WRONG}
STATUSES = ("queued", "sending", "sent", "delivered", "undelivered", "failed", "read", "no such status")
QUESTIONS = (
    [{"code": "F605"}],
    [{"code": "F605"}, {"code": "F611"}],
    [{"code": "F604", "text": CUSTOMS_WORDS}],
    [{"code": "F102", "text": CUSTOMS_WORDS}],
)
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
    "accept the reply": lambda: accept_answer(None, "R100"),
    "answer customs": lambda: accept_answer("WOODEN TOYS", None),
    "write down a call": lambda: record_answer("It is a doll"),
}
phones = st.sampled_from(PHONES[:2])
strangers = st.sampled_from(PHONES)
CODES = (None, 30005, 30001, 21610)  # of a failed delivery; after 30001 a text is sent anew
outcomes = st.sampled_from(sorted(OUTCOMES))
places = st.integers(0, 50)  # which of many, counted from the newest


class Machine(RuleBasedStateMachine):
    """Give it a way to open a fresh world in which a worker sends one text at a time."""

    queries = Bundle("queries")

    def __init__(self, open_world: Callable[[], World]) -> None:
        super().__init__()
        self.world = open_world()
        self.carrier: FakeCarrier = self.world.carrier
        self.ledger = Ledger()
        self.asked: dict[UUID, dict[str, Any]] = {}
        self.held: deque[Held] = deque()
        self.unrecorded: deque[tuple[Held, Outcome]] = deque()
        self.whole = True

    @initialize(quiet=st.booleans())
    def a_morning(self, quiet: bool) -> None:
        """Every run meets the same nights."""
        self._until_ten()
        hours = QuietHours(time(21), time(9)) if quiet else None
        ctx = self.world.ctx
        self.world.ctx = replace(ctx, window=replace(ctx.window, quiet_hours=hours))

    # --- Customs ---

    @precondition(lambda self: len(self.asked) < 4)
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
        taken = self.world.refer(**fields)
        assert taken.new
        self.asked[taken.id], self.ledger.codes[taken.id] = fields, taken.code
        return taken

    @rule(query=queries)
    def customs_asks_the_same_again(self, query: Taken) -> None:
        again = self.world.refer(**self.asked[query.id])
        assert (again.id, again.code, again.new, again.conflict_id) == (query.id, query.code, False, None)

    @rule(query=queries, item=st.just(ITEMS[1]))
    def customs_contradicts_itself(self, query: Taken, item: str) -> None:
        before = self._query(query.id)
        other = self.world.refer(**self.asked[query.id], item_id=item)
        assert (other.id, other.new) == (query.id, False)
        assert other.conflict_id is not None
        after = self._query(query.id)
        assert (after.item_id, after.state) == (before.item_id, before.state)

    @rule(item=st.sampled_from(ITEMS))
    def customs_stops_an_item(self, item: str) -> None:
        do_not_load(self.world.ctx, item, STAFF)
        rows = [self._query(query_id) for query_id in self.asked]
        assert all(query.state is State.CLOSED for query in rows if query.item_id == item)

    @precondition(lambda self: len(self.asked) < 4)
    @rule(target=queries, mobile=phones)
    def a_question_arrives(self, mobile: str) -> Taken:
        """The usual beginning, in one step."""
        self.ops_resumes_sending()
        taken = self.customs_asks(mobile=mobile, questions=QUESTIONS[0], language="en", hours=None)
        self.every_promise_holds()
        self.a_worker_sends(script=[], kept=True)
        if self.carrier.posted and taken.code in self.carrier.posted[-1].outgoing.body:
            self.the_carrier_reports(place=0, status="delivered", code=None)
        return taken

    # --- The carrier, and workers that live ---

    @rule(script=st.lists(outcomes, max_size=3), kept=st.booleans())
    def a_worker_sends(self, script: list[str], kept: bool) -> None:
        self._script(script, kept)
        self.world.send()
        self._believe_the_carrier()

    @rule(outcome=outcomes, kept=st.booleans(), waits=st.booleans())
    def a_slow_worker_claims(self, outcome: str, kept: bool, waits: bool) -> None:
        """And posts at once, or only later; what became of it is written down later still."""
        self.held.extend(claim_batch(self.world.ctx))
        if not waits:
            self.it_posts(outcome, kept)

    @precondition(lambda self: self.held)
    @rule(outcome=outcomes, kept=st.booleans())
    def it_posts(self, outcome: str, kept: bool) -> None:
        self._script([outcome], kept)
        for held in mark_posting(self.world.ctx, [self.held.popleft()]) if self.held else []:
            self.unrecorded.append((held, self.carrier.send(held.outgoing)))

    @precondition(lambda self: self.unrecorded)
    @rule()
    def it_records_the_outcome(self) -> None:
        record_outcome(self.world.ctx, *self.unrecorded.popleft())
        self._believe_the_carrier()

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

    @rule(silent=st.booleans())
    def the_carrier_can_be_asked_or_not(self, silent: bool) -> None:
        self.carrier.silent = silent

    @precondition(lambda self: self.carrier.posted)
    @rule(place=places, status=st.sampled_from(STATUSES), code=st.sampled_from(CODES))
    def the_carrier_reports(self, place: int, status: str, code: int | None) -> None:
        posted = self._newest(self.carrier.posted, place)
        failed = status in ("undelivered", "failed")
        if failed and code == 30001:
            self.ledger.failed.add(posted.sid)
        self.world.receipt(posted, status, code if failed else None)
        self._believe_the_carrier()

    @rule()
    def ops_resumes_sending(self) -> None:
        with self.world.ctx.database.begin() as session:
            switches.resume_sending(session, self.world.ctx, SYSTEM)

    # --- The sender ---

    @precondition(lambda self: self.carrier.posted)
    @rule(place=places, body=st.sampled_from(ANSWERS + OTHERS + tuple(STOPS)), media=st.booleans())
    def the_sender_answers(self, place: int, body: str, media: bool) -> None:
        self._write(self._newest(self.carrier.posted, place).outgoing.to, body, media)

    @rule(phone=strangers, query=queries, body=st.sampled_from(ANSWERS + tuple(STOPS)), named=st.booleans())
    def any_phone_writes(self, phone: str, query: Taken, body: str, named: bool) -> None:
        self._write(phone, f"{query.code} {body}" if named else body, False, STOPS.get(body))

    @precondition(lambda self: self.carrier.posted)
    @rule(place=places, kept=st.booleans())
    def the_line_drops_on_an_automatic_reply(self, place: int, kept: bool) -> None:
        """The sender asks who writes, and nobody knows whether our answer went out."""
        self.the_sender_answers(place, "who is this?", False)
        self.every_promise_holds()
        self.a_worker_sends(["line dropped"], kept)

    def _write(self, phone: str, body: str, media: bool, stops: SuppressionReason | None = None) -> None:
        sid = f"SMin{len(self.ledger.inbound):04}"
        form = [("MessageSid", sid), ("From", phone), ("To", "+85264500001"), ("Body", body), ("NumMedia", str(+media))]
        for _ in range(2):  # the carrier may say everything twice
            store(self.world.ctx, Arrived(WebhookKind.INBOUND, form))
            process_webhooks(self.world.ctx)
        self.ledger.inbound.add(sid)
        stops = stops or STOPS.get(body)
        if stops:
            self.ledger.silent[phone, stops] = len(self.carrier.posted)
        elif body == "START":
            self.ledger.silent.pop((phone, OPTED_OUT), None)

    # --- Time ---

    @rule(hours=st.sampled_from([0.2, 1, 11, 13, 25, 49, 73, 200]))
    def time_passes(self, hours: float) -> None:
        self.world.wind(timedelta(hours=hours))

    @rule()
    def the_sweep_fires_everything_that_is_due(self) -> None:
        self._settle()

    # --- People ---

    @rule(query=queries, name=st.sampled_from(sorted(DEEDS)), preview=st.booleans())
    def staff_decide(self, query: Taken, name: str, preview: bool) -> None:
        before = self._query(query.id)
        try:
            done = self.world.do(query.id, DEEDS[name](), preview=preview)
        except (Conflict, Invalid):
            done = None
        after = self._query(query.id)
        if done is None or preview:
            assert after.history_hash == before.history_hash, "what is refused or only tried leaves no trace"
        else:
            assert after.state is done.state
            assert done.consequences

    @rule(query=queries, mobile=phones | st.just(LANDLINE))
    def staff_correct_the_number(self, query: Taken, mobile: str) -> None:
        old = self._query(query.id).mobile
        try:
            self.world.do(query.id, correct(Correction(sender_mobile=mobile)))
        except (Conflict, Invalid):
            return  # It is closed, or that is its number.
        self.ledger.dropped.pop((query.code, mobile), None)
        if old not in (None, mobile):
            self.ledger.dropped[query.code, old] = len(self.carrier.posted)

    @rule(place=places, sent=st.booleans())
    def the_relay_comes_back(self, place: int, sent: bool) -> None:
        waiting = self._ids(select(Answer.id).where(Answer.state.in_(_TO_CUSTOMS)).order_by(Answer.accepted_at))
        if not waiting:
            return
        answer_id = self._newest(waiting, place)
        if sent:
            answers.mark_sent(self.world.ctx, answer_id, RELAY)
        else:
            answers.mark_refused(self.world.ctx, answer_id, "Too vague", RELAY)

    @rule(place=places, who=st.sampled_from([STAFF, HOTLINE]), done=st.booleans())
    def somebody_works_on_the_list(self, place: int, who: Principal, done: bool) -> None:
        waiting = self._ids(
            select(Handoff.id).where(Handoff.closed_at.is_(None)).order_by(Handoff.opened_at, Handoff.reason)
        )
        if not waiting:
            return
        handoff_id = self._newest(waiting, place)
        # Somebody else may hold it.
        with suppress(Conflict):
            if done:
                handoffs.finish(self.world.ctx, handoff_id, who, "called")
            else:
                handoffs.claim(self.world.ctx, handoff_id, who)

    # --- After every step, and at the end ---

    @invariant()
    def every_promise_holds(self) -> None:
        self.whole = False
        self.ledger.check(self.world)
        self.whole = True

    def teardown(self) -> None:
        """In the end nothing hangs: every text has a fate, and every query is closed, or on somebody's list."""
        try:
            if self.whole:
                self._calm_down()
                assert self._ids(select(Text.id).where(Text.state.in_(_UNDECIDED))) == []
                assert self._ids(select(Query.id).where(Query.state.in_(_WAITING))) == []
                listed = exists().where(Handoff.query_id == Query.id, Handoff.closed_at.is_(None))
                assert self._ids(select(Query.id).where(Query.state.in_(_WITH_PEOPLE), ~listed)) == []
        finally:
            self.world.ctx.database.dispose()

    def _calm_down(self) -> None:
        """Everybody answers again; a day of sending, and then more time than any window has."""
        self._script([], True)
        self.carrier.silent = False
        self.leases_run_out(dead=True)
        self.ops_resumes_sending()
        for wait in (80 * HOUR, timedelta(0)):
            self._until_ten()
            self.world.send()
            self.every_promise_holds()
            self.world.wind(wait)
            self._settle()
            self.every_promise_holds()

    def _until_ten(self) -> None:
        """Next morning in Hong Kong."""
        now = self.world.now().astimezone(HONG_KONG)
        self.world.wind(datetime.combine(now.date() + timedelta(days=1), time(10), HONG_KONG) - now)

    def _settle(self) -> None:
        """Every due time fires once: soon there is nothing left to fire."""
        for _ in range(10):
            if not sweep(self.world.ctx):
                break
        now = self.world.now()
        late = select(Query.id).where(Query.state != State.CLOSED, Query.next_due_at <= now)
        assert self._ids(late) == [], "a due time fires again and again, or never"

    def _script(self, names: list[str], kept: bool) -> None:
        self.carrier.kept = kept
        self.carrier.script.clear()
        self.carrier.script.extend(outcome for name in names if (outcome := OUTCOMES[name]) is not None)

    def _believe_the_carrier(self) -> None:
        """Phones of which the carrier said that they take no texts: nothing that is claimed from now on goes there."""
        told = select(Text.recipient).where(Text.error_code == 21610)
        with self.world.ctx.database.read() as session:
            phones_told = set(session.scalars(told))
        for phone in phones_told:
            if (phone, OPTED_OUT) not in self.ledger.silent:
                self.ledger.silent[phone, OPTED_OUT] = len(self.carrier.posted)
                self.ledger.under_way |= {held.outgoing.attempt_id for held in self.held}

    def _query(self, query_id: UUID) -> Query:
        with self.world.ctx.database.read() as session:
            return session.get_one(Query, query_id)

    def _ids(self, statement: Any) -> list[UUID]:
        with self.world.ctx.database.read() as session:
            return list(session.scalars(statement))

    @staticmethod
    def _newest(things: Any, place: int) -> Any:
        return things[-1 - place % len(things)]


_WAITING = (State.RECEIVED, State.AWAITING_REPLY)
_WITH_PEOPLE = (State.REPLIED, State.ESCALATED)
_TO_CUSTOMS = (AnswerState.ACCEPTED, AnswerState.SENT)
_UNDECIDED = (TextState.QUEUED, TextState.CLAIMED, TextState.POSTING, TextState.UNKNOWN)
