"""Referrals from a file: looked at row by row, then taken in."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from notifier.console.access import Visitor, needs
from notifier.console.drawing import draw
from notifier.console.forms import MOST_UPLOADED, upload_of
from notifier.console.lists import by_script
from notifier.console.routes.sign_in import Fields
from notifier.customs.csv_referrals import ReferralFile, open_referrals
from notifier.domain.errors import FieldProblem, Invalid
from notifier.domain.permissions import Permission
from notifier.domain.referral import FIELDS
from notifier.service.import_preview import MOST_SHOWN, look_at
from notifier.service.importing import import_rows
from notifier.service.intake import Door

router = APIRouter(prefix="/queries/import")
Submitter = Annotated[Visitor, needs(Permission.SUBMIT_QUERIES)]


@router.get("")
def ask_for_file(request: Request, _visitor: Submitter) -> Response:
    """The form."""
    return _page(request)


@router.post("/look")
def look(request: Request, visitor: Submitter, _form: Fields) -> Response:
    """What the file holds; nothing is taken. A script gets that part of the page alone."""
    part = by_script(request)
    try:
        found = look_at(visitor.ctx, _file(request))
    except Invalid as refusal:
        if part:
            return draw(request, "liaison/import_look.jinja", found=None, problems=refusal.problems, most=MOST_SHOWN)
        return _page(request, refusal.problems)
    if part:
        return draw(request, "liaison/import_look.jinja", found=found, problems=(), most=MOST_SHOWN)
    return _page(request, found=found)


@router.post("")
def take(request: Request, visitor: Submitter, _form: Fields) -> Response:
    """Take every row that is sound; the same file again takes nothing twice."""
    try:
        report = import_rows(visitor.ctx, _file(request), Door(visitor.signed_in.principal, "file"))
    except Invalid as refusal:
        return _page(request, refusal.problems)
    return draw(request, "liaison/imported.jinja", report=report, most=MOST_SHOWN)


def _file(request: Request) -> ReferralFile:
    """The file that was chosen. Raises Invalid."""
    raw = upload_of(request)
    if not raw:
        raise Invalid.one("file", "is missing.", "Choose a CSV file.")
    return open_referrals(raw)


def _page(request: Request, problems: tuple[FieldProblem, ...] = (), **more: Any) -> Response:
    shown: dict[str, Any] = {
        "columns": FIELDS,
        "most_megabytes": MOST_UPLOADED // 1024**2,
        "most": MOST_SHOWN,
        "found": None,
    }
    shown |= {"problems": (), "errors": problems, "places": {problem.field: "file" for problem in problems}}
    return draw(request, "liaison/import.jinja", 422 if problems else 200, **shown | more)
