"""A sandbox and a receiver of its webhooks for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.serving import Receiver, SandboxServer, receiving, sandbox_server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where the webhooks go."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def sandbox(tmp_path: Path, receiver: Receiver) -> Iterator[SandboxServer]:
    """A sandbox that behaves, until it is told otherwise."""
    with sandbox_server(tmp_path / "sandbox.db", f"{receiver.url}/inbound") as server:
        yield server
