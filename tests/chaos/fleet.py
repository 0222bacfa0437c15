"""The product as a small deployment: two web servers, four workers, two schedulers, and what they stand on.

Every process leads a group of its own. What a fault killed is started again by `revive`.
"""

import contextlib
import json
import signal
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import psycopg

from notifier.runtime.queue import SEND_DUE, SWEEP, make_celery
from tests.chaos.armed import VISIBILITY
from tests.chaos.arms import Arms
from tests.chaos.balancer import Balancer
from tests.chaos.nursery import Nursery
from tests.chaos.servers import Postgres, Valkey
from tests.drills.gate import Gate
from tests.drills.processes import BEAT, Api, Installation, Running
from tests.drills.sandbox_carrier import ACCOUNT, TOKEN, SandboxCarrier
from tests.servers import free_port
from tests.waiting import eventually

WEBS, WORKERS, BEATS = ("web1", "web2"), ("worker1", "worker2", "worker3", "worker4"), ("beat1", "beat2")
_ARMED = ("python", "-m", "tests.chaos.armed")
_PARKED = "parked"  # a queue that no worker reads
_FORESEEN = (-signal.SIGKILL, 2)  # killed, or without a server that a start needs
_CRASHED = ("Traceback (most recent call last)", "request_crashed", "Unrecoverable error")
_START = 60  # seconds a process may take to be ready on a busy machine
TRIES = 5  # a text that killed so many workers goes to people
WINDOW = timedelta(seconds=8)
# Waits and leases of one to three seconds. A carrier that is slow for longer than the timeout still answers within
# timeout and wait together, as 30 seconds do within 10 and 90.
SETTINGS = {
    "TWILIO__TIMEOUT": "1",
    "SENDING__LEASE": "2",
    "SENDING__UNKNOWN_WAIT": "2",
    "SENDING__UNKNOWN_RETRY": "1",
    "SENDING__BACKOFF_FIRST": "0.2",
    "SENDING__BACKOFF_MOST": "1",
    "SENDING__ATTEMPTS_MOST": str(TRIES),
    "SENDING__BATCH": "20",
    "SENDING__THREADS": "8",
    "WINDOW__REMIND_AFTER": "4",
    "WINDOW__CLOSE_AFTER": str(WINDOW.seconds),
    "WINDOW__OPEN_GRACE": "2",
    "WINDOW__NO_RECEIPT_AFTER": "30",
    "RECONCILE__EVERY": "2",
    "RECONCILE__GAP": "8",
    "RECONCILE__SLACK": "5",
    "RECONCILE__LOOK_BACK": "120",
    "RECONCILE__REMINDER_MARGIN": "1",
    "RECONCILE__LEASE": "3",
    "WEBHOOKS__LEASE": "2",
    "SWEEP__EVERY": "1",
}


class _Born(Running):
    """A process that the nursery bore."""

    def __init__(self, nursery: Nursery, command: tuple[str, ...], environment: Mapping[str, str], log: Path) -> None:
        self.command, self.log = command, log
        self.process = nursery.bear(command, environment, log)


