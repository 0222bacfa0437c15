"""Letting one step of a story happen, through the API or the sandbox's phone."""

from collections.abc import Callable, Mapping
from typing import Any

from notifier.cli.demo.desk import Desk
from notifier.cli.demo.parts import Part
from notifier.cli.demo.steps import Step, Who
from notifier.cli.demo.trouble import Trouble

QUERIES = "/api/v1/queries"


def act(desk: Desk, part: Part, step: Step) -> None:
    """Do it. Raises Trouble when it is refused, or does something else than it said it would."""
    _ACTS[step.who](desk, part, step)
    part.round += step.asks_anew


def _phone(desk: Desk, part: Part, step: Step) -> None:
    _write(desk, part.phone(), {"body": part.filled(step.words)})


def _photo(desk: Desk, part: Part, step: Step) -> None:
    _write(desk, part.phone(), {"body": part.filled(step.words), "num_media": 1})


def _old_phone(desk: Desk, part: Part, step: Step) -> None:
    _write(desk, part.phone(back=1), {"body": part.filled(step.words)})


def _write(desk: Desk, phone: str, message: dict[str, Any]) -> None:
    desk.post("/sandbox/control/reply", {"from": phone} | message, 201)


def _staff(desk: Desk, part: Part, step: Step) -> None:
    _decide(desk, part, step.deed.replace(" ", "-"), _BODIES[step.deed](step))


def _hotline(desk: Desk, part: Part, step: Step) -> None:
    _decide(desk, part, "answers", {"text": step.words})


def _decide(desk: Desk, part: Part, verb: str, body: Mapping[str, Any]) -> None:
    """Every consequence is told before it happens, so it is asked first and compared."""
    path = f"{QUERIES}/{part.id}/{verb}"
    told = desk.post(f"{path}?preview=true", body)["consequences"]
    happened = desk.post(path, body)["consequences"]
    if told != happened:
        raise Trouble(f"{verb} was said to lead to {told}, and led to {happened}.")


def _accept(step: Step) -> dict[str, Any]:
    code, _, words = step.words.partition(" ")
    return {"code": code} | ({"text": words} if words else {})


_BODIES: Mapping[str, Callable[[Step], dict[str, Any]]] = {
    "accept": _accept,
    "withdraw": lambda _: {},
    "close": lambda step: {"outcome": step.words},
    "ask again": lambda _: {},
    "escalate": lambda step: {"team": step.words},
    "reopen": lambda step: {"reason": step.words},
    "correct": lambda step: dict([step.assignment()]),
}


def _relay(desk: Desk, part: Part, step: Step) -> None:
    """The relay takes the accepted answer to customs, and tells back what customs said."""
    answers = desk.get(f"{QUERIES}/{part.id}")["answers"]
    if not answers:
        raise Trouble("There is no answer to relay.")
    body = {"reason": step.words} if step.deed == "refused" else {}
    desk.post(f"/api/v1/answers/{answers[-1]['id']}/{step.deed}", body)


def _customs(desk: Desk, part: Part, step: Step) -> None:
    if step.deed == "do not load":
        desk.post(f"/api/v1/items/{part.story.cells['item_id']}/do-not-load", {})
        return
    referral = part.story.referral(part.deadline_at)
    if step.deed == "same again":
        known = desk.post(QUERIES, referral)
    else:
        known = desk.post(QUERIES, referral | dict([step.assignment()]), 409)
    if known["id"] != part.id:
        raise Trouble("The same referral was taken for another one.")


_ACTS: Mapping[Who, Callable[[Desk, Part, Step], None]] = {
    Who.PHONE: _phone,
    Who.PHOTO: _photo,
    Who.OLD_PHONE: _old_phone,
    Who.STAFF: _staff,
    Who.HOTLINE: _hotline,
    Who.RELAY: _relay,
    Who.CUSTOMS: _customs,
}
