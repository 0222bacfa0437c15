"""The desk of operations: does everything flow, what hangs, how it went; and turning sending off and on."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Visitor, needs
from notifier.console.drawing import draw
from notifier.console.exporting import FileKind, export, plain_columns
from notifier.console.lists import PAGE, draw_live, mark_of, read_cursor
from notifier.console.parts import ROOT, console_of
from notifier.console.routes.sign_in import Fields
from notifier.domain.alarms import WORDS
from notifier.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from notifier.domain.permissions import Permission
from notifier.service import steering
from notifier.service.lookups import Page
from notifier.service.ops_figures import Range, figures
from notifier.service.ops_overview import MOST_COUNTED, overview
from notifier.service.refused import list_refused
from notifier.service.steering import latest_steerings
from notifier.service.stuck import list_quarantined, list_unknown

router = APIRouter(prefix="/operations")
Watcher = Annotated[Visitor, needs(Permission.SEE_OPERATIONS)]
Steerer = Annotated[Visitor, needs(Permission.STEER_SENDING)]
_HERE = f"{ROOT}/operations"
_DEEDS = ("pause", "resume", "replay")
_UNKNOWN = plain_columns("code", "kind", "attempts", "asked", "next_at", "next_step")
_QUARANTINED = plain_columns("what", "id", "failures", "since", "reason", "next_step")
_REFUSED = plain_columns("kind", "reason", "count", "first_at", "last_at")


@router.get("")
def see_overview(request: Request, visitor: Watcher) -> Response:
    """Where everything stands now."""
    seen = overview(visitor.ctx)
    shown: dict[str, Any] = {"seen": seen, "now": seen.now, "most": MOST_COUNTED, "alarm_words": WORDS}
    shown["steerings"] = latest_steerings(visitor.ctx)
    alarms = ((alarm.kind, alarm.people, alarm.urgency) for alarm in seen.alarms)
    counts = seen.queued, seen.unknown, seen.quarantined, seen.refused, seen.failed_webhooks, seen.silenced
    mark = mark_of(
        *alarms,
        (one.id for one in shown["steerings"]),
        counts,
        [seen.pause, seen.lag.total_seconds() // 10, seen.unsent.total_seconds() // 10],
    )
    return draw_live(request, "ops/overview.jinja", "ops/now.jinja", mark, **shown)


@router.get("/figures")
def see_figures(request: Request, visitor: Watcher, of: str = Range.DAY) -> Response:
    """How it went."""
    try:
        chosen = Range(of)
    except ValueError:
        raise Invalid.one("of", "is none of the ranges.", "Choose one of the page.") from None
    found = figures(visitor.ctx, chosen)
    shown: dict[str, Any] = {"found": found, "chosen": chosen, "ranges": tuple(Range), "now": found.until}
    return draw(request, "ops/figures.jinja", **shown)


@router.get("/unknown")
def see_unknown(request: Request, visitor: Watcher, after: str = "") -> Response:
    """Texts of which nobody knows whether they were sent."""
    return _list(request, visitor, "unknown", list_unknown(visitor.ctx, PAGE, read_cursor(after)), after)


@router.get("/quarantine")
def see_quarantine(request: Request, visitor: Watcher) -> Response:
    """Rows that were set aside."""
    return _list(request, visitor, "quarantine", Page(list_quarantined(visitor.ctx), None), "")


@router.get("/refused")
def see_refused(request: Request, visitor: Watcher, after: str = "", applied: int = -1) -> Response:
    """Webhooks that were not believed."""
    page = list_refused(visitor.ctx, PAGE, read_cursor(after))
    return _list(request, visitor, "refused", page, after, applied=applied)


def _list(request: Request, visitor: Visitor, name: str, page: Page, after: str, **more: Any) -> Response:
    now = visitor.ctx.clock.wall()
    shown: dict[str, Any] = {"rows": page.rows, "following": page.next_after, "after": after, "now": now}
    mark = mark_of(*(map(repr, [row]) for row in page.rows))
    return draw_live(request, f"ops/{name}.jinja", f"ops/{name}_rows.jinja", mark, **shown | more)


@router.get("/unknown.{kind}")
def export_unknown(visitor: Watcher, kind: FileKind) -> Response:
    """All of them."""
    return export("unknown-texts", kind, _UNKNOWN, _all_unknown(visitor))


@router.get("/quarantine.{kind}")
def export_quarantine(visitor: Watcher, kind: FileKind) -> Response:
    """All of them."""
    return export("quarantine", kind, _QUARANTINED, list_quarantined(visitor.ctx))


@router.get("/refused.{kind}")
def export_refused(visitor: Watcher, kind: FileKind) -> Response:
    """All of them."""
    return export("refused-webhooks", kind, _REFUSED, _all_refused(visitor))


def _all_unknown(visitor: Visitor) -> Iterator[Any]:
    after: UUID | None = None
    while True:
        page = list_unknown(visitor.ctx, PAGE, after)
        yield from page.rows
        if (after := page.next_after) is None:
            return


def _all_refused(visitor: Visitor) -> Iterator[Any]:
    after: UUID | None = None
    while True:
        page = list_refused(visitor.ctx, PAGE, after)
        yield from page.rows
        if (after := page.next_after) is None:
            return


@router.get("/{deed}", name="ask to steer")
def ask_to_steer(request: Request, visitor: Steerer, deed: str) -> Response:
    """What follows, and why it is done."""
    return _steer_page(request, visitor, deed)


@router.post("/{deed}", name="steer")
def steer(request: Request, visitor: Steerer, deed: str, form: Fields) -> Response:
    """Pause, resume or replay, with a reason that stays."""
    ctx, because, principal = visitor.ctx, form.get("reason", ""), visitor.signed_in.principal
    _known(deed)
    try:
        if deed == "pause":
            steering.pause(ctx, because, principal)
        elif deed == "resume":
            steering.resume(ctx, because, principal)
        elif (judge := console_of(request).judge) is not None:
            done = steering.replay(ctx, judge, because, principal)
            return RedirectResponse(f"{_HERE}/refused?applied={done.applied}", 303)
        else:
            raise NotFound("Nothing here can judge webhooks.")
    except Invalid as refusal:
        return _steer_page(request, visitor, deed, refusal.problems, because)
    except Conflict as why:  # a copied database, or another sender than before: the message says what to do
        return _steer_page(request, visitor, deed, (FieldProblem("reason", str(why), ""),), because)
    return RedirectResponse(_HERE, 303)


def _known(deed: str) -> None:
    if deed not in _DEEDS:
        raise NotFound("Operators do no such thing.")


def _steer_page(
    request: Request, visitor: Visitor, deed: str, problems: Sequence[FieldProblem] = (), because: str = ""
) -> Response:
    _known(deed)
    seen = overview(visitor.ctx)
    shown: dict[str, Any] = {"deed": deed, "seen": seen, "now": seen.now, "errors": tuple(problems)}
    shown |= {"because": because, "most": MOST_COUNTED}
    return draw(request, "ops/steer.jinja", 422 if problems else 200, **shown)
