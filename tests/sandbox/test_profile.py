"""Where the sandbox runs, and where it refuses to."""

import base64
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.drills.processes import Installation
from tests.servers import free_port
from tests.waiting import eventually

_KEY = base64.b64encode(os.urandom(32)).decode()
PRODUCTION = {
    "PROFILE": "production",
    "TWILIO__ACCOUNT_SID": "AC" + "1c" * 16,
    "TWILIO__AUTH_TOKEN": "a-token",
    "TWILIO__FROM": "+85264500001",
    "SEAL__KEYS": f"1:{_KEY}",
    "SEAL__HASH_KEY": _KEY,
    "PUBLIC_URL": "https://notifier.example",
}
_SERVERS = ("postgresql://nobody@127.0.0.1:9/none", "redis://127.0.0.1:9/0")


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Installation]:
    """An installation with everything production asks for."""
    with Installation(tmp_path, *_SERVERS, PRODUCTION) as notifier:
        yield notifier


def test_production_has_no_sandbox(production: Installation, tmp_path: Path) -> None:
    refused = production.run("sandbox")
    assert refused.returncode == 2
    assert refused.stderr == "NOTIFIER_PROFILE: the sandbox does not start in the production profile.\n"
    assert refused.stdout == ""
    assert not list(tmp_path.rglob("sandbox*")), "nothing was made"


def test_production_has_no_sandbox_however_little_is_set(tmp_path: Path) -> None:
    with Installation(tmp_path, settings={"PROFILE": "production"}) as notifier:
        refused = notifier.run("sandbox")
    assert refused.returncode == 2
    assert "production" in refused.stderr
    _is_told_plainly(refused)


def test_elsewhere_it_serves_the_account_it_made(tmp_path: Path) -> None:
    port = free_port()
    with Installation(tmp_path) as notifier:
        sandbox = notifier.start("notifier", "sandbox", "--port", str(port))
        eventually(lambda: sandbox.check_alive() and _answers(port), within=30, what="The sandbox starting")
        assert f"http://127.0.0.1:{port}/" in sandbox.printed()
        assert sandbox.terminate() == 0
        assert "Traceback" not in sandbox.printed()


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def _is_told_plainly(refused: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in refused.stderr
    assert all(line.startswith("NOTIFIER_") for line in refused.stderr.splitlines())
