"""What people can decide on a query's page: each verb with its permission, its form, and the deed it makes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from notifier.console.words import marked
from notifier.domain.errors import Invalid
from notifier.domain.lifecycle import TABLE, Effect, Event, State
from notifier.domain.permissions import Permission, Principal
from notifier.domain.types import Team
from notifier.service import new_rounds, resolution
from notifier.service.rejecting import reject_answer
from notifier.service.resolution import Deed

Make = Callable[[Mapping[str, str]], Callable[[Deed], None]]


@dataclass(frozen=True)
class Verb:
    """name: in addresses. event: what it makes happen, which tells in which states it can be done.

    fields: inputs of its form. told: what the page says once it is done.
    """

    name: str
    title: str
    told: str
    permission: Permission
    event: Event
    make: Make
    fields: tuple[str, ...] = ()


def _accept(form: Mapping[str, str]) -> Callable[[Deed], None]:
    return resolution.accept_answer(form.get("text") or None, form.get("code") or None)


def _escalate(form: Mapping[str, str]) -> Callable[[Deed], None]:
    try:
        return resolution.escalate(Team(form.get("team", "")))
    except ValueError:
        raise Invalid.one("team", "is not chosen.", "Choose who takes over.") from None


def _ask_again(form: Mapping[str, str]) -> Callable[[Deed], None]:
    return new_rounds.ask_again(anyway=form.get("anyway") == "yes")


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
            ("text", "code"),
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
            ("anyway",),
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
            "withdraw",
            marked("Withdraw"),
            marked("The query was withdrawn."),
            Permission.DECIDE_QUERIES,
            Event.WITHDRAWN,
            lambda _form: resolution.withdraw,
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


def verbs_for(principal: Principal, state: State) -> list[Verb]:
    """What this person can do now: the role may, and the table of states lets it move something."""
    effects = {name: TABLE[state, verb.event].effect for name, verb in VERBS.items()}
    idle = (Effect.REFUSE, Effect.LATE)
    return [verb for name, verb in VERBS.items() if effects[name] not in idle and principal.may(verb.permission)]
