"""The sandbox's clock: shown, and wound forward. These routes exist only where the clock is movable."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.responses import Response

from notifier.domain.errors import Invalid
from notifier.service import winding
from notifier.web import documents
from notifier.web.auth import Open, needs
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.parts import Ctx
from notifier.web.representations import local
from notifier.web.responses import Shown

router = APIRouter(
    prefix="/api/v1/sandbox/clock",
    tags=["sandbox"],
    dependencies=[needs(Open.PUBLIC)],
    responses=documents.PROBLEMS,
)

_DURATION = TypeAdapter(timedelta)
# A clock beyond all calendars could not be brought back: it only goes forward.
_MOST_AHEAD = timedelta(days=3650)
_ADVANCE_MEND = "Give a period of ISO 8601 such as PT1H, or seconds; ten years ahead at most."


@router.get("")
def see_clock(ctx: Ctx) -> Response:
    """Business time, and how far it is ahead."""
    return _shown(winding.read(ctx))


@router.post("", openapi_extra=documents.CLOCK)
def wind_clock(ctx: Ctx, body: JsonObject) -> Response:
    """Wind it forward: by a period, or to when something that concerns a sender is due next."""
    fields = Fields(body, "advance", "to_next_due")
    to_next_due = fields.flag("to_next_due")
    fields.check()
    if to_next_due:
        return _shown(winding.to_next_due(ctx))
    by = _period(body.get("advance"))
    if by > _MOST_AHEAD - winding.read(ctx).offset:
        raise Invalid.one("advance", "goes too far ahead.", _ADVANCE_MEND)
    return _shown(winding.advance(ctx, by))


def _period(raw: Any) -> timedelta:
    """Seconds, or ISO 8601. Raises Invalid."""
    try:
        by = _DURATION.validate_python(raw)
        if isinstance(raw, bool) or by < timedelta(0):
            raise ValueError
    except (ValueError, OverflowError):
        raise Invalid.one("advance", "is not a period that can be wound forward.", _ADVANCE_MEND) from None
    return by


def _shown(reading: winding.Reading) -> Response:
    return Shown({"now": local(reading.now), "offset_seconds": reading.offset.total_seconds()})
