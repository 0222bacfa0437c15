"""The response window: when it closes, what the sender is told, when to remind. Instants are aware UTC.

No law and no customs message sets a period: two to three days is the post's own policy, so everything here is
a setting, and an explicit deadline wins.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.domain.quiet_hours import QuietHours

_COARSE = timedelta(days=1)


@dataclass(frozen=True)
class WindowPolicy:
    """Periods of a round.

    remind_after (None = no reminder), close_after: from the opening of the window. open_grace: how long `sent` may
    wait for `delivered`. no_receipt_after: how long a handed-over text may stay without any receipt.
    deadline_margin: what people keep of the time before an explicit deadline.
    """

    remind_after: timedelta | None
    close_after: timedelta
    open_grace: timedelta
    no_receipt_after: timedelta
    quiet_hours: QuietHours | None = None
    deadline_margin: timedelta = timedelta(0)


@dataclass(frozen=True)
class Window:
    """An open window. `remind_at` is None when the reminder would come too late to matter."""

    opened_at: datetime
    remind_at: datetime | None
    close_at: datetime


def open_window(opened_at: datetime, deadline_at: datetime | None, policy: WindowPolicy) -> Window:
    """The window that opens when the question is known to have arrived."""
    close_at = closing_by(opened_at, deadline_at, policy) or opened_at + policy.close_after
    if policy.remind_after is None:
        return Window(opened_at, None, close_at)
    remind_at = not_before_quiet_ends(opened_at + policy.remind_after, policy)
    return Window(opened_at, remind_at if remind_at < close_at else None, close_at)


def last_asking(deadline_at: datetime, policy: WindowPolicy) -> datetime:
    """Until when a text may still go out by itself: what comes after it is people's."""
    return deadline_at - policy.deadline_margin


def closing_by(start: datetime, deadline_at: datetime | None, policy: WindowPolicy) -> datetime | None:
    """The closing that an explicit deadline allows a window from `start` on: the margin before it.

    Where `start` lies within the margin, staff asked anyway or the text was late: then the deadline itself counts.
    """
    if deadline_at is None:
        return None
    early = last_asking(deadline_at, policy)
    return early if early > start else deadline_at


def reply_by(frozen_at: datetime, close_at: datetime | None, policy: WindowPolicy) -> datetime:
    """The time a text names: never later than the closing, to the hour when the window exceeds a day.

    `close_at`: the closing where it is known. Else the window opens at or after `frozen_at`, so rounding down and
    counting from here keeps the promise.
    """
    exact = close_at if close_at is not None else frozen_at + policy.close_after
    rounded = exact.replace(second=0, microsecond=0)
    if exact - frozen_at > _COARSE:
        rounded = rounded.replace(minute=0)
    return rounded if rounded > frozen_at else exact


def not_before_quiet_ends(at: datetime, policy: WindowPolicy) -> datetime:
    """`at`, or the end of the quiet hours it falls into."""
    return at if policy.quiet_hours is None else policy.quiet_hours.next_end(at)


def silence_due(handed_over_at: datetime, deadline_at: datetime | None, policy: WindowPolicy) -> datetime:
    """When people take over a text of which the carrier never reported anything.

    Not in the quiet hours, nor just after them: what was held up into the night gets its chance in the morning.
    """
    due = handed_over_at + min(policy.no_receipt_after, policy.close_after)
    if policy.quiet_hours is not None and policy.quiet_hours.contains(due):
        due = policy.quiet_hours.next_end(due) + policy.open_grace
    closing = closing_by(handed_over_at, deadline_at, policy)
    return due if closing is None else min(due, closing)


def grace_due(sent_at: datetime, deadline_at: datetime | None, policy: WindowPolicy) -> datetime:
    """When a text that is `sent` but not `delivered` counts as arrived; `sent` may be the last word."""
    due = sent_at + min(policy.open_grace, policy.close_after)
    closing = closing_by(sent_at, deadline_at, policy)
    return due if closing is None else min(due, closing)
