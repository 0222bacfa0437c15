"""Signing in and staying so. Who fails is told nothing but that it failed, and waits longer each time.

A try is counted before it is looked at, so that many at once win nothing; and a name nobody has costs the same time
and counts as one that somebody has.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifier.domain.errors import SignInRefused, TryLater
from notifier.domain.permissions import Principal, Role
from notifier.service.context import Context
from notifier.service.staff import PASSWORDS, digest, end_sessions, link_owner, matching_step, new_token
from notifier.storage.inserting import insert_unless_there
from notifier.storage.models import SignInTry, Staff, StaffSession

IDLE = timedelta(hours=1)
LASTS = timedelta(hours=12)  # a working day: nobody stays signed in over night
_SEEN_EVERY = timedelta(minutes=1)  # so that reading pages does not write each time
_FREE_BY_NAME, _FREE_BY_ADDRESS = 5, 30  # tries before waiting begins; many people may share an address
_LONGEST_WAIT = 900  # seconds
_FORGOTTEN_AFTER = timedelta(days=1)
_SANDBOX_EMAIL = "sandbox@localhost"
_SANDBOX_LINK = timedelta(hours=1)
_REFUSED = "Address, password and code do not fit together."


@dataclass(frozen=True, repr=False)
class Attempt:
    """What somebody typed, and the network address it came from."""

    email: str
    password: str
    code: str
    address: str


@dataclass(frozen=True)
class SignedIn:
    """Who a session belongs to, with what they chose for their pages."""

    session_id: UUID
    staff_id: UUID
    principal: Principal
    language: str | None
    theme: str | None


def sign_in(ctx: Context, attempt: Attempt) -> str:
    """The token of a new session. Raises TryLater, SignInRefused."""
    _take_turn(ctx, attempt)
    email = attempt.email.strip().lower()
    with ctx.database.read() as session:
        person = session.scalars(select(Staff).where(Staff.email == email)).one_or_none()
    known = (person.password_hash if person is not None else None) or _nobodys()
    fits = PASSWORDS.verify(attempt.password, known)
    if not fits or person is None:
        raise SignInRefused(_REFUSED)
    with ctx.database.begin() as session:
        locked = session.get_one(Staff, person.id, with_for_update=True)
        if locked.disabled_at is not None or locked.password_hash != known or not _second_factor(ctx, locked, attempt):
            raise SignInRefused(_REFUSED)
        _forget_try(session, ctx, attempt)
        return _open_session(session, ctx, locked)


@cache
def _nobodys() -> str:
    """What nobody's password is compared with, so that an unknown name takes as long as a known one."""
    return PASSWORDS.hash(secrets.token_urlsafe(16))


def _second_factor(ctx: Context, person: Staff, attempt: Attempt) -> bool:
    """A code of the app that was not used before, or a recovery code, which is used up."""
    code = attempt.code.replace(" ", "").lower()
    step = matching_step(person.totp_secret or "", code, ctx.clock.wall().timestamp())
    if step is not None:
        fresh, person.totp_step = step > person.totp_step, max(step, person.totp_step)
        return fresh
    if digest(code) not in person.recovery_hashes:
        return False
    person.recovery_hashes = [known for known in person.recovery_hashes if known != digest(code)]
    return True


def _open_session(session: Session, ctx: Context, person: Staff) -> str:
    token, now = new_token(), ctx.clock.wall()
    opened = StaffSession(
        staff_id=person.id, token_hash=digest(token), created_at=now, seen_at=now, ends_at=now + LASTS
    )
    session.add(opened)
    return token


def _by_name(ctx: Context, attempt: Attempt) -> str:
    return ctx.database.keyring.hash("sign_in_name", attempt.email.strip().lower())


def _by_address(ctx: Context, attempt: Attempt) -> str:
    return ctx.database.keyring.hash("sign_in_address", attempt.address)


def _forget_try(session: Session, ctx: Context, attempt: Attempt) -> None:
    """It was no failure: the name begins anew, and the address, which a whole office may share, had one try less."""
    name = _by_name(ctx, attempt)
    for key in sorted((name, _by_address(ctx, attempt))):
        row = session.get(SignInTry, key, with_for_update=True)
        if row is not None and key == name:
            session.delete(row)
        elif row is not None:
            row.failures, row.blocked_until = max(row.failures - 1, 0), None
        session.flush()


def _take_turn(ctx: Context, attempt: Attempt) -> None:
    by_address = _by_address(ctx, attempt)
    with ctx.database.begin() as session:
        waits = list(_counted(session, ctx, {_by_name(ctx, attempt): _FREE_BY_NAME, by_address: _FREE_BY_ADDRESS}))
        if any(waits):
            # What was counted is rolled back: who waits is not made to wait longer by asking.
            raise TryLater(max(waits))


