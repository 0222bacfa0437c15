"""A phone's health, derived from the rows of its texts. Nothing of it is stored: a later delivery heals by itself."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from notifier.domain.number_health import Load, NumberPolicy, Settled, Verdict, judge, streak
from notifier.domain.quiet_hours import HONG_KONG
from notifier.domain.types import Team, Trouble
from notifier.service.context import Context
from notifier.service.fatigue import load_of
from notifier.service.handoffs import Need, Reason
from notifier.storage.models import NumberOverride, Text

_MOST = 200  # texts looked at, newest first: far more than any cap lets through in a month
_WHAT = {
    Trouble.UNREACHABLE: "the handset was switched off or out of reach",
    Trouble.UNKNOWN_SUBSCRIBER: "the number is not in use",
    Trouble.LANDLINE: "it is a landline, or its operator cannot be reached",
    Trouble.BLOCKED: "its owner or operator blocks our texts",
    Trouble.NOT_A_MOBILE: "the carrier says it is no mobile",
}


@dataclass(frozen=True)
class Health:
    """What became of a phone's texts in the policy's period, and what that means for the next one.

    `failures` since the last delivery are newest first. `why`: a sentence for staff when the phone gets no text.
    """

    verdict: Verdict
    failures: tuple[Settled, ...]
    troubles: dict[Trouble, int]
    delivered: int
    last_delivered_at: datetime | None
    load: Load
    overridden_at: datetime | None
    why: str | None


def health_of(session: Session, ctx: Context, phone_hash: str, at: datetime, load: Load | None = None) -> Health:
    """The health of a phone at business time `at`; `load` when it was counted already."""
    overridden = session.scalar(
        select(func.max(NumberOverride.made_at)).where(
            NumberOverride.phone_hash == phone_hash, NumberOverride.query_id.is_(None)
        )
    )
    news = _news(session, phone_hash, max(filter(None, (overridden, at - ctx.numbers.failures_within))))
    load = load_of(session, phone_hash, at) if load is None else load
    verdict, failures = judge(news, load, ctx.numbers, at), streak(news)
    arrived = [settled.at for settled in news if settled.trouble is None]
    return Health(
        verdict=verdict,
        failures=failures,
        troubles=dict(Counter(settled.trouble for settled in news if settled.trouble is not None)),
        delivered=len(arrived),
        last_delivered_at=arrived[0] if arrived else None,
        load=load,
        overridden_at=overridden,
        why=_why(verdict, failures, load, ctx.numbers),
    )


def unhealthy(
    session: Session, ctx: Context, phone_hash: str, at: datetime, query_id: UUID | None, load: Load | None = None
) -> Need | None:
    """What people have to do because this phone should get no text now; None when it may have one."""
    health = health_of(session, ctx, phone_hash, at, load)
    if health.why is None or (query_id is not None and is_overridden(session, phone_hash, query_id)):
        return None
    reason = Reason.NUMBER_UNHEALTHY if health.verdict is Verdict.FAILING else Reason.TEXT_CAP
    return Need(Team.HOTLINE, reason, health.why[:300], priority=2)


def is_overridden(session: Session, phone_hash: str, query_id: UUID) -> bool:
    """Whether staff want this query's texts to go to this phone whatever its health."""
    made = exists().where(NumberOverride.phone_hash == phone_hash, NumberOverride.query_id == query_id)
    return bool(session.scalar(select(made)))


def _news(session: Session, phone_hash: str, since: datetime) -> list[Settled]:
    """What arrived, and what failed for the phone's sake, newest first. Other failures tell nothing of the phone."""
    told = or_(Text.delivery == "delivered", Text.trouble.is_not(None))
    rows = session.execute(
        select(Text.settled_at, Text.trouble)
        .where(Text.recipient_hash == phone_hash, Text.settled_at > since, told)
        .order_by(Text.settled_at.desc(), Text.id.desc())
        .limit(_MOST)
    )
    return [Settled(row.settled_at, row.trouble) for row in rows]


def _why(verdict: Verdict, failures: tuple[Settled, ...], load: Load, policy: NumberPolicy) -> str | None:
    if verdict is Verdict.FAILING and failures[0].trouble is not None:
        count = "The last text" if len(failures) == 1 else f"The last {len(failures)} texts"
        what = _WHAT[failures[0].trouble]
        return (
            f"{count} to this phone did not arrive ({what}, {_told(failures[0].at)}), so it gets no other: call the "
            "sender, or correct the number."
        )
    if verdict is Verdict.FULL:
        day = load.day >= policy.texts_per_day
        had, most = (load.day, policy.texts_per_day) if day else (load.week, policy.texts_per_week)
        free = load.free_at(policy)
        again = f"after {_told(free)}" if free else "a day later"
        period = "24 hours" if day else "seven days"
        return f"This phone has had {had} texts in {period}, and may get {most}: call the sender, or ask again {again}."
    return None


def _told(at: datetime) -> str:
    return f"{at.astimezone(HONG_KONG):%a %d %b %H:%M}"
