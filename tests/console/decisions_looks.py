"""Decisions on a query: each with its form, what it leads to, and what is wrong with it."""

from notifier.console.verbs import VERBS, Verb
from tests.console.liaison_looks import play
from tests.console.looks import Look, Scene

_FORM = "main form button"
# What is given to a decision, by the name of its field.
_WORDS = {
    "text": "Two cotton shirts",
    "code": "R100",
    "reason": "It says nothing of what is in it",
    "why": "too_vague",
    "codes": "F605",
    "deadline_at": "",
    "anyway": "yes",
    "sender_mobile": "9876 5432",
    "item_id": "",
    "language": "",
    "team": "security",
    "outcome": "returned",
}


def _place(verb: Verb) -> str:
    if verb.answers:
        return "{waits}"
    return "{closed}" if verb.name == "reopen" else "{query_id}"


def _asking(verb: Verb) -> Look:
    """A decision's form; of one that needs none, its consequences."""
    template = "queries/decide.jinja" if verb.asked else "queries/consequences.jinja"
    at = f"/queries/{_place(verb)}/{verb.name}"
    until = ".rules" if verb.name == "accept" else ""
    return Look(f"ask {verb.name}", f"GET /queries/{{query_id}}/{verb.name}", template, at, until=until)


def _telling(verb: Verb) -> Look:
    """A decision's consequences, once its form is filled in."""
    route = f"POST /queries/{{query_id}}/{verb.name}"
    given = {f"#{name}": _WORDS[name] for name in verb.asked if _WORDS.get(name)}
    at = f"/queries/{_place(verb)}/{verb.name}"
    return Look(f"what {verb.name} leads to", route, "queries/consequences.jinja", at, given, _FORM)


_DECISIONS = (
    *(_asking(verb) for verb in VERBS.values()),
    *(_telling(verb) for verb in VERBS.values() if verb.asked),
    Look(
        "decision, refused",
        "POST /queries/{query_id}/record",
        "queries/decide.jinja",
        "/queries/{query_id}/record",
        press=_FORM,
        status=422,
    ),
)
# A decision without a form asks on the page that tells what it leads to.
_FOLLOWS = tuple(
    Look(
        f"{verb.name}, told again",
        f"POST /queries/{{query_id}}/{verb.name}",
        "queries/consequences.jinja",
        f"/queries/{_place(verb)}/{verb.name}",
        {"button[name=read]": "no"},
        "button[name=read]",
    )
    for verb in VERBS.values()
    if not verb.asked
)
DECISIONS = Scene((*_DECISIONS, *_FOLLOWS), play)
