"""The web application, made of its parts."""

from fastapi import APIRouter, FastAPI
from starlette.responses import RedirectResponse, Response

from notifier import __doc__ as about
from notifier.web.auth import Open, needs, require_declarations
from notifier.web.last_resort import LastResort
from notifier.web.parts import WebParts
from notifier.web.patient import Patient
from notifier.web.problems import handlers
from notifier.web.routes import (
    answers,
    call_scripts,
    docs,
    handoffs,
    numbers,
    operations,
    queries,
    replies,
    sandbox_clock,
    set_aside,
    stuck,
    suppressions,
    verbs,
    watching,
    webhooks,
)

__all__ = ["WebParts", "create_app"]

_ALWAYS: tuple[APIRouter, ...] = (
    queries.router,
    call_scripts.router,
    webhooks.router,
    verbs.router,
    replies.router,
    handoffs.router,
    answers.router,
    suppressions.router,
    numbers.router,
    operations.sending,
    set_aside.router,
    operations.router,
    stuck.router,
    watching.router,
    docs.router,
)


def create_app(parts: WebParts) -> FastAPI:
    """The application; connects to nothing yet. Raises TypeError when a route does not declare who may call it."""
    app = FastAPI(
        title="Notifier",
        description=about or "",
        docs_url=None,  # ours shows the same page without another host's scripts
        redoc_url=None,
        redirect_slashes=False,  # a redirect would be built from the Host header
        exception_handlers=handlers(),
        lifespan=parts.lifespan,
    )
    app.state.parts = parts
    app.add_middleware(Patient)
    app.add_middleware(LastResort)
    for router in (*_ALWAYS, operations.metrics_router(parts)):
        app.include_router(router)
    app.mount("/static", docs.static_files)
    if parts.ctx.clock.movable:
        app.include_router(sandbox_clock.router)
    front = _to_the_docs if parts.sandbox is None else _to_the_page
    front = front if parts.console is None else _to_the_console
    app.get("/", dependencies=[needs(Open.PUBLIC)], include_in_schema=False)(front)
    if parts.sandbox is not None:
        app.get("/sandbox", dependencies=[needs(Open.PUBLIC)], include_in_schema=False)(_to_the_page)
        app.mount("/sandbox", parts.sandbox)
    if parts.console is not None:
        app.mount("/console", parts.console)
    require_declarations(app.routes)
    return app


async def _to_the_console() -> Response:
    return RedirectResponse("/console/")


async def _to_the_page() -> Response:
    return RedirectResponse("/sandbox/")


async def _to_the_docs() -> Response:
    return RedirectResponse("/docs")