def _counted(session: Session, ctx: Context, keys: dict[str, int]) -> Iterator[int]:
    """Count a try under each key, locked in one order; seconds to wait, 0 = none."""
    now = ctx.clock.wall()
    for key in sorted(keys):
        insert_unless_there(session, SignInTry, {"key_hash": key, "failures": 0, "last_at": now})
        row = session.get_one(SignInTry, key, with_for_update=True)
        if row.blocked_until is not None and row.blocked_until > now:
            yield int((row.blocked_until - now).total_seconds()) + 1
            continue
        row.failures = 1 if now - row.last_at > _FORGOTTEN_AFTER else row.failures + 1
        row.last_at = now
        row.blocked_until = _blocked_until(row.failures - keys[key], now)
        yield 0


def _blocked_until(beyond: int, now: datetime) -> datetime | None:
    """Two seconds after the last free try, and twice as long with each that follows."""
    return now + timedelta(seconds=min(_LONGEST_WAIT, 2 ** min(beyond + 1, 12))) if beyond >= 0 else None


def find_session(ctx: Context, token: str, *, by_person: bool = True) -> SignedIn | None:
    """Whose session this is, or None: unknown, ended, too long idle, or over. One statement but once a minute.

    by_person: somebody asks, which ends being idle; an open page that asks by itself does not.
    """
    now = ctx.clock.wall()
    with ctx.database.read() as session:
        row = session.execute(
            select(StaffSession, Staff)
            .join(Staff, Staff.id == StaffSession.staff_id)
            .where(
                StaffSession.token_hash == digest(token),
                StaffSession.ended_at.is_(None),
                StaffSession.ends_at > now,
                StaffSession.seen_at > now - IDLE,
                Staff.disabled_at.is_(None),
            )
        ).one_or_none()
    if row is None:
        return None
    opened, person = row
    if by_person and now - opened.seen_at > _SEEN_EVERY:
        with ctx.database.begin() as session:
            session.execute(update(StaffSession).where(StaffSession.id == opened.id).values(seen_at=now))
    principal = Principal(person.name, person.role, str(person.id))
    return SignedIn(opened.id, person.id, principal, person.language, person.theme)


def sign_out(ctx: Context, session_id: UUID) -> None:
    """This browser's session ends."""
    with ctx.database.begin() as session:
        ended = update(StaffSession).where(StaffSession.id == session_id).values(ended_at=ctx.clock.wall())
        session.execute(ended)


def choose_look(ctx: Context, staff_id: UUID, language: str | None, theme: str | None) -> None:
    """The language and colours of somebody's pages; None = as the browser asks."""
    with ctx.database.begin() as session:
        session.execute(update(Staff).where(Staff.id == staff_id).values(language=language, theme=theme))


def sandbox_link(ctx: Context) -> str:
    """The token of a link that signs in to the sandbox, once, as its one person. Only where the clock can be moved."""
    _only_in_the_sandbox(ctx)
    token, now = new_token(), ctx.clock.wall()
    with ctx.database.begin() as session:
        person = session.scalars(select(Staff).where(Staff.email == _SANDBOX_EMAIL)).one_or_none()
        if person is None:
            person = Staff(email=_SANDBOX_EMAIL, name="Sandbox", role=Role.ADMIN, recovery_hashes=[], created_at=now)
            session.add(person)
        person.link_hash, person.link_until = digest(token), now + _SANDBOX_LINK
    return token


def sign_in_by_link(ctx: Context, token: str) -> str:
    """A session for the sandbox's one person; the link is used up. Raises SignInRefused."""
    _only_in_the_sandbox(ctx)
    with ctx.database.begin() as session:
        person = link_owner(session, ctx, token)
        if person.email != _SANDBOX_EMAIL:
            raise SignInRefused("This link was used before, or is over.")
        person.link_hash = person.link_until = None
        return _open_session(session, ctx, person)


def switch_role(ctx: Context, signed_in: SignedIn, role: Role) -> str:
    """Look at the sandbox from another desk: the old session ends, a new one's token is returned."""
    _only_in_the_sandbox(ctx)
    with ctx.database.begin() as session:
        person = session.get_one(Staff, signed_in.staff_id, with_for_update=True)
        if person.email != _SANDBOX_EMAIL:
            raise SignInRefused("Only the sandbox's own person changes desks.")
        person.role = role
        end_sessions(session, ctx, person.id)
        return _open_session(session, ctx, person)


def _only_in_the_sandbox(ctx: Context) -> None:
    if not ctx.clock.movable:
        raise SignInRefused("There is no such way in outside the sandbox.")
