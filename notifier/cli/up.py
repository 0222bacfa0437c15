"""Serving: everything in one process, the web server alone, or the sandbox alone."""

import asyncio
import gc
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

import structlog
import typer
import uvicorn
from starlette.types import ASGIApp

from notifier.cli.embedded import EmbeddedWorker
from notifier.domain.errors import SettingsWrong
from notifier.runtime import Runtime, assemble, worker_process
from notifier.runtime.assemble import INBOUND_PATH
from notifier.runtime.broker import check_broker
from notifier.runtime.ending import end_soon
from notifier.runtime.life import Life
from notifier.runtime.logs import set_up_logs
from notifier.runtime.site import make_site
from notifier.sandbox import Sandbox, SandboxPlan, create_sandbox
from notifier.service.leases import end_leases
from notifier.service.signing_in import sandbox_link
from notifier.settings import Settings, load
from notifier.settings.sandbox_secrets import sandbox_secrets, secrets_file
from notifier.storage.migrations.run import migrate
from notifier.storage.models.watching import Part

log = structlog.get_logger()
_CLOCK = "/api/v1/sandbox/clock"
_DRAIN = 3  # seconds a connection may take to finish once the server stops


class _Server(uvicorn.Server):
    """Stops the worker first: its texts in flight may be answered by this very server.

    A signal, Ctrl-C as well, is an operator's orderly stop: unlike uvicorn's own, it is not raised again at the end.
    """

    def __init__(self, config: uvicorn.Config, worker: EmbeddedWorker | None = None) -> None:
        super().__init__(config)
        self._worker = worker
        self._stopping = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self._stopping:
            self._stopping = True
            end_soon()
            threading.Thread(target=self._stop_worker_first, name="stop", daemon=True).start()
        elif sig == signal.SIGINT:
            # Who presses Ctrl-C again does not want to wait.
            self.force_exit = self.should_exit
            self.should_exit = True

    def _stop_worker_first(self) -> None:
        if self._worker is not None:
            self._worker.stop()
        self.should_exit = True


def run_up() -> None:
    """Web, worker, scheduler and sandbox, until a signal comes."""
    settings = load()
    set_up_logs(settings.log.level, settings.log.format)
    listener = _listen(settings.host, settings.port)
    check_broker(settings.broker)
    _prepare(settings)
    runtime = assemble(settings)
    box = _sandbox_of(settings, runtime)
    worker_process.adopt(runtime)
    if settings.broker_within_process:
        end_leases(runtime.ctx)
    worker = EmbeddedWorker()
    worker.start()
    typer.echo(_welcome(settings, runtime))
    life = Life(runtime.ctx, {Part.WEB: lambda: True} | worker.parts())
    _serve(make_site(runtime, box), listener, worker)
    life.end()
    if box is not None:
        box.close()
    runtime.close()


def run_web() -> None:
    """The web server alone."""
    settings = load()
    set_up_logs(settings.log.level, settings.log.format)
    listener = _listen(settings.host, settings.port)
    if settings.broker_within_process:
        log.warning("broker_serves_one_process", mend="NOTIFIER_BROKER_URL: name a Redis, or run notifier up")
    runtime = assemble(settings)
    box = _sandbox_of(settings, runtime)
    life = Life.of_process(runtime.ctx, Part.WEB)
    _serve(make_site(runtime, box), listener)
    life.end()
    if box is not None:
        box.close()
    runtime.close()


def run_sandbox(port: int) -> None:
    """The sandbox alone, for the account of this data folder. Raises SettingsWrong in production."""
    settings = load()
    if settings.production:
        raise SettingsWrong("NOTIFIER_PROFILE: the sandbox does not start in the production profile.")
    set_up_logs(settings.log.level, settings.log.format)
    listener = _listen("127.0.0.1", port)
    secrets = sandbox_secrets(settings.data_dir)
    plan = SandboxPlan(
        path=settings.data_dir / "sandbox.db",
        account_sid=settings.twilio.account_sid or secrets.account_sid,
        auth_token=settings.auth_tokens[0] if settings.auth_tokens else secrets.auth_token,
        inbound_url=settings.public_base + INBOUND_PATH,
        hotline=settings.hotline.number,
        reply_number=settings.reply_number,
    )
    box = create_sandbox(plan)
    box.start()
    typer.echo(f"Sandbox: http://127.0.0.1:{port}/ for account {plan.account_sid}")
    where = "is NOTIFIER_TWILIO__AUTH_TOKEN" if settings.auth_tokens else f"stands in {secrets_file(settings.data_dir)}"
    typer.echo(f"The account's token {where}.")
    _serve(box.app, listener)
    box.close()


def _prepare(settings: Settings) -> None:
    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.database)


def _sandbox_of(settings: Settings, runtime: Runtime) -> Sandbox | None:
    if not settings.sandbox_mounted:
        return None
    plan = SandboxPlan(
        path=settings.data_dir / "sandbox.db",
        account_sid=runtime.account.sid,
        auth_token=runtime.account.token,
        inbound_url=f"http://{settings.local_address}{INBOUND_PATH}",
        hotline=settings.hotline.number,
        reply_number=settings.reply_number,
        clock_url=_CLOCK,
    )
    box = create_sandbox(plan)
    box.start()
    return box


def _listen(host: str, port: int) -> socket.socket:
    """Take the port first, so that a second start says so before it touches anything."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns off Nagle's delay (40 ms an answer) only where it is.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # A port that is only bound can be bound by another start as well.
    except OSError as failure:
        raise SettingsWrong(
            f"NOTIFIER_PORT: {host}:{port} cannot be used ({failure.strerror}): "
            "is the service running already? Choose another port otherwise."
        ) from None
    return listener


def _serve(site: ASGIApp, listener: socket.socket, worker: EmbeddedWorker | None = None) -> None:
    config = uvicorn.Config(
        site,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=_DRAIN,
        timeout_keep_alive=30,
    )
    server = _Server(config, worker)
    _hear_of_signals(server.handle_exit)  # the server's own listening ends before asyncio does
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listener]))
    _hear_of_signals(signal.SIG_IGN)  # it stops already, and not for longer than `end_soon` allows
    # The process ends soon: without this the interpreter would first look through all its objects, for seconds.
    gc.freeze()


def _hear_of_signals(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _welcome(settings: Settings, runtime: Runtime) -> str:
    base = f"http://{settings.local_address}"
    lines = [f"Notifier: {base}/docs", f"The console: {base}/"]
    if not settings.production:
        lines.append(f"Sign in to it once, within the hour: {base}/console/link/{sandbox_link(runtime.ctx)}")
    if settings.sandbox_mounted:
        lines.append(f"The sender's phone: http://{settings.local_address}/sandbox/")
    return "\n".join(lines)
