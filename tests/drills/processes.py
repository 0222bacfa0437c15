"""The product as an operator runs it: real processes, seen from outside.

    with Installation(tmp_path, database_url, broker_url, {"WINDOW__CLOSE_AFTER": "PT5S"}) as notifier:
        up = notifier.up()                    # or .web(), .worker(), .beat(), or .deployment() for those three
        api = notifier.api()                  # HTTP with a key of its own
        query = api.submit(referral_reference="R1")
        up.kill()                             # SIGKILL to the whole group; .terminate() is SIGTERM
        up = notifier.up()                    # the same folder, port, database and broker
        eventually(lambda: api.see(query["id"])["texts"])

Each start returns once the process is ready, or fails with what it printed. Every process leads a group of its own, and
leaving the block kills every group.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx2

from notifier.domain.permissions import Role
from notifier.runtime import Runtime, open_runtime
from notifier.service.keys import create_key
from notifier.settings import load
from tests.servers import free_port
from tests.waiting import eventually

_BIN = Path(sys.executable).parent
_HOME = Path(__file__).parents[2]
_START = 30  # seconds a process may take to be ready on a busy machine
WORKER = ("celery", "-A", "workers", "worker", "--loglevel", "INFO")
BEAT = ("celery", "-A", "workers", "beat", "--loglevel", "INFO")
REFERRAL = {
    "authority": "DE",
    "destination": "DE",
    "kind": "RFI",
    "item_id": "RR123456785HK",
    "sender_mobile": "9123 4567",
    "language": "en",
    "questions": [{"code": "F605"}],
}


class Running:
    """One process and whatever it starts. What it prints goes to the file `log`."""

    def __init__(self, command: tuple[str, ...], environment: Mapping[str, str], log: Path) -> None:
        self.command = command
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                (str(_BIN / command[0]), *command[1:]),
                cwd=_HOME,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def printed(self) -> str:
        """Everything it printed."""
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL to the whole group, also when its leader is gone already."""
        self._signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    def ask_to_stop(self) -> None:
        """SIGTERM to the whole group, without waiting."""
        self._signal(signal.SIGTERM)

    def terminate(self, within: float = 15) -> int:
        """SIGTERM to the whole group; the leader's exit code. Raises TimeoutExpired."""
        self.ask_to_stop()
        return self.process.wait(timeout=within)

    def check_alive(self) -> bool:
        """True; fails the test with what was printed when the process has ended."""
        assert self.process.poll() is None, f"It ended with {self.process.returncode}:\n{self.printed()[-3000:]}"
        return True

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return  # The group is empty.


class Api:
    """The HTTP API with one key; `http` is the client for everything that has no method here."""

    def __init__(self, base_url: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self.http = httpx2.Client(base_url=base_url, headers=headers, timeout=30, trust_env=False)

    def submit(self, **changes: Any) -> dict[str, Any]:
        """Hand in a new referral, with REFERRAL's fields but for `changes`; `{"id", "code", "state"}`."""
        fields = REFERRAL | {"referral_reference": f"R-{uuid4()}"} | changes
        answer = self.http.post("/api/v1/queries", json=fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def see(self, query_id: str) -> dict[str, Any]:
        """The query as staff see it."""
        answer = self.http.get(f"/api/v1/queries/{query_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


class Installation:
    """One data folder, port, database and broker, and the processes started for it.

    `settings` are variables without their prefix NOTIFIER_. Nothing of the tests' own environment shines through.
    `database_url` None is SQLite in the data folder, as on a laptop.
    """

    def __init__(
        self,
        folder: Path,
        database_url: str | None = None,
        broker_url: str = "memory://",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        given = {"DATA_DIR": str(folder / "data"), "PORT": str(self.port), "BROKER_URL": broker_url}
        if database_url is not None:
            given["DATABASE_URL"] = database_url
        theirs = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
        self.environment = theirs | {
            f"NOTIFIER_{name}": value for name, value in (given | dict(settings or {})).items()
        }
        # One client for all probes: making one costs as much as a process's start needs in the same moment.
        self._probe = httpx2.Client(base_url=self.base_url, timeout=5, trust_env=False)
        self._started: list[Running] = []
        self._apis: list[Api] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for http in (self._probe, *(api.http for api in self._apis)):
            http.close()
        for running in self._started:
            running.kill()

    def up(self) -> Running:
        """`notifier up`, ready for requests."""
        return self._ready(self.start("notifier", "up"), self._served)

    def web(self) -> Running:
        """`notifier web`, ready for requests. The database must be migrated."""
        return self._ready(self.start("notifier", "web"), self._served)

    def worker(self) -> Running:
        """`celery -A workers worker`, ready for hints."""
        return self._ready(self.start(*WORKER), _takes_hints)

    def beat(self) -> Running:
        """`celery -A workers beat`, ticking."""
        return self._ready(self.start(*BEAT), _ticks)

    def deployment(self) -> tuple[Running, Running, Running]:
        """Web, worker and beat, started side by side."""
        web, worker, beat = self.start("notifier", "web"), self.start(*WORKER), self.start(*BEAT)
        return self._ready(web, self._served), self._ready(worker, _takes_hints), self._ready(beat, _ticks)

    def printed(self) -> str:
        """Everything that all its processes printed."""
        return "".join(running.printed() for running in self._started)

    def start(self, *command: str) -> Running:
        """Any command, in a group of its own, without waiting."""
        name = "-".join(word for word in command if word.isalpha())
        log = self.folder / f"{len(self._started):02}-{name}.log"
        running = Running(command, self.environment, log)
        self._started.append(running)
        return running

    def run(self, *arguments: str, within: float = 60) -> subprocess.CompletedProcess[str]:
        """`notifier …` to its end."""
        command = (str(_BIN / "notifier"), *arguments)
        return subprocess.run(
            command, cwd=_HOME, env=self.environment, capture_output=True, text=True, timeout=within, check=False
        )

    def api(self, role: str = "liaison") -> Api:
        """The API with a fresh key of this role. The database must be migrated; the server need not run."""
        with self.inside() as runtime:
            key = create_key(runtime.ctx, Role(role), f"drill-{role}")
        api = Api(self.base_url, key)
        self._apis.append(api)
        return api

    @contextmanager
    def inside(self) -> Iterator[Runtime]:
        """Its parts, in this process: for what need not be seen from outside, and would cost a start of its own."""
        ours = {name: value for name, value in self.environment.items() if name.startswith("NOTIFIER_")}
        with open_runtime(load(ours)) as runtime:
            yield runtime

    def _ready(self, running: Running, sign: Callable[[Running], bool]) -> Running:
        command = " ".join(running.command)
        eventually(lambda: running.check_alive() and sign(running), within=_START, what=f"{command}: getting ready")
        return running

    def _served(self, _running: Running) -> bool:
        try:
            return self._probe.get("/readyz").status_code == 200
        except httpx2.HTTPError:
            return False


def _takes_hints(worker: Running) -> bool:
    return " ready." in worker.printed()


def _ticks(beat: Running) -> bool:
    return "Sending due task" in beat.printed()
