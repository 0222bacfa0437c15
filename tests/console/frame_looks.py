"""What everybody meets: signing in, setting an account up, what goes wrong, and desks where nothing is to be done."""

from datetime import timedelta

import pyotp
from sqlalchemy import update

from notifier.domain.permissions import Role
from notifier.service.staff import add_staff, factor_of_link
from notifier.storage.models import SignInTry, StaffSession
from tests.console.looks import FAILURE, Look, Places, Scene
from tests.console.office import PASSWORD, Office
from tests.console.reader import reader_of

_STRANGER = {"#email": "nobody@post.example", "#password": "a few wrong words", "#code": "000000"}
_SIGN_IN = "main form button"


def _play(office: Office) -> Places:
    """Two people are to set themselves up, and customs asked about one item."""
    tokens = {
        name: add_staff(office.ctx, f"{name}@post.example", f"{name} Wong", Role.LIAISON) for name in ("kit", "may")
    }
    return {"kit": tokens["kit"], "may": tokens["may"], "code": ""}


def _scanned(office: Office, places: Places) -> None:
    """May's app shows a code."""
    places["code"] = pyotp.TOTP(factor_of_link(office.ctx, places["may"])).now()


def _tried_too_often(office: Office, _places: Places) -> None:
    """Somebody guessed for so long that they wait longer than this machine takes to show it."""
    stranger = reader_of(office)
    stranger.post("/console/sign-in", "/console/sign-in", **{name[1:]: words for name, words in _STRANGER.items()})
    with office.ctx.database.begin() as session:
        session.execute(update(SignInTry).values(blocked_until=office.ctx.clock.wall() + timedelta(minutes=15)))


def _hired(office: Office, places: Places) -> None:
    """Somebody whose session ended while they wrote."""
    places["query_id"] = str(office.world.refer().id)
    person = office.hire(Role.LIAISON, "Ada Yip")
    places |= {"email": person.email, "password": PASSWORD, "recovery": person.recovery[0]}


def _everybody_signed_out(office: Office, _places: Places) -> None:
    with office.ctx.database.begin() as session:
        session.execute(update(StaffSession).values(ended_at=office.ctx.clock.wall()))


def _referred(office: Office, places: Places) -> None:
    places["query_id"] = str(office.world.refer().id)


_SET_UP = (
    Look("set-up", "GET /set-up/{token}", "set_up.jinja", "/set-up/{kit}", role=None),
    Look(
        "set-up, too short",
        "POST /set-up/{token}",
        "set_up.jinja",
        "/set-up/{kit}",
        {"#password": "short", "#code": "000000"},
        "main form button",
        status=422,
        role=None,
    ),
    Look(
        "recovery codes",
        "POST /set-up/{token}",
        "recovery_codes.jinja",
        "/set-up/{may}",
        {"#password": PASSWORD, "#code": "{code}"},
        "main form button",
        role=None,
        before=_scanned,
    ),
    Look("a link that is over", "GET /set-up/{token}", FAILURE, "/set-up/none", status=403, role=None),
)
_EMPTY = (
    Look("no query", "GET /queries", "queries/list.jinja"),
    Look("keys", "GET /queries", "queries/list.jinja", key="?", until="#help"),
    Look("no handoff", "GET /handoffs", "hotline/handoffs.jinja"),
    Look("nothing asked about", "GET /ours", "hotline/ours.jinja"),
    Look("nothing unknown", "GET /operations/unknown", "ops/list.jinja"),
    Look("nothing set aside", "GET /operations/quarantine", "ops/list.jinja"),
    Look("nothing refused", "GET /operations/refused", "ops/list.jinja"),
    Look("figures of nothing", "GET /operations/figures", "ops/figures.jinja"),
    Look("customs, idle", "GET /sandbox/customs", "sandbox/customs.jinja"),
    Look("account", "GET /account", "account.jinja"),
)
_FAILURES = (
    Look("no such page", "GET /nowhere", FAILURE, status=404),
    Look("no such page, signed out", "GET /nowhere", FAILURE, status=404, role=None),
    Look("not this role", "GET /operations", FAILURE, status=403, role=Role.LIAISON),
    Look(
        "not our form",
        "POST /account",
        FAILURE,
        "/account",
        {"main input[name=csrf]": "0"},
        "main form button",
        status=403,
    ),
    Look("cannot be read", "GET /operations/figures", FAILURE, "/operations/figures?of=ever", status=422),
    Look(
        "too late to decide",
        "POST /queries/{query_id}/reopen",
        FAILURE,
        "/queries/{query_id}/reopen",
        {"#reason": "It still counts"},
        "main form button",
        status=409,
        before=_referred,
    ),
)
_KEPT = '{{"to": "/console/queries/{query_id}/record", "fields": {{"text": "Two cotton shirts"}}}}'
_DOOR = (
    Look(
        "signed in again",
        "POST /sign-in",
        "again.jinja",
        "/sign-in",
        {"#email": "{email}", "#password": "{password}", "#code": "{recovery}", "main input[name=kept]": _KEPT},
        _SIGN_IN,
        role=None,
        before=_hired,
    ),
    Look(
        "signed out while writing",
        "POST /queries/{query_id}/record",
        "sign_in.jinja",
        "/queries/{query_id}/record",
        {"#text": "Two cotton shirts"},
        _SIGN_IN,
        status=403,
        meanwhile=_everybody_signed_out,
    ),
    Look("sign-in", "GET /sign-in", "sign_in.jinja", role=None),
    Look("sign-in, session over", "GET /sign-in", "sign_in.jinja", "/sign-in?ended=1", role=None),
    Look("sign-in, refused", "POST /sign-in", "sign_in.jinja", "/sign-in", _STRANGER, _SIGN_IN, status=403, role=None),
    Look(
        "sign-in, later",
        "POST /sign-in",
        "sign_in.jinja",
        "/sign-in",
        _STRANGER,
        _SIGN_IN,
        status=429,
        role=None,
        before=_tried_too_often,  # the last: from this address nobody signs in for a while
    ),
)
FRAME = Scene((*_SET_UP, *_EMPTY, *_FAILURES, *_DOOR), _play)
