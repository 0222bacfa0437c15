"""A process that is born of one with its code loaded is one like any other, and its end is told."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from subprocess import TimeoutExpired

import pytest

from tests.chaos.nursery import Nursery

_SERVER = ("python", "-m", "http.server", "--bind", "127.0.0.1", "0")


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    """One with its code loaded."""
    nursery = Nursery(tmp_path)
    yield nursery
    nursery.close()


def test_a_child_prints_to_its_own_log_and_ends_with_its_own_code(nursery: Nursery, tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    assert nursery.bear(("python", "-m", "this"), {}, log).wait(30) == 0
    assert "Errors should never pass silently." in log.read_text()
    assert nursery.bear(("python", "-m", "tests.chaos.nowhere"), {}, log).wait(30) == 1
    assert "No module named tests.chaos.nowhere" in log.read_text()


def test_a_child_leads_a_group_and_is_killed_with_it(nursery: Nursery, tmp_path: Path) -> None:
    child = nursery.bear(_SERVER, {}, tmp_path / "child.log")
    assert os.getpgid(child.pid) == child.pid
    with pytest.raises(TimeoutExpired):
        child.wait(0.05)
    os.killpg(child.pid, signal.SIGKILL)
    assert child.wait(30) == -signal.SIGKILL
    assert child.poll() == child.returncode == -signal.SIGKILL
