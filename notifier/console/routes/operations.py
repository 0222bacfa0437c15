"""The desk of operations: does everything flow, how it went, and turning sending off and on."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Visitor, needs
from notifier.console.drawing import draw
from notifier.console.lists import draw_live, mark_of
from notifier.console.parts import ROOT, console_of
from notifier.console.routes.sign_in import Fields
from notifier.domain.alarms import WORDS
from notifier.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from notifier.domain.permissions import Permission
from notifier.service import steering
from notifier.service.ops_figures import Range, figures
from notifier.service.ops_overview import MOST_COUNTED, overview
from notifier.service.set_aside import find_set_aside
from notifier.service.steering import latest_steerings

router = APIRouter(prefix="/operations")
Watcher = Annotated[Visitor, needs(Permission.SEE_OPERATIONS)]
Steerer = Annotated[Visitor, needs(Permission.STEER_SENDING)]
Retrier = Annotated[Visitor, needs(Permission.RETRY_WEBHOOKS)]
_HERE = f"{ROOT}/operations"
_A_MINUTE = 60  # a sign of life that is shown is no older than that, and not each one has the page drawn anew
_DEEDS = ("pause", "resume", "replay")


@router.get("")
def see_overview(request: Request, visitor: Watcher) -> Response:
    """Where everything stands now."""
    seen = overview(visitor.ctx)
    shown: dict[str, Any] = {"seen": seen, "now": seen.now, "most": MOST_COUNTED, "alarm_words": WORDS}
    shown["steerings"] = latest_steerings(visitor.ctx)
    alarms = ((alarm.kind, alarm.people, alarm.urgency) for alarm in seen.alarms)
    counts = seen.queued, seen.unknown, seen.quarantined, seen.refused, seen.failed_webhooks
    mark = mark_of(
        *alarms,
        *((one.part, one.place, one.silent, int(one.at.timestamp()) // _A_MINUTE) for one in seen.signs),
        (one.id for one in shown["steerings"]),
        counts,
        seen.silenced.values(),
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


@router.get("/quarantine/{webhook_id}/retry")
def ask_to_retry(request: Request, visitor: Retrier, webhook_id: UUID) -> Response:
    """What follows when a webhook is tried again that was set aside."""
    return _retry_page(request, visitor, webhook_id)


@router.post("/quarantine/{webhook_id}/retry")
def retry(request: Request, visitor: Retrier, webhook_id: UUID, form: Fields) -> Response:
    """Try it again, with a reason that stays."""
    because = form.get("reason", "")
    try:
        steering.retry(visitor.ctx, webhook_id, because, visitor.signed_in.principal)
    except Invalid as refusal:
        return _retry_page(request, visitor, webhook_id, refusal.problems, because)
    return RedirectResponse(f"{_HERE}/quarantine?retried=yes", 303)


def _retry_page(
    request: Request, visitor: Visitor, webhook_id: UUID, problems: Sequence[FieldProblem] = (), because: str = ""
) -> Response:
    webhook = find_set_aside(visitor.ctx, webhook_id)
    shown: dict[str, Any] = {"webhook": webhook, "now": visitor.ctx.clock.wall(), "because": because}
    return draw(request, "ops/retry.jinja", 422 if problems else 200, **shown, errors=tuple(problems))


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
