"""A number as staff see it: what keeps texts from it, how healthy it is, and their word that it is texted anyhow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from notifier.domain.errors import Invalid
from notifier.domain.permissions import Principal
from notifier.service.bars import why_listed
from notifier.service.context import Context
from notifier.service.number_health import Health, health_of, is_overridden
from notifier.service.phones import phone_hash
from notifier.service.resolution import Deed
from notifier.storage.models import NumberOverride, Query, Suppression


@dataclass(frozen=True)
class NumberSeen:
    """Every entry of a number, lifted ones too and the newest first; its health; why it gets no text now, or None.

    at: the business time of the look. query_overridden: staff want the query's texts to go there all the same.
    """

    entries: Sequence[Suppression]
    health: Health
    why_not: str | None
    at: datetime
    query_overridden: bool = False


def see_number(ctx: Context, e164: str) -> NumberSeen:
    """What is known of a number, found by its keyed hash."""
    return see_phone(ctx, phone_hash(ctx.database.keyring, e164), None)


def see_number_of(ctx: Context, query: Query) -> NumberSeen | None:
    """The same of a query's present number; None when that cannot be texted at all."""
    return None if query.mobile_hash is None else see_phone(ctx, query.mobile_hash, query)


def see_phone(ctx: Context, mobile_hash: str, query: Query | None) -> NumberSeen:
    """The same by the number's keyed hash; `query`: whose texts are looked at."""
    with ctx.database.read() as session:
        at = ctx.clock.business(session)
        entries = session.scalars(
            select(Suppression).where(Suppression.phone_hash == mobile_hash).order_by(Suppression.id.desc())
        ).all()
        health = health_of(session, ctx, mobile_hash, at)
        overridden = query is not None and is_overridden(session, mobile_hash, query.id)
        listed = why_listed([entry for entry in entries if entry.lifted_at is None], ctx, at)
        unfit = None if overridden else health.why
        return NumberSeen(entries, health, listed.sentence if listed else unfit, at, overridden)


@dataclass(frozen=True)
class Overridden:
    """A number whose health begins anew, and what that leads to."""

    seen: NumberSeen
    consequences: tuple[str, ...]


def override_number(ctx: Context, e164: str, principal: Principal, because: str) -> Overridden:
    """Staff know better: what became of earlier texts, and how many there were, no longer counts against the number."""
    mobile_hash = phone_hash(ctx.database.keyring, e164)
    with ctx.database.begin() as session:
        at = ctx.clock.business(session)
        session.add(NumberOverride(phone_hash=mobile_hash, because=because, made_by=principal.name, made_at=at))
    seen = see_phone(ctx, mobile_hash, None)
    told = ["Failures until now, and the texts it has had, no longer count: new ones do."]
    if seen.why_not is not None:
        told.append(f"It gets no text all the same. {seen.why_not}")
    told.append("Nothing goes out by itself: ask again for each query that should be texted.")
    return Overridden(seen, tuple(told))


def override_for_query(doing: Deed, because: str) -> dict[str, Any]:
    """This query's texts go to its phone whatever its health; returns what the history tells. Raises Invalid."""
    if doing.query.mobile_hash is None:
        raise Invalid.one("despite_health", "the number cannot be texted at all.", "Correct the number.")
    made = {"because": because, "made_by": doing.principal.name, "made_at": doing.at}
    doing.session.add(NumberOverride(phone_hash=doing.query.mobile_hash, query_id=doing.query.id, **made))
    doing.tell("This query's texts go to the phone in spite of failed texts before, and of how many it has had.")
    return {"despite_health": True}
