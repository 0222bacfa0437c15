"""Members of staff: added by an operator, set up by themselves through a link that works once.

A reset is a new link: password, second factor and recovery codes are chosen anew, and every session ends.
"""

import base64
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pyotp
from pwdlib import PasswordHash
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict, Invalid, NotFound, SignInRefused
from notifier.domain.permissions import Role
from notifier.service.context import Context
from notifier.service.names import require_free_name
from notifier.storage.models import ApiKey, Staff, StaffSession

PASSWORDS = PasswordHash.recommended()  # argon2id
LINK_FOR = timedelta(days=3)
_ENTROPY = 32  # bytes of a token; with so much chance in it a plain hash is enough
_SHORTEST_PASSWORD = 12  # characters; length rather than rules (NIST SP 800-63B)
_LONGEST_PASSWORD = 200
_RECOVERY_CODES = 8
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,130}")


@dataclass(frozen=True, repr=False)
class SetUp:
    """What a person chooses behind a set-up link; `code` proves that they scanned the link's second factor."""

    token: str
    password: str
    code: str


def digest(token: str) -> str:
    """The hash a token is found by."""
    return sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A token nobody guesses; safe in an address."""
    return secrets.token_urlsafe(_ENTROPY)


def add_staff(ctx: Context, email: str, name: str, role: Role) -> str:
    """A new member of staff; the token of their set-up link. Raises Invalid, Conflict.

    No two people, and no key, are called alike: a claim, a limit and the history know who acted by their name.
    """
    email, name = _checked(email, name), name.strip()
    token = new_token()
    with ctx.database.begin() as session:
        if session.scalar(select(Staff.id).where(Staff.email == email)) is not None:
            raise Conflict("There is a member of staff with this address: use `notifier staff reset`.")
        require_free_name(session, name, Staff, ApiKey)
        now = ctx.clock.wall()
        person = Staff(email=email, name=name, role=role, recovery_hashes=[], created_at=now)
        person.link_hash, person.link_until = digest(token), now + LINK_FOR
        session.add(person)
    return token


def _checked(email: str, name: str) -> str:
    if not _EMAIL.fullmatch(email.strip()):
        raise Invalid.one("email", "is no mail address.", "Write it as name@example.org.")
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise Invalid.one("name", "must be 1 to 80 printable characters.", "Give the name colleagues know.")
    return email.strip().lower()


def list_staff(ctx: Context) -> list[Staff]:
    """Everybody, in the order they were added."""
    with ctx.database.read() as session:
        return list(session.scalars(select(Staff).order_by(Staff.id)))


def reset_staff(ctx: Context, email: str) -> str:
    """A new set-up link; what opened the account before no longer does. Also lets a disabled person in again."""
    token = new_token()
    until = ctx.clock.wall() + LINK_FOR
    cleared: dict[str, Any] = {"password_hash": None, "totp_secret": None, "recovery_hashes": [], "disabled_at": None}
    _change(ctx, email, link_hash=digest(token), link_until=until, **cleared)
    return token


def disable_staff(ctx: Context, email: str) -> None:
    """They can no longer sign in, and are signed out. Raises NotFound."""
    _change(ctx, email, disabled_at=ctx.clock.wall(), link_hash=None)


def change_role(ctx: Context, email: str, role: Role) -> None:
    """Another role; they sign in anew. Raises NotFound."""
    _change(ctx, email, role=role)


def _change(ctx: Context, email: str, **values: Any) -> None:
    with ctx.database.begin() as session:
        changed = update(Staff).where(Staff.email == email.strip().lower()).values(**values).returning(Staff.id)
        staff_id = session.scalar(changed)
        if staff_id is None:
            raise NotFound("There is no member of staff with this address: see `notifier staff list`.")
        end_sessions(session, ctx, staff_id)


def end_sessions(session: Session, ctx: Context, staff_id: UUID) -> None:
    """Sign somebody out everywhere."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .values(ended_at=ctx.clock.wall())
    )


def link_owner(session: Session, ctx: Context, token: str) -> Staff:
    """Whose link this is. Raises SignInRefused when it was used, is over, or is none."""
    found = select(Staff).where(Staff.link_hash == digest(token), Staff.disabled_at.is_(None)).with_for_update()
    person = session.scalars(found).one_or_none()
    if person is None or person.link_until is None or person.link_until <= ctx.clock.wall():
        raise SignInRefused("This link was used before, or is over.")
    return person


def look_at_link(ctx: Context, token: str) -> Staff:
    """Whose set-up this is; changes nothing. Raises SignInRefused."""
    with ctx.database.begin() as session:
        return link_owner(session, ctx, token)


def factor_of_link(ctx: Context, token: str) -> str:
    """The secret of the second factor a link sets up (base32, 160 bits): the link's own, so that none is sent back."""
    return base64.b32encode(bytes.fromhex(ctx.database.keyring.hash("totp", token))[:20]).decode()


def set_up(ctx: Context, given: SetUp) -> list[str]:
    """Choose password and second factor; the recovery codes, shown this once. Raises SignInRefused, Invalid."""
    if not _SHORTEST_PASSWORD <= len(given.password) <= _LONGEST_PASSWORD:
        mend = f"Use {_SHORTEST_PASSWORD} characters or more; a few words do."
        raise Invalid.one("password", "is too short or too long.", mend)
    secret = factor_of_link(ctx, given.token)
    if matching_step(secret, given.code, ctx.clock.wall().timestamp()) is None:
        raise Invalid.one("code", "does not fit.", "Scan the QR code again, and type the six digits of this moment.")
    codes = [secrets.token_hex(5) for _ in range(_RECOVERY_CODES)]
    password_hash = PASSWORDS.hash(given.password)
    with ctx.database.begin() as session:
        person = link_owner(session, ctx, given.token)
        # The code that proved the secret may also sign them in a moment later.
        person.password_hash, person.totp_secret, person.totp_step = password_hash, secret, 0
        person.recovery_hashes = [digest(code) for code in codes]
        person.link_hash = person.link_until = None
    return codes


def matching_step(secret: str, code: str, at: float) -> int | None:
    """The 30-second step whose code this is: the present one, or a neighbour, as clocks differ. RFC 6238."""
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    totp, present = pyotp.TOTP(secret), int(at) // 30
    near = (present, present - 1, present + 1)
    return next((step for step in near if secrets.compare_digest(totp.at(step * 30), code)), None)