class Fleet:
    """All processes. Leaving the block kills every one."""

    def __init__(self, folder: Path) -> None:
        self.postgres, self.valkey = Postgres(folder), Valkey(folder)
        self.arms = Arms(folder / "arms")
        self._nursery = Nursery(folder)
        self.kills = 0
        self.broke_down: list[str] = []
        self._ports = dict(zip(WEBS, (free_port(), free_port()), strict=True))
        self.balancer = Balancer(tuple(self._ports.values()))
        self.base_url = f"http://127.0.0.1:{self.balancer.port}"
        port = free_port()
        self.line = Gate(("127.0.0.1", port))  # from the product to the carrier
        account = {
            "TWILIO__ACCOUNT_SID": ACCOUNT,
            "TWILIO__AUTH_TOKEN": TOKEN,
            "TWILIO__BASE_URL": f"http://127.0.0.1:{self.line.port}",
            "PUBLIC_URL": self.base_url,
        }
        stack = self.postgres.url, f"{self.valkey.url}/0"
        self.product = Installation(folder, *stack, SETTINGS | account)
        self.carrier_file = folder / "data" / "sandbox.db"
        self.carrier = SandboxCarrier(self.product, port, self.carrier_file)
        self._celery = make_celery(stack[1], 1)
        self._running: dict[str, Running] = {}
        self._asked: set[Running] = set()  # to stop
        self._probe = httpx2.Client(timeout=2, trust_env=False)
        self.key = ""

    def __enter__(self) -> "Fleet":
        try:
            self.postgres.start()
            self.valkey.start()
            self.carrier.start()
            assert self.product.run("migrate").returncode == 0
            made = self.product.run("keys", "create", "--role", "admin", "--name", "chaos")
            assert made.returncode == 0, made.stderr
            self.key = made.stdout.splitlines()[-1]
            self.revive()
            self.await_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for running in self._running.values():
            if running.process.poll() is None:
                running.kill()
        self.product.__exit__()
        self.carrier.close()
        self.balancer.close()
        self.line.shut()
        self._probe.close()
        self._nursery.close()
        for server in (self.valkey, self.postgres):
            server.kill()

    @property
    def names(self) -> tuple[str, ...]:
        """Every process of the product."""
        return (*WEBS, *WORKERS, *BEATS)

    def api(self) -> Api:
        """A client of its own, through the balancer."""
        api = Api(self.base_url, self.key)
        api.http.timeout = httpx2.Timeout(15)
        return api

    @contextlib.contextmanager
    def database(self) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
        """A connection for the judge's own statements; each commits by itself."""
        with psycopg.connect(self.postgres.dsn, autocommit=True) as connection:
            yield connection

    def kill(self, *names: str) -> None:
        """SIGKILL."""
        for name in names:
            self._running[name].kill()

    def ask_to_stop(self, *names: str) -> list[int]:
        """SIGTERM; the exit codes. Fails when one takes longer than an orchestrator waits."""
        for name in names:
            self._asked.add(self._running[name])
            self._running[name].ask_to_stop()
        return [self._running[name].process.wait(timeout=10) for name in names]

    def start(self, name: str, extra: Mapping[str, str] | None = None) -> Running:
        """One process, without waiting for it."""
        environment = self.product.environment | {"CHAOS_ARMS": str(self.arms_folder)} | dict(extra or {})
        if name in WEBS:
            environment["NOTIFIER_PORT"] = str(self._ports[name])
        command = BEAT if name in BEATS else (*_ARMED, name.rstrip("1234"))
        log = self.product.folder / f"{name}.log"
        self._keep(log)
        running = self._running[name] = _Born(self._nursery, command, environment, log)
        return running

    @property
    def arms_folder(self) -> Path:
        """Where processes look for kill points."""
        return self.product.folder / "arms"

    def alive(self, name: str) -> bool:
        """Whether it runs."""
        return name in self._running and self._running[name].process.poll() is None

    def revive(self) -> None:
        """Start what does not run, as an orchestrator would. Who ended by itself for no foreseen reason is kept."""
        for name in self.names:
            if self.alive(name):
                continue
            if (ended := self._running.get(name)) is not None:
                code = ended.process.returncode
                self.kills += code == -signal.SIGKILL
                if code not in _FORESEEN and not (code == 0 and ended in self._asked):
                    self.broke_down.append(f"{name} ended with {code}: {ended.printed().strip().splitlines()[-1:]}")
            self.start(name)

    def restart_with_visibility(self, name: str, seconds: float) -> None:
        """The same worker on a broker that takes back what is not acknowledged within so many seconds."""
        self.kill(name)
        self.start(name, {VISIBILITY: str(seconds)})

    def await_ready(self) -> None:
        """Until every process is at work."""
        eventually(lambda: all(map(self._ready, self.names)), within=_START, what="The fleet's start", pause=0.1)

    def await_death(self, point: str) -> None:
        """Until a process came by an armed point, and died there."""
        self.await_taken(point)
        eventually(lambda: not all(map(self.alive, self.names)), within=10, what=f"A death at {point}")

    def await_taken(self, point: str, within: float = 30) -> None:
        """Until a process came by an armed point."""
        eventually(lambda: self.arms.taken(point), within=within, what=f"Passing {point}")

    def printed(self) -> str:
        """Everything that every process of the product ever printed."""
        logs = [path for name in self.names for path in sorted(self.product.folder.glob(f"{name}*.log"))]
        return "".join(path.read_text(errors="replace") for path in logs)

    def crashes(self) -> list[str]:
        """What no process of the product ever prints."""
        printed = self.printed()
        return [f"{what}: {times} times in the logs" for what in _CRASHED if (times := printed.count(what))]

    def hints(self, queue: str, number: int) -> list[str]:
        """So many of the product's own hints as they lie in the broker, each a message of its own."""
        with self.valkey.client() as client:
            self._celery.send_task(SEND_DUE, queue=_PARKED)
            hint = json.loads(client.lpop(_PARKED))
        hint["properties"]["delivery_info"]["routing_key"] = queue
        return [
            json.dumps(hint | {"properties": hint["properties"] | {"delivery_tag": str(uuid4())}})
            for _ in range(number)
        ]

    def hint_sweep(self) -> None:
        """As a beat does."""
        self._celery.send_task(SWEEP)

    def _keep(self, log: Path) -> None:
        """What the one before printed moves aside, so that "ready" is the new one's own word."""
        if log.exists():
            with log.with_name(f"{log.stem}-before.log").open("a") as before:
                before.write(log.read_text(errors="replace"))
            log.unlink()

    def _ready(self, name: str) -> bool:
        if not self.alive(name):
            self.revive()
            return False
        running = self._running[name]
        if name in WEBS:
            with contextlib.suppress(httpx2.HTTPError):
                return self._probe.get(f"http://127.0.0.1:{self._ports[name]}/readyz").status_code == 200
            return False
        return (" ready." if name in WORKERS else "Sending due task") in running.printed()
