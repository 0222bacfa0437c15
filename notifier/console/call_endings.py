"""How a call can end, as the call sheet offers it: each with its permission, its fields, and what it makes happen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from notifier.console.drawing import HONG_KONG
from notifier.console.words import marked
from notifier.domain.errors import Invalid
from notifier.domain.permissions import Permission, Principal
from notifier.domain.types import Team
from notifier.service import call_outcomes
from notifier.service.concluding import Ending

Make = Callable[[Mapping[str, str], datetime], Ending]
_CHOSEN = "item-"  # the box of a query is called by its id: a form holds one value by a name


@dataclass(frozen=True)
class CallEnding:
    """name: in addresses. fields: inputs of its form, besides the note. told: what the list says once it is done.

    two_steps: its consequences are told first, as it cannot be taken back. of_queries: only where it is about some;
    of_replies: then also where it is about a reply alone.
    """

    name: str
    title: str
    button: str
    told: str
    permission: Permission
    make: Make
    fields: tuple[str, ...] = ()
    two_steps: bool = True
    of_queries: bool = True
    of_replies: bool = False


def chosen_items(form: Mapping[str, str]) -> list[UUID]:
    """The queries whose boxes are ticked. Raises Invalid."""
    try:
        return [UUID(name.removeprefix(_CHOSEN)) for name in form if name.startswith(_CHOSEN)]
    except ValueError:
        raise Invalid.one("items", "are not of this list.", "Choose the items it is about.") from None


def is_given(name: str, ending: CallEnding) -> bool:
    """Whether a field of a form belongs to the ending."""
    return name == "note" or name in ending.fields or (name.startswith(_CHOSEN) and "items" in ending.fields)


def _next_try(form: Mapping[str, str], now: datetime) -> datetime:
    """The moment that was typed, in Hong Kong's time, else the chosen wait: who typed one means it."""
    hours, typed = form.get("wait", ""), form.get("next_try", "").strip()
    if hours in WAITS and not typed:
        return now + timedelta(hours=int(hours))
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=HONG_KONG)
    except ValueError:
        raise Invalid.one("next_try", "cannot be read.", "Choose a wait, or give day and time.") from None


WAITS = {"1": marked("In an hour"), "3": marked("In three hours"), "24": marked("This time tomorrow")}


def _team(form: Mapping[str, str], _now: datetime) -> Ending:
    try:
        return call_outcomes.handed_over(Team(form.get("team", "")))
    except ValueError:
        raise Invalid.one("team", "is not chosen.", "Choose who takes over.") from None


ENDINGS = {
    ending.name: ending
    for ending in (
        CallEnding(
            "answered",
            marked("The sender answered"),
            marked("Write the answer down"),
            marked("The answer is written down; liaison staff check it."),
            Permission.RECORD_ANSWERS,
            lambda form, _: call_outcomes.answered(form.get("text", ""), chosen_items(form)),
            ("items", "text"),
        ),
        CallEnding(
            "no-answer",
            marked("No answer"),
            marked("Put it off until then"),
            marked("It comes back on the list when the next try is due."),
            Permission.WORK_HANDOFFS,
            lambda form, now: call_outcomes.no_answer(_next_try(form, now)),
            ("wait", "next_try"),
            two_steps=False,
            of_replies=True,
        ),
        CallEnding(
            "wrong-number",
            marked("Wrong number"),
            marked("The number is wrong"),
            marked("The number is noted as wrong; liaison staff look for the right one."),
            Permission.RECORD_SUPPRESSIONS,
            lambda _form, _now: call_outcomes.wrong_number(),
        ),
        CallEnding(
            "prefers-calls",
            marked("Prefers calls"),
            marked("No more texts; call then"),
            marked("The phone gets no more texts. The call comes back on the list."),
            Permission.RECORD_SUPPRESSIONS,
            lambda form, now: call_outcomes.prefers_calls(_next_try(form, now)),
            ("wait", "next_try"),
        ),
        CallEnding(
            "wants-return",
            marked("Wants the item back"),
            marked("Have it returned"),
            marked("Liaison staff arrange the return."),
            Permission.ESCALATE_QUERIES,
            lambda form, _: call_outcomes.wants_return(chosen_items(form)),
            ("items",),
        ),
        CallEnding(
            "hand-over",
            marked("Hand over"),
            marked("Hand over"),
            marked("Other people take over."),
            Permission.ESCALATE_QUERIES,
            _team,
            ("team",),
            of_replies=True,
        ),
        CallEnding(
            "done",
            marked("Something else: it is done"),
            marked("It is done"),
            marked("The handoff ends."),
            Permission.WORK_HANDOFFS,
            lambda _form, _now: call_outcomes.done,
            of_queries=False,
        ),
    )
}


def endings_for(principal: Principal, about_queries: bool, about_reply: bool) -> list[CallEnding]:
    """What this person can choose of this handoff."""

    def fits(ending: CallEnding) -> bool:
        return about_queries or not ending.of_queries or (about_reply and ending.of_replies)

    return [one for one in ENDINGS.values() if principal.may(one.permission) and fits(one)]
