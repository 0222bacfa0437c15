"""What outsiders know of a small world, and what must hold of its rows after every step.

The ledger keeps what was promised: ids told to customs, phones that must be left alone, numbers that were dropped,
news of deliveries. `check` reads all rows once and compares.
"""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from notifier.domain.lifecycle import Effect, Event, State
from notifier.domain.receipts import advance
from notifier.domain.types import UNPROMPTED, ReadingKind, Team, TextKind
from notifier.service.figures import count
from notifier.service.phones import phone_hash
from notifier.storage.models import Query
from notifier.storage.models.inbound import AskBackState
from notifier.storage.models.people import ClockState, SuppressionReason
from notifier.storage.models.texts import TextState
from tests.fakes import Posted
from tests.journeys.rows import Rows, read_rows
from tests.journeys.world import World
from tests.storage.chain import problems

CUSTOMS_WORDS = "Zimtstern"
PEOPLE = ("liaison", "hotline")
# Readings that concern a phone: they need no person to find out what they are about.
_OF_A_PHONE = (ReadingKind.STOP, ReadingKind.START, ReadingKind.CANCEL, ReadingKind.WRONG_NUMBER)
# A thank-you after the end needs nobody.
_ENDS_NOTHING = (ReadingKind.ACKNOWLEDGEMENT,)
_ALSO_AFTER_CLOSING = (TextKind.LATE, TextKind.IDENTITY)
_FAILED = ("undelivered", "failed", "canceled")
_ASKED_IN = {TextKind.QUESTION: State.RECEIVED, TextKind.REMINDER: State.AWAITING_REPLY}


