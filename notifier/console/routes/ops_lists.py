"""The lists of what hangs: unknown texts, rows set aside, refused webhooks; each is narrowed, paged and exported."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Visitor, needs
from notifier.console.drawing import draw
from notifier.console.exporting import FileKind, export
from notifier.console.hanging import QUARANTINE, REFUSED, UNKNOWN, HangingSearch, Listing, read_hanging
from notifier.console.labels import FIELDS
from notifier.console.lists import PAGE, draw_live, every_row, mark_of
from notifier.console.parts import ROOT
from notifier.console.searching import last_four_of
from notifier.domain.errors import Invalid
from notifier.domain.permissions import Permission
from notifier.service.lookups import Page

router = APIRouter(prefix="/operations")
Watcher = Annotated[Visitor, needs(Permission.SEE_OPERATIONS)]


@router.get("/unknown")
def see_unknown(request: Request, visitor: Watcher) -> Response:
    """Texts of which nobody knows whether they were sent."""
    return _list(request, visitor, UNKNOWN)


@router.get("/quarantine")
def see_quarantine(request: Request, visitor: Watcher, retried: str = "") -> Response:
    """Rows that were set aside. `retried`: one of them is tried again since just now."""
    return _list(request, visitor, QUARANTINE, retried=bool(retried))


@router.get("/refused")
def see_refused(request: Request, visitor: Watcher, applied: int = -1) -> Response:
    """Webhooks that were not believed. `applied`: how many of them took effect just now."""
    return _list(request, visitor, REFUSED, applied=applied)


@router.get("/unknown.{kind}")
def export_unknown(request: Request, visitor: Watcher, kind: FileKind) -> Response:
    """The whole list as it is filtered."""
    return _file(request, visitor, UNKNOWN, kind)


@router.get("/quarantine.{kind}")
def export_quarantine(request: Request, visitor: Watcher, kind: FileKind) -> Response:
    """The whole list as it is filtered."""
    return _file(request, visitor, QUARANTINE, kind)


@router.get("/refused.{kind}")
def export_refused(request: Request, visitor: Watcher, kind: FileKind) -> Response:
    """The whole list as it is filtered."""
    return _file(request, visitor, REFUSED, kind)


def _list(request: Request, visitor: Visitor, listing: Listing, **more: Any) -> Response:
    if (last4 := last_four_of(request.query_params.get("q", ""))) is not None:
        # A whole number has no place in an address, which histories and logs keep.
        return RedirectResponse(f"{ROOT}/operations/{listing.name}?q={last4}", 303)
    try:
        search = read_hanging(listing, request.query_params)
    except Invalid as refusal:
        return _refused(request, visitor, listing, refusal)
    page = listing.read(visitor.ctx, PAGE, search.after, **search.wanted)
    shown = _shown(visitor, listing, search, page) | more
    return draw_live(
        request, "ops/list.jinja", f"ops/{listing.name}_rows.jinja", mark_of(map(repr, page.rows)), **shown
    )


def _refused(request: Request, visitor: Visitor, listing: Listing, refusal: Invalid) -> Response:
    """The list without rows, and what was wrong with its filters."""
    shown = _shown(visitor, listing, read_hanging(listing, {}), Page((), None))
    labels = FIELDS | {name: choice.label for name, choice in listing.choices.items()}
    return draw(request, "ops/list.jinja", 422, **shown, mark="", errors=refusal.problems, fields=labels)


def _shown(visitor: Visitor, listing: Listing, search: HangingSearch, page: Page) -> dict[str, Any]:
    shown = {"listing": listing, "search": search, "page": page, "now": visitor.ctx.clock.wall()}
    return shown | {"applied": -1, "retried": False}


def _file(request: Request, visitor: Visitor, listing: Listing, kind: FileKind) -> Response:
    search = read_hanging(listing, request.query_params)
    rows = every_row(partial(listing.read, visitor.ctx, **search.wanted))
    return export(request, listing.file, kind, listing.columns, rows)
