"""The console, made of its parts."""

from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from notifier.console.access import require_declarations
from notifier.console.failures import handlers
from notifier.console.forms import guard
from notifier.console.headers import Guarded
from notifier.console.parts import ConsoleParts
from notifier.console.pulse import Pulse
from notifier.console.routes import (
    account,
    call_sheet,
    changes,
    decisions,
    handoffs,
    importing,
    incoming,
    new_query,
    operations,
    ops_lists,
    ours,
    people,
    queries,
    sandbox_carrier,
    sandbox_customs,
    sandbox_phones,
    sign_in,
)

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
    console.state.pulse = Pulse(parts.ctx.database.change_mark())
    for room in (sign_in, account, changes, new_query, importing, queries, decisions, ops_lists, operations):
        console.include_router(room.router)
    for room in (people, handoffs, call_sheet, incoming, ours):
        console.include_router(room.router)
    if parts.sandbox:
        console.include_router(sign_in.sandbox)
        for room in (sandbox_phones, sandbox_customs, sandbox_carrier):
            console.include_router(room.router)
    console.mount("/static", StaticFiles(directory=STATIC))
    require_declarations(console.routes)
    return Guarded(console, parts.secure)  # around everything: the page of a crash has the headers too
