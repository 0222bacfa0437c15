"""Where this database lives, and as whom it sends: a copy, or a start as somebody else, sends nothing until told.

A restored backup does not know what was sent and heard after it was made: it would text people twice. A start under
another identity would text people from a number whose replies the one that last sent does not hear.
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict
from notifier.domain.permissions import SYSTEM, Principal
from notifier.domain.types import Direction
from notifier.service.context import Context
from notifier.service.gap import SWEEP
from notifier.service.switches import pause_sending, resume_sending
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import Attempt, Heartbeat, Installation, Reconciliation
from notifier.storage.models.house import Cause

_ROW = 1
_COPIED = "this is a restored or copied database: run `notifier reconcile --since ...` first, then resume."
_TABLE = "SELECT CAST(CAST('installation' AS regclass) AS oid)"
_STRANGER = "the account, the numbers or the public address are not those that last sent: see `notifier resume`."


def arrive(ctx: Context) -> None:
    """Compare, before this process sends anything; sending is paused when this is not the place or the sender."""
    with ctx.database.begin() as session:
        here = lives_at(session)
        row = session.get(Installation, _ROW, with_for_update=True)
        if row is None:
            insert_unless_there(session, Installation, {"id": _ROW, "lives_at": here, "sends_as": ctx.sends_as})
            return
        if here.startswith(f"{row.lives_at}, table "):
            row.lives_at = here  # Written before the table was told too.
        if row.lives_at != here:
            row.lives_at, row.copied_at = here, ctx.clock.wall()
            row.active_until = row.active_until or _last_activity(session)
            pause_sending(session, ctx, _COPIED, SYSTEM, Cause.INSTALLATION)
        _compare_identity(session, ctx, row)


def _compare_identity(session: Session, ctx: Context, row: Installation) -> None:
    if row.sends_as == ctx.sends_as:
        row.stranger = None
    elif session.scalar(select(exists().where(Attempt.posting_at.is_not(None)))):
        if row.stranger != ctx.sends_as:
            row.stranger = ctx.sends_as
            pause_sending(session, ctx, _STRANGER, SYSTEM, Cause.INSTALLATION)
    else:
        row.sends_as = ctx.sends_as  # Nothing was ever sent as the other.


def resume(
    session: Session, ctx: Context, actor: Principal, *, anyway: bool = False, as_new_identity: bool = False
) -> None:
    """Send again. Raises Conflict for a copy whose carrier was not asked, or as somebody else, unless told so."""
    row = session.get(Installation, _ROW, with_for_update=True)
    if row is not None:
        if row.copied_at is not None and not anyway:
            _require_reconciled(session, row)
        if row.stranger is not None and not as_new_identity:
            raise Conflict(
                "These settings send as somebody else than the one that last sent: mend NOTIFIER_TWILIO__* and "
                "NOTIFIER_PUBLIC_URL; or, when the change is meant, resume as a new identity."
            )
        row.copied_at = row.active_until = None
        row.sends_as, row.stranger = row.stranger or row.sends_as, None
    resume_sending(session, ctx, actor)


def _require_reconciled(session: Session, row: Installation) -> None:
    """Both directions, complete, from the last sign of life before the copy, and without a text that no row knows."""
    passes = session.scalars(
        select(Reconciliation).where(
            Reconciliation.started_at >= row.copied_at,
            Reconciliation.finished_at.is_not(None),
            Reconciliation.error.is_(None),
            Reconciliation.since <= (row.active_until or row.copied_at),
        )
    ).all()
    if {one.direction for one in passes} != set(Direction):
        since = f"{row.active_until or row.copied_at:%Y-%m-%dT%H:%MZ}"
        raise Conflict(f"This is a restored or copied database: run `notifier reconcile --since {since}` first.")
    if any(one.found > one.applied + one.known for one in passes):
        raise Conflict(
            "The carrier has texts that this copy does not know: it would send them again. Withdraw or close what was "
            "asked since the backup, then resume anyway."
        )


def _last_activity(session: Session) -> datetime | None:
    beat = session.scalar(select(Heartbeat.at).where(Heartbeat.name == SWEEP))
    return beat or session.scalar(select(func.max(Attempt.claimed_at)))


def lives_at(session: Session) -> str:
    """What changes when a database is copied or restored, as far as the server tells."""
    bind = session.connection().engine
    if bind.dialect.name == "sqlite":
        path = Path(bind.url.database or "").resolve()
        return f"sqlite {path} inode {path.stat().st_ino}"
    told = [f"database {session.scalar(text('SELECT oid FROM pg_database WHERE datname = current_database()'))}"]
    for function, column in (("pg_control_system", "system_identifier"), ("pg_control_checkpoint", "timeline_id")):
        # Managed servers may keep these to themselves.
        if session.scalar(text(f"SELECT has_function_privilege('{function}()', 'execute')")):
            told.append(f"{column} {session.scalar(text(f'SELECT {column} FROM {function}()'))}")
    # A dump that is read back into the same database makes its tables anew.
    told += [f"table {session.scalar(text(_TABLE))}"]
    return "postgresql " + ", ".join(told)
