"""How a person's pages look: language and colours."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Staff
from notifier.console.drawing import draw
from notifier.console.languages import LANGUAGES
from notifier.console.parts import ROOT
from notifier.console.routes.sign_in import Fields
from notifier.service.signing_in import choose_look

router = APIRouter()
_THEMES = ("light", "dark")


@router.get("/account")
def see_account(request: Request, visitor: Staff) -> Response:
    """The form."""
    chosen = visitor.signed_in
    return draw(request, "account.jinja", chosen_language=chosen.language, chosen_theme=chosen.theme)


@router.post("/account")
def change_account(visitor: Staff, form: Fields) -> Response:
    """Keep the choice; anything else stands for "as my browser asks"."""
    language, theme = form.get("language"), form.get("theme")
    kept = language if language in LANGUAGES else None, theme if theme in _THEMES else None
    choose_look(visitor.ctx, visitor.signed_in.staff_id, *kept)
    return RedirectResponse(f"{ROOT}/account", 303)
