"""What goes wrong at the sandbox's carrier, as switches, and the clock that only goes forward."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Staff
from notifier.console.drawing import draw
from notifier.console.parts import ROOT
from notifier.console.routes.sandbox_phones import Phones
from notifier.console.routes.sign_in import Fields
from notifier.console.words import marked
from notifier.domain.errors import FieldProblem, Invalid
from notifier.service import winding
from notifier.service.context import Context

router = APIRouter(prefix="/sandbox/carrier")
_HERE = f"{ROOT}/sandbox/carrier"
# What can go wrong: its name at the carrier, words, and how much of it a switch that is on means.
SWITCHES = (
    ("lose", marked("Receipts are lost"), 0.3),
    ("double", marked("Receipts come twice"), 0.5),
    ("reorder", marked("Receipts overtake each other"), 0.5),
    ("delay", marked("Receipts come ten seconds late"), 10.0),
    ("drop_after_accept", marked("The line drops after a text was taken"), 0.3),
    ("error_429", marked("“Too many requests”"), 0.3),
    ("error_500", marked("The carrier breaks"), 0.3),
    ("slow", marked("Every call takes three seconds"), 3.0),
)
_WIND: dict[str, Callable[[Context], winding.Reading]] = {
    "hour": lambda ctx: winding.advance(ctx, timedelta(hours=1)),
    "day": lambda ctx: winding.advance(ctx, timedelta(days=1)),
    "due": winding.to_next_due,
}


@router.get("")
def see_carrier(request: Request, visitor: Staff, phones: Phones) -> Response:
    """The switches, the clock, and the numbers that always fare the same."""
    return _page(request, visitor.ctx, phones)


@router.post("")
def switch(request: Request, visitor: Staff, phones: Phones, form: Fields) -> Response:
    """Every switch as the form has it."""
    phones.misbehave({name: share if form.get(name) == "on" else 0.0 for name, _, share in SWITCHES})
    return RedirectResponse(_HERE, 303)


@router.post("/clock")
def wind(request: Request, visitor: Staff, phones: Phones, form: Fields) -> Response:
    """Business time goes forward: reminders, closings and calls come sooner."""
    wound = _WIND.get(form.get("by", ""))
    if wound is None:
        refusal = Invalid.one("by", "is not chosen.", "Choose one of the buttons.")
        return _page(request, visitor.ctx, phones, refusal.problems)
    wound(visitor.ctx)
    return RedirectResponse(_HERE, 303)


def _page(request: Request, ctx: Context, phones: Phones, problems: tuple[FieldProblem, ...] = ()) -> Response:
    reading, mischief = winding.read(ctx), phones.mischief()
    shown: dict[str, Any] = {"clock": reading, "now": reading.now, "habits": phones.habits(), "switches": SWITCHES}
    shown |= {"on": {name for name, _, _ in SWITCHES if mischief.get(name)}}
    return draw(request, "sandbox/carrier.jinja", 422 if problems else 200, errors=problems, **shown)
