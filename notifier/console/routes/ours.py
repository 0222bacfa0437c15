"""Is this text ours? A caller reads out what they got."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from notifier.console.access import Visitor
from notifier.console.drawing import draw
from notifier.console.forms import Form
from notifier.console.handoff_search import EVERY_TEAM
from notifier.console.routes.handoffs import Worker
from notifier.console.routes.sign_in import Fields
from notifier.domain.errors import Invalid
from notifier.domain.types import Language
from notifier.service.text_checks import asked_by_text, check_text, recent_checks

router = APIRouter()


@router.get("/ours")
def ask_for_text(request: Request, visitor: Worker) -> Response:
    """The form, with who asked by text, and what was looked up before."""
    return _page(request, visitor, {})


@router.post("/ours")
def check(request: Request, visitor: Worker, form: Fields) -> Response:
    """Say whether it is ours, and what to tell the caller."""
    try:
        found = check_text(visitor.ctx, visitor.signed_in.principal, form.get("mobile", ""), form.get("words", ""))
    except Invalid as refusal:
        return _page(request, visitor, form, 422, errors=refusal.problems)
    say = {language: visitor.ctx.catalogue.phrases[language].checked[found.outcome] for language in Language}
    return _page(request, visitor, form, found=found, say=say)


def _page(request: Request, visitor: Visitor, given: Form, status: int = 200, **more: Any) -> Response:
    shown = {"given": given, "found": None, "say": {}, "every_team": EVERY_TEAM}
    lists = {"checks": recent_checks(visitor.ctx), "asked": asked_by_text(visitor.ctx)}
    return draw(request, "hotline/ours.jinja", status, **shown | lists | more)