@dataclass
class Ledger:
    """`silent`: by phone and reason, how many texts the carrier had when it was to be left alone.

    `crowded`: whether a query came to a phone with as many open ones as texts deal with.
    `failed`: what the carrier took and then could not bring, so that it may be sent anew.
    """

    codes: dict[UUID, str] = field(default_factory=dict)
    crowded: dict[UUID, bool] = field(default_factory=dict)
    silent: dict[tuple[str, SuppressionReason], int] = field(default_factory=dict)
    dropped: dict[tuple[str, str], int] = field(default_factory=dict)
    under_way: set[str] = field(default_factory=set)
    inbound: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    rows: Rows = field(default_factory=Rows)
    _deliveries: dict[UUID, tuple[str | None, str | None]] = field(default_factory=dict)
    _routed: set[UUID] = field(default_factory=set)
    _states: dict[UUID, State] = field(default_factory=dict)
    _seen: int = 0

    def check(self, world: World) -> None:
        """Raises AssertionError on the first promise that is broken."""
        rows = self.rows = read_rows(world)
        self._nothing_is_lost(rows)
        self._history_is_whole(rows)
        for query in rows.queries.values():
            _somebody_looks_after(query, rows)
            _calls_rest_only_while_a_reply_is_judged(query, rows)
            _people_have_clocks(query, rows)
            self._a_failure_counts_where_it_belongs(query, rows)
        self._nobody_is_texted_twice(world, rows)
        self._only_wanted_texts_go_out(world, rows)
        self._who_wants_no_texts_gets_none(world, rows)
        self._deliveries_never_go_back(rows)
        self._replies_are_kept_once(rows)
        self._a_person_with_many_queries_is_told_once(rows)
        _a_person_is_called_once(rows)
        _windows_keep_their_promise(rows)
        _operations_see_it(world, rows)
        self._states = {query.id: query.state for query in rows.queries.values()}
        self._seen = len(world.carrier.posted)

    def _nothing_is_lost(self, rows: Rows) -> None:
        assert {query.id: query.code for query in rows.queries.values()} == self.codes
        for query in rows.queries.values():
            assert (query.state is State.CLOSED) == (query.outcome is not None)
            assert (query.state is State.CLOSED) == (query.next_due_at is None)

    def _history_is_whole(self, rows: Rows) -> None:
        for query in rows.queries.values():
            assert problems(query, rows.history[query.id]) == []

    def _a_failure_counts_where_it_belongs(self, query: Query, rows: Rows) -> None:
        """Only the question being asked, or a phone that takes no texts, takes a query from the sender."""
        moved = [row.event for row in rows.history[query.id] if row.effect == Effect.MOVE]
        if self._states.get(query.id) is query.state or moved[-1:] != [Event.TEXT_FAILED]:
            return
        current = {one.id for one in rows.rounds if (one.query_id, one.number) == (query.id, query.round_number)}
        asked = [text for text in rows.texts.values() if text.round_id in current and text.kind is TextKind.QUESTION]
        failed = [text for text in asked if text.state is TextState.FAILED or text.delivery in _FAILED]
        assert failed or (query.mobile, SuppressionReason.OPTED_OUT) in self.silent

    def _nobody_is_texted_twice(self, world: World, rows: Rows) -> None:
        """Counted by what the carrier accepted and did not give up, not by what our rows say became of it."""
        kept = [one for one in world.carrier.posted if one.sid not in self.failed]
        posted = [rows.attempts[one.outgoing.attempt_id].text_id for one in kept]
        assert [text_id for text_id, times in Counter(posted).items() if times > 1] == []
        asked = Counter((rows.texts[text_id].round_id, rows.texts[text_id].kind) for text_id in posted)
        rounds = {key: times for key, times in asked.items() if key[1] in _ASKED_IN}
        assert set(rounds.values()) <= {1}

    def _only_wanted_texts_go_out(self, world: World, rows: Rows) -> None:
        """A question while it is to be asked, a reminder while it is waited for, nothing after the end."""
        for one in world.carrier.posted[self._seen :]:
            text = rows.texts[rows.attempts[one.outgoing.attempt_id].text_id]
            before = self._states[text.query_id]
            assert before is _ASKED_IN.get(text.kind, before)
            assert before is not State.CLOSED or text.kind in _ALSO_AFTER_CLOSING
            assert text.kind not in UNPROMPTED or text.any_hour or not self._quiet(world)
            assert CUSTOMS_WORDS not in one.outgoing.body
            assert world.ctx.catalogue.hotline in one.outgoing.body

    def _a_person_with_many_queries_is_told_once(self, rows: Rows) -> None:
        """No question of its own for a query that came to a crowd; one summary for a joint call."""
        first = {one.id for one in rows.rounds if one.number == 1}
        for text in rows.texts.values():
            if text.kind is TextKind.QUESTION and text.round_id in first:
                assert not self.crowded[text.query_id]
        summaries = [one for one in rows.texts.values() if one.kind is TextKind.SUMMARY]
        told = Counter(text.call_id for text in summaries if text.state is not TextState.CANCELLED)
        assert set(told.values()) <= {1}

    def _quiet(self, world: World) -> bool:
        hours = world.ctx.window.quiet_hours
        return hours is not None and hours.contains(world.now())

    def _who_wants_no_texts_gets_none(self, world: World, rows: Rows) -> None:
        """And nobody else is cut off."""
        ring, posted = world.ctx.database.keyring, world.carrier.posted
        wanted = {(phone_hash(ring, phone), reason) for phone, reason in self.silent}
        assert {(one.phone_hash, one.reason) for one in rows.suppressions if one.lifted_at is None} == wanted
        for (phone, _), since in self.silent.items():
            assert [one for one in posted[since:] if one.outgoing.to == phone and not self._excused(one)] == []
        for (code, phone), since in self.dropped.items():
            assert [one for one in posted[since:] if one.outgoing.to == phone and code in one.outgoing.body] == []

    def _excused(self, one: Posted) -> bool:
        """It was in a worker's hands when the carrier, not the sender, said that the phone takes no texts."""
        return one.outgoing.attempt_id in self.under_way

    def _deliveries_never_go_back(self, rows: Rows) -> None:
        """But for what the carrier gave up: it is sent anew, under another SID."""
        for text in rows.texts.values():
            sid, before = self._deliveries.get(text.id, (None, None))
            if sid in self.failed and text.carrier_sid != sid:
                before = None
            assert text.delivery == before or (text.delivery and advance(before, text.delivery) == text.delivery)
            self._deliveries[text.id] = text.carrier_sid, text.delivery

    def _replies_are_kept_once(self, rows: Rows) -> None:
        assert sorted(reply.carrier_sid for reply in rows.replies) == sorted(self.inbound)
        triaged = {handoff.reply_id for handoff in rows.handoffs}
        waiting = {asked.id for asked in rows.ask_backs if asked.state is AskBackState.OPEN}
        handed_over = {reply.ask_back_id for reply in rows.replies if reply.id in triaged} - {None}
        for reply in rows.replies:
            if reply.id not in self._routed:
                # Nobody speaks for a query that is not asked on this very phone.
                assert reply.query_id is None or rows.queries[reply.query_id].mobile == reply.phone
            self._routed.add(reply.id)
            about_a_query = reply.query_id is not None and (not reply.late or reply.reading in _ENDS_NOTHING)
            held = reply.ask_back_id in waiting or reply.ask_back_id in handed_over
            assert about_a_query or held or reply.reading in _OF_A_PHONE or reply.id in triaged


