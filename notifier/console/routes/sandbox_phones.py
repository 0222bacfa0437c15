"""The sender's phone in the browser: threads as a handset shows them, and what it would let one tap."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Staff
from notifier.console.drawing import draw
from notifier.console.handsets import Bubble, Handset, Handsets
from notifier.console.lists import draw_live, mark_of
from notifier.console.parts import ROOT, console_of
from notifier.console.routes.sign_in import Fields
from notifier.domain.errors import Invalid, NotFound
from notifier.domain.link_guard import LinkGuard

router = APIRouter(prefix="/sandbox/phones")
LATEST = "latest"  # whichever phone was texted or wrote last: what the page shows while nobody has chosen one
_MOST_SHOWN = 30  # phones
_MOST_WORDS = 1600  # characters, as a carrier takes them


def handsets_of(request: Request) -> Handsets:
    """The phones of this process's sandbox. Raises NotFound where it runs elsewhere."""
    handsets = console_of(request).handsets
    if handsets is None:
        raise NotFound("The sandbox's phones are shown where it runs.")
    return handsets


Phones = Annotated[Handsets, Depends(handsets_of)]


@dataclass(frozen=True, repr=False)
class Piece:
    """A part of a message: plain, one of our numbers ("ours"), or what a handset makes a link of ("link")."""

    text: str
    kind: str = ""


@dataclass(frozen=True, repr=False)
class Shown:
    """A message and its parts."""

    bubble: Bubble
    pieces: tuple[Piece, ...]


@router.get("")
def see_phones(request: Request, visitor: Staff, phones: Phones) -> Response:
    """All of them, and the thread of the latest."""
    known = phones.all()
    return _page(request, visitor.ctx.guard, phones, known[0] if known else None)


@router.get("/{key}")
def see_phone(request: Request, visitor: Staff, phones: Phones, key: str) -> Response:
    """One."""
    return _page(request, visitor.ctx.guard, phones, _find(phones, key))


@router.post("/{key}")
def write(request: Request, visitor: Staff, phones: Phones, key: str, form: Fields) -> Response:
    """The sender replies; it comes to us as a carrier would bring it."""
    handset, words = _find(phones, key), form.get("words", "")
    try:
        _send(phones, handset.phone, words)
    except Invalid as refusal:
        return _page(request, visitor.ctx.guard, phones, handset, refusal)
    return RedirectResponse(f"{ROOT}/sandbox/phones/{handset.key}", 303)


def _send(phones: Handsets, phone: str, words: str) -> None:
    if not words.strip() or len(words) > _MOST_WORDS:
        raise Invalid.one("words", "is blank or too long.", f"Write at most {_MOST_WORDS} characters.")
    if not phones.write(phone, words):
        raise Invalid.one("words", "cannot be sent to a name.", "Set a reply number, as texts under a name need.")


def _find(phones: Handsets, key: str) -> Handset:
    found = phones.find(key) if key != LATEST else next(iter(phones.all()), None)
    if found is None:
        raise NotFound("There is no such phone.")
    return found


def _page(
    request: Request, guard: LinkGuard, phones: Handsets, handset: Handset | None, refusal: Invalid | None = None
) -> Response:
    known = phones.all()[:_MOST_SHOWN]
    thread = [Shown(bubble, pieces(guard, bubble.body)) for bubble in handset.bubbles] if handset else []
    now = console_of(request).ctx.clock.wall()  # the carrier's time, which nobody winds
    shown = {"latest": LATEST, "phones": known, "handset": handset, "thread": thread, "now": now}
    if refusal is not None:
        return draw(request, "sandbox/phone.jinja", 422, mark="", errors=refusal.problems, **shown)
    mark = mark_of(
        *((one.bubble.at, one.bubble.status) for one in thread),
        *((one.key, len(one.bubbles)) for one in known),
    )
    return draw_live(request, "sandbox/phone.jinja", "sandbox/thread.jinja", mark, **shown)


def pieces(guard: LinkGuard, body: str) -> tuple[Piece, ...]:
    """The message, cut where a handset would begin and end what it lets one tap."""
    cut: list[Piece] = []
    at = 0
    for one in guard.tappable(body):
        cut += [Piece(body[at : one.start]), Piece(body[one.start : one.end], "ours" if one.ours else "link")]
        at = one.end
    return tuple(piece for piece in (*cut, Piece(body[at:])) if piece.text)
