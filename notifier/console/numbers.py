"""Showing a whole number: in its place on the page, or on a page of its own where no script runs."""

from collections.abc import Callable
from typing import Any

from fastapi import Request
from starlette.responses import Response

from notifier.console.drawing import draw
from notifier.console.lists import by_script
from notifier.domain.errors import FieldProblem, Invalid


def show_number(request: Request, back: str, reveal: Callable[[], str]) -> Response:
    """`reveal` gives the number, or raises Invalid where no reason was given. `back`: the page that was asked from."""
    number, problems = "", tuple[FieldProblem, ...]()
    try:
        number = reveal()
    except Invalid as refusal:
        problems = refusal.problems
    shown: dict[str, Any] = {
        "number": number,
        "errors": problems,
        "back": back,
        "reveal": request.url.path,
        "because": "",
    }
    if by_script(request):
        return draw(request, "number/shown.jinja", **shown)
    return draw(request, "number/page.jinja", 422 if problems else 200, **shown)