def _somebody_looks_after(query: Query, rows: Rows) -> None:
    """What people took over lies on somebody's list, unless a person took it off."""
    if query.state not in (State.ESCALATED, State.REPLIED):
        return
    moved = [row for row in rows.history[query.id] if row.effect == Effect.MOVE]
    since = moved[-1].at
    mine = [handoff for handoff in rows.handoffs if handoff.query_id == query.id]
    held = [one for one in mine if one.closed_at is None and one.clock is not ClockState.PARKED]
    finished = [one for one in mine if one.closed_at and one.closed_at >= since and one.closed_by in PEOPLE]
    assert held or finished, f"{query.state}, and on nobody's list"


def _calls_rest_only_while_a_reply_is_judged(query: Query, rows: Rows) -> None:
    """And while one rests, the history says so."""
    parked = [
        one
        for one in rows.handoffs
        if one.query_id == query.id and one.closed_at is None and one.clock is ClockState.PARKED
    ]
    if parked:
        assert query.state is State.REPLIED
        told = [row for row in rows.history[query.id] if row.event in (Event.CALL_PARKED, Event.CALL_RESTORED)]
        assert told[-1].event is Event.CALL_PARKED


def _a_person_is_called_once(rows: Rows) -> None:
    """While a joint call is open, all that the hotline has of its phone is part of it; it is open while any part is."""
    open_calls = {one.id: one.phone_hash for one in rows.on_lists() if one.phone_hash is not None}
    assert len(set(open_calls.values())) == len(open_calls)
    parts = [one for one in rows.on_lists() if one.call_id is not None]
    assert {one.call_id for one in parts} == set(open_calls)
    for one in rows.on_lists():
        if one.team is Team.HOTLINE and one.query_id is not None and one.reply_id is None:
            query = rows.queries[one.query_id]
            assert one.call_id is not None or query.mobile_hash not in open_calls.values()
    for call_id in open_calls:
        resting = {part.clock is ClockState.PARKED for part in parts if part.call_id == call_id}
        (call,) = [one for one in rows.handoffs if one.id == call_id]
        assert (call.clock is ClockState.PARKED) == (resting == {True})


def _people_have_clocks(query: Query, rows: Rows) -> None:
    """Each step of a handoff's clock rings once and is written down; what rang to the end is as urgent as can be."""
    mine = {str(one.id): one for one in rows.handoffs if one.query_id == query.id}
    whole = {str(one.call_id) for one in mine.values()}
    mine |= {str(one.id): one for one in rows.handoffs if str(one.id) in whole}
    rung = Counter(
        (row.detail["handoff"], row.detail["priority"], row.detail["reason"])
        for row in rows.history[query.id]
        if row.event is Event.OVERDUE
    )
    assert {told for told, _, _ in rung} <= set(mine)
    for (told, priority, _), times in rung.items():
        assert mine[told].overdue is not None
        # Two steps end at the top: the one before it, and its own. A call that was parked begins anew.
        assert times <= (2 if priority == 1 else 1) or mine[told].team is Team.HOTLINE
    for one in mine.values():
        if one.closed_at is None and one.clock is ClockState.RUNG:
            assert one.overdue is not None


def _windows_keep_their_promise(rows: Rows) -> None:
    """A sender may answer until the time the text named, and somebody looks no later than the closing."""
    closings = {one.id: one.close_at for one in rows.rounds}
    for text in rows.texts.values():
        closing = closings[text.round_id]
        if text.kind in _ASKED_IN and closing is not None and text.reply_by is not None:
            assert text.reply_by <= closing
    for one in rows.rounds:
        query = rows.queries[one.query_id]
        if query.state is State.AWAITING_REPLY and one.number == query.round_number:
            assert one.close_at is not None
            assert query.next_due_at is not None
            assert query.next_due_at <= one.close_at


def _operations_see_it(world: World, rows: Rows) -> None:
    """Every unknown text is counted; no webhook broke its worker."""
    assert list(rows.webhooks) == []
    unknown = sum(text.state is TextState.UNKNOWN for text in rows.texts.values())
    if unknown:
        shown = count(world.ctx).texts
        assert sum(number for (state, _), number in shown.items() if state == TextState.UNKNOWN) == unknown
