"""The console, made of its parts."""

from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from notifier.console.access import require_declarations
from notifier.console.failures import handlers
from notifier.console.forms import guard
from notifier.console.headers import Guarded
from notifier.console.parts import ConsoleParts
from notifier.console.routes import account, decisions, queries, sign_in

STATIC = Path(__file__).parent / "static"

__all__ = ["ConsoleParts", "create_console"]


def create_console(parts: ConsoleParts) -> Guarded:
    """The console, to be mounted at `ROOT`. Raises TypeError when a page does not declare who may open it."""
    console = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=handlers(),
        dependencies=[Depends(guard)],
    )
    console.state.parts = parts
    for room in (sign_in, account, queries, decisions):
        console.include_router(room.router)
    if parts.sandbox:
        console.include_router(sign_in.sandbox)
    console.mount("/static", StaticFiles(directory=STATIC))
    require_declarations(console.routes)
    return Guarded(console, parts.secure)  # around everything: the page of a crash has the headers too
