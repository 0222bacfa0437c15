"""A house of its own for the play: `notifier up` in a temporary folder, and the other commands run beside it."""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from notifier.cli.demo.desk import Desk
from notifier.cli.demo.trouble import Trouble
from notifier.settings.load import load_only

_COMMAND = (sys.executable, "-c", "from notifier.cli import app; app()")
_READY = 40  # seconds a start may take on a busy machine
_LOOK = 0.05
_STOP = 12  # seconds until the server is ended by force
# Below the ports that systems give to outgoing connections, which come and go on a busy machine.
_PORTS = range(20000, 32000)
# The wall clock cannot be wound, so what waits on it should wait briefly.
_BRISK = {"SENDING__UNKNOWN_WAIT": "PT1S", "SENDING__BACKOFF_FIRST": "PT0.5S", "LOG__LEVEL": "error"}


@dataclass(frozen=True)
class House:
    """A running server. `address` is host and port, `environment` what the commands run in."""

    address: str
    folder: Path
    environment: Mapping[str, str]

    def command(self, *arguments: str, fine: tuple[int, ...] = (0,)) -> str:
        """Run `notifier …` to its end; what it printed. Raises Trouble when it ends with any other code."""
        done = subprocess.run(  # noqa: S603  # our own command
            (*_COMMAND, *arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in fine:
            printed = _tail(done.stdout + done.stderr)
            raise Trouble(f"`notifier {arguments[0]}` ended with {done.returncode}:\n{printed}")
        return done.stdout


@contextmanager
def open_house() -> Iterator[House]:
    """A server that is ready; it and its folder are gone afterwards, however the play ends. Raises Trouble."""
    with tempfile.TemporaryDirectory(prefix="notifier-demo-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), _free_port()
        environment = _environment(folder, port)
        log = folder / "server.log"
        with log.open("wb") as output:
            server = subprocess.Popen(  # noqa: S603  # our own command
                (*_COMMAND, "up"),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            house = House(f"127.0.0.1:{port}", folder, environment)
            _await_ready(house, server, log)
            yield house
        finally:
            _end(server)


def _environment(folder: Path, port: int) -> dict[str, str]:
    """Of our own settings only the folder with the wording shines through."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
    config = load_only("NOTIFIER_CONFIG_DIR").config_dir
    ours = {"DATA_DIR": str(folder / "data"), "HOST": "127.0.0.1", "PORT": str(port)} | _BRISK
    if config:
        ours["CONFIG_DIR"] = str(config.absolute())
    return theirs | {f"NOTIFIER_{name}": value for name, value in ours.items()}


def _free_port() -> int:
    for port in random.sample(_PORTS, 50):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Trouble("No port on this machine is free.")


def _await_ready(house: House, server: "subprocess.Popen[bytes]", log: Path) -> None:
    desk, deadline = Desk(house.address), time.monotonic() + _READY
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if desk.ask("GET", "/readyz")[0] == 200:
                return
        except Trouble:
            pass  # It does not listen yet.
        time.sleep(_LOOK)
    raise Trouble(f"The server did not get ready:\n{_tail(log.read_text(errors='replace'))}")


def _end(server: "subprocess.Popen[bytes]") -> None:
    for number, patience in ((signal.SIGTERM, _STOP), (signal.SIGKILL, None)):
        with suppress(ProcessLookupError):  # the group may be empty already
            os.killpg(server.pid, number)
        try:
            server.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return


def _tail(printed: str) -> str:
    return "\n".join(printed.strip().splitlines()[-10:])
