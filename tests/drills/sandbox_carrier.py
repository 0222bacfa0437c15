"""The carrier of the kill drills: `notifier sandbox` in a group of its own, so that it outlives what it is used by.

Its file and its log are what a drill is judged by: they say what was really texted, whatever the rows say.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.drills.moments import Moment
from tests.drills.processes import BEAT, WORKER, Installation, Running
from tests.servers import free_port
from tests.waiting import eventually

ACCOUNT = "AC" + "d7" * 16
TOKEN = "a-drill's+token/1"
# Short leases and waits, so that what a kill left in the middle is settled in seconds; batches small enough to be sent
# under such a lease by a busy machine. Each kill may cost a text one try, and a drill has more kills than the tries a
# text gets by default.
HASTE = {
    "SENDING__LEASE": "3",
    "SENDING__UNKNOWN_WAIT": "2",
    "SENDING__UNKNOWN_RETRY": "2",
    "SENDING__BACKOFF_FIRST": "0.2",
    "SENDING__BACKOFF_MOST": "1",
    "SENDING__ATTEMPTS_MOST": "30",
    "SENDING__BATCH": "20",
    "SENDING__THREADS": "8",
}


class SandboxCarrier:
    """The carrier's own side: what it has, and how it misbehaves."""

    def __init__(self, notifier: Installation, port: int, file: Path) -> None:
        self._notifier = notifier
        self._port = port
        self._file = file
        self._running: list[Running] = []
        self.http = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)

    def start(self) -> None:
        """Serve; a later start goes on with the same file."""
        running = self._notifier.start("notifier", "sandbox", "--port", str(self._port))
        self._running.append(running)
        eventually(lambda: running.check_alive() and self._answers(), within=30, what="The carrier's start")

    def stop(self) -> None:
        """Be gone, with what was on the line."""
        self._running.pop().kill()

    def behave(self, **mischief: float | int) -> None:
        """Set what goes wrong; see notifier/sandbox/mischief.py."""
        assert self.http.post("/control/mischief", json=mischief).status_code == 200

    def accepted(self) -> int:
        """How many texts it has taken. Read from its file, since it is asked many times a second."""
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=10)) as connection:
            (number,) = connection.execute("SELECT count(*) FROM messages WHERE direction = 'outbound-api'").fetchone()
        return int(number)

    def await_moment(self, moment: Moment) -> None:
        """Until so many more texts have come, and so many seconds later."""
        before = self.accepted()
        eventually(lambda: self.accepted() >= before + moment.texts, within=60, what="Texting after a start")
        time.sleep(moment.seconds)

    def texts(self) -> list[dict[str, Any]]:
        """Every text it has taken, oldest first."""
        log = self.http.get("/control/log").json()["messages"]
        return [message for message in log if message["direction"] == "outbound-api"]

    def close(self) -> None:
        """Let go of the connection; the process ends with the installation."""
        self.http.close()

    def _answers(self) -> bool:
        try:
            return self.http.get("/control/about").status_code == 200
        except httpx2.HTTPError:
            return False


@contextmanager
def installation_with_carrier(
    folder: Path, stack: tuple[str, str], settings: Mapping[str, str] | None = None
) -> Iterator[tuple[Installation, SandboxCarrier]]:
    """An installation on this stack, not yet started, whose carrier serves already."""
    port = free_port()
    account = {
        "TWILIO__ACCOUNT_SID": ACCOUNT,
        "TWILIO__AUTH_TOKEN": TOKEN,
        "TWILIO__BASE_URL": f"http://127.0.0.1:{port}",
    }
    with Installation(folder, *stack, account | dict(settings or {})) as notifier:
        carrier = SandboxCarrier(notifier, port, folder / "data" / "sandbox.db")
        try:
            carrier.start()
            yield notifier, carrier
        finally:
            carrier.close()


def start_everything(notifier: Installation) -> list[Running]:
    """One process on the memory broker; web, worker and beat on Redis. Nothing is waited for."""
    if notifier.environment["NOTIFIER_BROKER_URL"].startswith("memory"):
        return [notifier.start("notifier", "up")]
    return [notifier.start("notifier", "web"), notifier.start(*WORKER), notifier.start(*BEAT)]
