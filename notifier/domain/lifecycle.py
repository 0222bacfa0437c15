"""The life of a query: five states, and what each event does in each of them.

The table is total: `decide` answers for every pair. An event that comes late or twice is recorded and moves
nothing; a deed that makes no sense in a state is refused; `reopened` is the only way out of closed.
"""

from dataclasses import dataclass
from enum import StrEnum

from notifier.domain.errors import Conflict


class State(StrEnum):
    """Where a query stands."""

    RECEIVED = "received"
    AWAITING_REPLY = "awaiting_reply"
    REPLIED = "replied"
    ESCALATED = "escalated"
    CLOSED = "closed"


OPEN_STATES = (State.RECEIVED, State.AWAITING_REPLY, State.REPLIED, State.ESCALATED)


class Outcome(StrEnum):
    """How a closed query ended."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    WITHDRAWN = "withdrawn"
    CLEARED = "cleared"
    DO_NOT_LOAD = "do_not_load"
    RETURNED = "returned"


class Event(StrEnum):
    """Something that happened to a query, past tense."""

    INTAKE_ACCEPTED = "intake_accepted"
    CONFLICT_RECORDED = "conflict_recorded"
    TEXT_HANDED_OVER = "text_handed_over"
    TEXT_FAILED = "text_failed"
    WINDOW_OPENED = "window_opened"
    REMINDER_QUEUED = "reminder_queued"
    REMINDER_SKIPPED = "reminder_skipped"
    WINDOW_CLOSED = "window_closed"
    REPLY_ANSWERED = "reply_answered"
    REPLY_NOTED = "reply_noted"
    REPLY_MOVED = "reply_moved"
    REPLY_TAKEN_AWAY = "reply_taken_away"
    SENDER_OPTED_OUT = "sender_opted_out"
    NUMBER_WRONG = "number_wrong"
    CALLS_PREFERRED = "calls_preferred"
    ESCALATED = "escalated"
    REVIEW_OVERDUE = "review_overdue"
    OVERDUE = "overdue"
    CALL_PARKED = "call_parked"
    CALL_RESTORED = "call_restored"
    ANSWER_REJECTED = "answer_rejected"
    ASKED_AGAIN = "asked_again"
    CORRECTED = "corrected"
    ANSWER_ACCEPTED = "answer_accepted"
    ANSWER_SENT = "answer_sent"
    ANSWER_REFUSED = "answer_refused"
    CLOSED_BY_STAFF = "closed_by_staff"
    WITHDRAWN = "withdrawn"
    CLEARED = "cleared"
    DO_NOT_LOAD = "do_not_load"
    REOPENED = "reopened"


class Effect(StrEnum):
    """What a pair does: move to a state, stay (news), stay (late or repeated news), or be refused."""

    MOVE = "move"
    STAY = "stay"
    LATE = "late"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Decision:
    """What happens at a (state, event): `to` is the state afterwards, also when nothing moves."""

    effect: Effect
    to: State


_R, _A, _P, _E, _C = State.RECEIVED, State.AWAITING_REPLY, State.REPLIED, State.ESCALATED, State.CLOSED
_STAY, _LATE, _NO = Effect.STAY, Effect.LATE, Effect.REFUSE

# One row an event; columns: received, awaiting_reply, replied, escalated, closed.
# A state means "move there".
_ROWS: dict[Event, tuple[State | Effect, State | Effect, State | Effect, State | Effect, State | Effect]] = {
    Event.INTAKE_ACCEPTED: (_STAY, _NO, _NO, _NO, _NO),
    Event.CONFLICT_RECORDED: (_STAY, _STAY, _STAY, _STAY, _LATE),
    Event.TEXT_HANDED_OVER: (_STAY, _STAY, _LATE, _LATE, _LATE),
    Event.TEXT_FAILED: (_E, _E, _LATE, _LATE, _LATE),
    Event.WINDOW_OPENED: (_A, _LATE, _LATE, _LATE, _LATE),
    Event.REMINDER_QUEUED: (_LATE, _STAY, _LATE, _LATE, _LATE),
    Event.REMINDER_SKIPPED: (_LATE, _STAY, _LATE, _LATE, _LATE),
    Event.WINDOW_CLOSED: (_E, _E, _LATE, _LATE, _LATE),
    Event.REPLY_ANSWERED: (_P, _P, _STAY, _P, _LATE),
    Event.REPLY_NOTED: (_STAY, _STAY, _STAY, _STAY, _LATE),
    Event.REPLY_MOVED: (_STAY, _STAY, _STAY, _STAY, _LATE),
    Event.REPLY_TAKEN_AWAY: (_STAY, _STAY, _STAY, _STAY, _LATE),
    Event.SENDER_OPTED_OUT: (_E, _E, _STAY, _STAY, _LATE),
    Event.NUMBER_WRONG: (_E, _E, _E, _STAY, _LATE),
    Event.CALLS_PREFERRED: (_E, _E, _STAY, _STAY, _LATE),
    Event.ESCALATED: (_E, _E, _E, _STAY, _NO),
    Event.REVIEW_OVERDUE: (_LATE, _LATE, _STAY, _STAY, _LATE),
    Event.OVERDUE: (_STAY, _STAY, _STAY, _STAY, _STAY),  # also the sending of a closed query's answer
    Event.CALL_PARKED: (_LATE, _LATE, _STAY, _LATE, _LATE),
    Event.CALL_RESTORED: (_STAY, _STAY, _STAY, _STAY, _LATE),
    Event.ANSWER_REJECTED: (_NO, _NO, _E, _STAY, _NO),
    Event.ASKED_AGAIN: (_NO, _R, _R, _R, _NO),
    Event.CORRECTED: (_STAY, _R, _R, _R, _NO),
    Event.ANSWER_ACCEPTED: (_C, _C, _C, _C, _NO),
    Event.ANSWER_SENT: (_LATE, _LATE, _LATE, _LATE, _STAY),
    Event.ANSWER_REFUSED: (_STAY, _STAY, _STAY, _STAY, _LATE),  # a closed query is reopened instead
    Event.CLOSED_BY_STAFF: (_C, _C, _C, _C, _NO),
    Event.WITHDRAWN: (_C, _C, _C, _C, _LATE),
    Event.CLEARED: (_C, _C, _C, _C, _LATE),
    Event.DO_NOT_LOAD: (_C, _C, _C, _C, _LATE),
    Event.REOPENED: (_NO, _NO, _NO, _NO, _E),
}


def _read(state: State, cell: State | Effect) -> Decision:
    if isinstance(cell, State):
        return Decision(Effect.MOVE, cell)
    return Decision(cell, state)


TABLE: dict[tuple[State, Event], Decision] = {
    (state, event): _read(state, cell)
    for event, cells in _ROWS.items()
    for state, cell in zip(State, cells, strict=True)
}


# How a refusal names the deeds whose events do not read as one.
_DEEDS = {
    Event.INTAKE_ACCEPTED: "taken in again",
    Event.ANSWER_ACCEPTED: "answered",
    Event.ANSWER_REJECTED: "denied a reply",
    Event.CLOSED_BY_STAFF: "closed again",
}


def decide(state: State, event: Event) -> Decision:
    """What `event` does to a query in `state`. Raises Conflict when the deed makes no sense there."""
    decision = TABLE[state, event]
    if decision.effect is Effect.REFUSE:
        deed = _DEEDS.get(event, event.replace("_", " "))
        raise Conflict(f"A query that is {state.replace('_', ' ')} cannot be {deed}.")
    return decision
