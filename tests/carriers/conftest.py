"""A scripted server, and the carrier over Twilio's SDK that talks to it."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from notifier.carriers.port import Outgoing
from notifier.carriers.twilio import TwilioCarrier
from tests.carriers.connecting import Connect, connected
from tests.carriers.scripted import ScriptedServer, scripted_server


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A carrier's server whose answers the test writes."""
    with scripted_server() as server:
        yield server


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes carriers, see `connected`, and closes them in the end."""
    with ExitStack() as made:

        def connect(*args: Any, **changes: Any) -> TwilioCarrier:
            return made.enter_context(closing(connected(*args, **changes)))

        yield connect


@pytest.fixture
def carrier(connect: Connect, server: ScriptedServer) -> TwilioCarrier:
    """Twilio's SDK against the scripted server."""
    return connect(server.url)


@pytest.fixture
def text() -> Outgoing:
    """A text to post."""
    return Outgoing("+85291234567", "+85264500001", "Ref K7F29QXA. Enquiries: 2921 2222", "an-attempt")
