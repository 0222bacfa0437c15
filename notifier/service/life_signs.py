"""Signs of life: each web server, worker and scheduler says every so often that it is there, and its silence shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from notifier.service.context import Context
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import LifeSign
from notifier.storage.models.watching import Part

SILENT_AFTER = timedelta(minutes=2)
_KEPT = timedelta(days=1)
_SHOWN = 50


@dataclass(frozen=True)
class Sign:
    """Where a part is, its last sign (wall clock), and whether that is too long ago."""

    part: Part
    place: str
    at: datetime
    silent: bool


def leave_signs(ctx: Context, parts: Iterable[Part], place: str) -> None:
    """These parts of one process live. `place`: its host and pid. What has been silent for a day is forgotten."""
    with ctx.database.begin() as session:
        at = ctx.clock.wall()
        for part in parts:
            row = {"name": _name(part, place), "part": part, "place": place, "at": at}
            if not insert_unless_there(session, LifeSign, row):
                session.execute(update(LifeSign).where(LifeSign.name == row["name"]).values(at=at))
        session.execute(delete(LifeSign).where(LifeSign.at < at - _KEPT))


def take_back_signs(ctx: Context, parts: Iterable[Part], place: str) -> None:
    """These parts end in good order: that is no silence."""
    with ctx.database.begin() as session:
        session.execute(delete(LifeSign).where(LifeSign.name.in_([_name(part, place) for part in parts])))


def see_signs(session: Session, now: datetime) -> Sequence[Sign]:
    """Part by part, the latest first. `now`: wall clock."""
    rows = session.scalars(select(LifeSign).order_by(LifeSign.part, LifeSign.at.desc()).limit(_SHOWN))
    return [Sign(row.part, row.place, row.at, now - row.at > SILENT_AFTER) for row in rows]


def _name(part: Part, place: str) -> str:
    return f"{part} {place}"
