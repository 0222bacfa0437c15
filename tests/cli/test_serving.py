"""Serving as an operator sees it at a terminal: what is printed, and how it stops."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.drills.processes import Installation, Running
from tests.servers import free_port
from tests.waiting import eventually

_SOON = 1.5  # seconds an idle server may take to be gone; about 0.3 on a machine with nothing else to do
_TRIES = 5  # a machine that is busy with other tests may need another try


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_an_orderly_stop(number: signal.Signals, tmp_path: Path) -> None:
    with Installation(tmp_path) as notifier:
        up = notifier.up()
        assert _stop(up, number) == 0
        api, console, link, phone = up.printed().splitlines()
        assert api == f"Notifier: {notifier.base_url}/docs"
        assert console == f"The console: {notifier.base_url}/"
        assert link.startswith(f"Sign in to it once, within the hour: {notifier.base_url}/console/link/")
        assert phone == f"The sender's phone: {notifier.base_url}/sandbox/"


def test_an_impatient_operator_gets_the_same_end(tmp_path: Path) -> None:
    """Ctrl-C again and again, until it is gone: also while the interpreter is being taken down."""
    with Installation(tmp_path) as notifier:
        up = notifier.up()
        eventually(lambda: _again(up), within=10, what="The end", pause=0.05)
        assert up.process.returncode == 0
        assert "Traceback" not in up.printed()


def _again(running: Running) -> bool:
    if running.process.poll() is None:
        running.process.send_signal(signal.SIGINT)
        return False
    return True


@pytest.mark.parametrize("command", ["web", "sandbox"])
def test_the_parts_alone_stop_as_well(command: str, tmp_path: Path) -> None:
    with Installation(tmp_path) as notifier:
        assert notifier.run("migrate").returncode == 0
        if command == "web":
            running = notifier.web()
        else:
            running = notifier.start("notifier", "sandbox", "--port", str(free_port()))
            eventually(lambda: "Sandbox:" in running.printed(), within=30, what="The sandbox's start")
        assert _stop(running, signal.SIGINT) == 0
        assert "Traceback" not in running.printed()


def test_an_idle_server_is_gone_soon(tmp_path: Path) -> None:
    """Nothing is in flight, so nothing is waited for; the connection of a browser is left open on purpose."""
    with Installation(tmp_path) as notifier:
        took: list[float] = []
        while not took or (min(took) > _SOON and len(took) < _TRIES):
            up = notifier.up()
            began = time.monotonic()
            assert _stop(up, signal.SIGTERM) == 0
            took.append(time.monotonic() - began)
        assert min(took) <= _SOON, took


def test_the_sandbox_says_where_its_token_is(tmp_path: Path) -> None:
    with Installation(tmp_path) as notifier:
        sandbox = notifier.start("notifier", "sandbox", "--port", str(free_port()))
        eventually(lambda: len(sandbox.printed().splitlines()) == 2, within=30, what="The sandbox's start")
        first, second = sandbox.printed().splitlines()
    path = Path(second.removeprefix("The account's token stands in ").removesuffix("."))
    assert path == tmp_path / "data" / "sandbox-secrets.json"
    kept = json.loads(path.read_text())
    assert kept["account_sid"] in first
    assert kept["auth_token"] not in sandbox.printed()


def test_the_sandbox_of_a_configured_account_names_the_setting(tmp_path: Path) -> None:
    account = {"TWILIO__ACCOUNT_SID": "AC1", "TWILIO__AUTH_TOKEN": "a token"}
    with Installation(tmp_path, settings=account) as notifier:
        sandbox = notifier.start("notifier", "sandbox", "--port", str(free_port()))
        eventually(lambda: len(sandbox.printed().splitlines()) == 2, within=30, what="The sandbox's start")
        assert sandbox.printed().splitlines()[1] == "The account's token is NOTIFIER_TWILIO__AUTH_TOKEN."


def _stop(running: Running, number: signal.Signals) -> int:
    """A signal to the process alone, as a terminal's or a supervisor's; its exit code."""
    os.kill(running.process.pid, number)
    return running.process.wait(timeout=10)
