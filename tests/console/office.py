"""An office to work in: the whole site on loopback over one database, with staff who have set up their accounts."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyotp
import uvicorn

from notifier.console import ConsoleParts, create_console
from notifier.console.handsets import Handsets
from notifier.domain.permissions import Role
from notifier.service.context import Context
from notifier.service.staff import SetUp, add_staff, factor_of_link, set_up
from notifier.web.app import create_app
from notifier.web.belief import Believer
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.journeys.world import World
from tests.servers import free_port
from tests.waiting import eventually
from tests.web.signing import TOKEN
from tests.web.site import ACCOUNT, PUBLIC_URL, make_parts

PASSWORD = "parcels wait for answers"


@dataclass
class Person:
    """Somebody with an account, and the second factor in their phone."""

    email: str
    secret: str
    recovery: list[str]

    def code(self) -> str:
        """What the app shows now."""
        return pyotp.TOTP(self.secret).now()


@dataclass
class Office:
    """Where staff knock, and the world outside."""

    url: str
    world: World
    handsets: Handsets | None = None
    visitors: ExitStack = field(default_factory=ExitStack)  # whose connections end with the office

    @property
    def ctx(self) -> Context:
        """What the use cases are given."""
        return self.world.ctx

    def hire(self, role: Role, name: str = "Mei Chan") -> Person:
        """A member of staff who is ready to sign in."""
        email = f"{role}.{name.split()[0].lower()}@post.example"
        token = add_staff(self.ctx, email, name, role)
        secret = factor_of_link(self.ctx, token)
        return Person(email, secret, set_up(self.ctx, SetUp(token, PASSWORD, pyotp.TOTP(secret).now())))


@contextmanager
def open_office(database_url: str, handsets: Handsets | None = None, **changes: Any) -> Iterator[Office]:
    """A site that is served until the block ends. `handsets`: made-up phones; `changes`: to parts of its context."""
    carrier, port = FakeCarrier(), free_port()
    ctx = make_context(database_url, carrier=carrier, **changes)
    url = f"http://127.0.0.1:{port}"
    judge = Believer(ACCOUNT, (TOKEN,), PUBLIC_URL).judge
    console = create_console(ConsoleParts(ctx, url, secure=False, sandbox=True, judge=judge, handsets=handsets))
    site = create_app(make_parts(ctx, console=console))
    server = uvicorn.Server(uvicorn.Config(site, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    office = Office(url, World(ctx, carrier), handsets)
    with office.visitors:
        yield office
    server.should_exit = True
    thread.join(10)
    ctx.database.dispose()
