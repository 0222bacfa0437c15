"""The web server's application out of a runtime's parts."""

from starlette.types import ASGIApp

from notifier.console import ConsoleParts, create_console
from notifier.runtime.assemble import Runtime
from notifier.runtime.handsets import SandboxHandsets
from notifier.sandbox import Sandbox
from notifier.storage.migrations.run import is_current
from notifier.web.app import create_app
from notifier.web.belief import Believer
from notifier.web.parts import WebParts


def make_site(runtime: Runtime, box: Sandbox | None) -> ASGIApp:
    """The API, the webhooks, the console, health and figures; and the sandbox where there is one."""
    settings = runtime.settings
    return create_app(
        WebParts(
            ctx=runtime.ctx,
            account_sid=runtime.account.sid,
            tokens=runtime.account.webhook_tokens,
            public_url=settings.public_base,
            max_body=settings.intake.max_body,
            ready=lambda: _not_ready(runtime),
            open_metrics=not settings.production,
            sandbox=box.app if box else None,
            console=_console(runtime, box),
        )
    )


def _console(runtime: Runtime, box: Sandbox | None) -> ASGIApp:
    """The pages for staff. Production serves them over HTTPS, so their cookies go nowhere else."""
    settings = runtime.settings
    return create_console(
        ConsoleParts(
            ctx=runtime.ctx,
            public_url=settings.public_base,
            secure=settings.production,
            sandbox=not settings.production,
            judge=believer_of(runtime).judge,
            handsets=SandboxHandsets(box) if box else None,
        )
    )


def believer_of(runtime: Runtime) -> Believer:
    """Who tells the carrier's webhooks from others under these settings."""
    return Believer(runtime.account.sid, runtime.account.webhook_tokens, runtime.settings.public_base)


def _not_ready(runtime: Runtime) -> list[str]:
    """Why no request should come here. The broker is no reason: it only carries hints."""
    try:
        current = is_current(runtime.ctx.database.engine)
    except Exception as failure:
        return [f"The database cannot be reached ({type(failure).__name__})."]
    return [] if current else ["The schema is not the newest: run notifier migrate."]
