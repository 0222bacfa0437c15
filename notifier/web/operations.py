"""How sending looks in JSON."""

from notifier.service.context import Context
from notifier.service.switches import Sending
from notifier.web.representations import Json, local


def sending_now(sending: Sending, ctx: Context) -> Json:
    """The pause that is on, else nothing of it; the pace and the day's cap, as far as they are set."""
    pause, cap = sending.pause, ctx.sending.segments_per_day
    return {
        "paused": pause is not None,
        "cause": pause and pause.cause,
        "reason": pause and pause.reason,
        "actor": pause and pause.actor,
        "since": local(pause.since) if pause else None,
        "resumes_at": local(pause.resume_at) if pause else None,
        "segments_per_second": ctx.pace.rate.segments_per_second if ctx.pace else None,
        "segments_per_day": cap,
        "segments_today": sending.segments_today,
    }
