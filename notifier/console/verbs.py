"""What people can decide on a query's page: each verb with its permission, its form, and the deed it makes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from notifier.console.forms import codes_in, hong_kong_time
from notifier.console.words import marked
from notifier.domain.errors import Invalid, NotFound
from notifier.domain.lifecycle import TABLE, Effect, Event, Outcome, State
from notifier.domain.permissions import Permission, Principal
from notifier.domain.referral import read_code, read_deadline
from notifier.domain.types import Language, Team, WhyAgain
from notifier.service import new_rounds, relaying, resolution
from notifier.service.rejecting import reject_answer
from notifier.service.resolution import Deed
from notifier.storage.models import Answer
from notifier.storage.models.people import AnswerState

_Word = TypeVar("_Word", bound=StrEnum)
Make = Callable[[Mapping[str, str]], Callable[[Deed], None]]
_UNSEEN = ("read_replies", "answer")  # fields that the page itself fills in
_IDLE = (Effect.REFUSE, Effect.LATE)


@dataclass(frozen=True)
class Verb:
    """name: in addresses. event: what it makes happen, which tells in which states it can be done.

    fields: inputs of its form. told: what the page says once it is done.
    answers: the states of an answer that it is about, those it is about first before the others; none: the query is.
    """

    name: str
    title: str
    told: str
    permission: Permission
    event: Event
    make: Make
    fields: tuple[str, ...] = ()
    answers: tuple[AnswerState, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        """The fields that people fill in."""
        return tuple(name for name in self.fields if name not in _UNSEEN)


def _accept(form: Mapping[str, str]) -> Callable[[Deed], None]:
    return resolution.accept_answer(form.get("text"), form.get("code") or None, read=form.get("read_replies"))


def _escalate(form: Mapping[str, str]) -> Callable[[Deed], None]:
    return resolution.escalate(_chosen("team", form.get("team", ""), Team))


def _close(form: Mapping[str, str]) -> Callable[[Deed], None]:
    return resolution.close(_chosen("outcome", form.get("outcome", ""), Outcome))


def _ask_again(form: Mapping[str, str]) -> Callable[[Deed], None]:
    why = form.get("why", "")
    return new_rounds.ask_again(
        [read_code(code, "codes") for code in codes_in(form.get("codes", ""))],
        read_deadline(hong_kong_time(form.get("deadline_at", ""))),
        why=_chosen("why", why, WhyAgain) if why else None,
        anyway=form.get("anyway") == "yes",
    )


def _correct(form: Mapping[str, str]) -> Callable[[Deed], None]:
    language = form.get("language", "")
    return new_rounds.correct(
        new_rounds.Correction(
            form.get("sender_mobile", "").strip()[:64] or None,
            _chosen("language", language, Language) if language else None,
            form.get("item_id", "").strip()[:64] or None,
        )
    )


def _answer(form: Mapping[str, str]) -> UUID:
    try:
        return UUID(form.get("answer", ""))
    except ValueError:
        raise NotFound("There is no such answer.") from None


def _chosen(name: str, value: str, words: type[_Word]) -> _Word:
    try:
        return words(value)
    except ValueError:
        raise Invalid.one(name, "is not chosen.", "Choose one of the list.") from None


VERBS = {
    verb.name: verb
    for verb in (
        Verb(
            "accept",
            marked("Accept the answer"),
            marked("The answer was accepted."),
            Permission.DECIDE_QUERIES,
            Event.ANSWER_ACCEPTED,
            _accept,
            ("text", "code", "read_replies"),
        ),
        Verb(
            "reject",
            marked("Reject the reply"),
            marked("The reply was rejected; the hotline calls."),
            Permission.DECIDE_QUERIES,
            Event.ANSWER_REJECTED,
            lambda form: reject_answer(form.get("reason", "")),
            ("reason",),
        ),
        Verb(
            "ask-again",
            marked("Ask again"),
            marked("The sender is asked again."),
            Permission.DECIDE_QUERIES,
            Event.ASKED_AGAIN,
            _ask_again,
            ("why", "codes", "deadline_at", "anyway"),
        ),
        Verb(
            "correct",
            marked("Correct"),
            marked("It was corrected, and the sender is asked anew."),
            Permission.CORRECT_QUERIES,
            Event.CORRECTED,
            _correct,
            ("sender_mobile", "item_id", "language"),
        ),
        Verb(
            "record",
            marked("Write down an answer"),
            marked("The answer was written down; staff review it."),
            Permission.RECORD_ANSWERS,
            Event.REPLY_ANSWERED,
            lambda form: resolution.record_answer(form.get("text", "")),
            ("text",),
        ),
        Verb(
            "escalate",
            marked("Hand over"),
            marked("Other people take over."),
            Permission.ESCALATE_QUERIES,
            Event.ESCALATED,
            _escalate,
            ("team",),
        ),
        Verb(
            "close",
            marked("Close"),
            marked("The query was closed."),
            Permission.DECIDE_QUERIES,
            Event.CLOSED_BY_STAFF,
            _close,
            ("outcome",),
        ),
        Verb(
            "withdraw",
            marked("Withdraw"),
            marked("The query was withdrawn."),
            Permission.DECIDE_QUERIES,
            Event.WITHDRAWN,
            lambda _form: resolution.withdraw,
        ),
        Verb(
            "sent",
            marked("Customs has it"),
            marked("Customs has the answer."),
            Permission.RELAY_ANSWERS,
            Event.ANSWER_SENT,
            lambda form: relaying.customs_has_it(_answer(form)),
            ("answer",),
            (AnswerState.ACCEPTED,),
        ),
        Verb(
            "refused",
            marked("Customs refused it"),
            marked("It is written down that customs refused the answer."),
            Permission.RELAY_ANSWERS,
            Event.ANSWER_REFUSED,
            lambda form: relaying.customs_refused_it(_answer(form), form.get("reason", "")),
            ("answer", "reason"),
            (AnswerState.ACCEPTED, AnswerState.SENT),
        ),
        Verb(
            "reopen",
            marked("Open again"),
            marked("The query is open again."),
            Permission.DECIDE_QUERIES,
            Event.REOPENED,
            lambda form: resolution.reopen(form.get("reason", "")),
            ("reason",),
        ),
    )
}


def verbs_for(principal: Principal, state: State, answers: Sequence[Answer] = ()) -> list[Verb]:
    """What this person can do now: the role may, and it would move something. `answers`: the query's."""
    return [verb for verb in VERBS.values() if principal.may(verb.permission) and _moves(verb, state, answers)]


def _moves(verb: Verb, state: State, answers: Sequence[Answer]) -> bool:
    """By the table of states; news of an answer counts in whatever state its query is."""
    if verb.answers:
        return answer_for(verb, answers) is not None
    return TABLE[state, verb.event].effect not in _IDLE


def answer_for(verb: Verb, answers: Sequence[Answer], named: str = "") -> Answer | None:
    """The answer that a verb is about: the one `named` by its id, else the newest in the first of the verb's states."""
    if named:
        return next((one for one in answers if str(one.id) == named), None)
    fitting = (one for state in verb.answers for one in reversed(answers) if one.state is state)
    return next(fitting, None)
