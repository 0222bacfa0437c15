"""The stand on which floors and product are measured: servers, fresh databases, processes, and a watch.

Every measurement has a database of its own and starts its own processes, so each round finds the same.
"""

import base64
import csv
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis as redis_client
from sqlalchemy import create_engine, text

from tests.drills.processes import Installation
from tests.servers import free_port, postgres, redis

_HOME = Path(__file__).parents[2]
_KEY = base64.b64encode(b"0" * 32).decode()
_LOOK_EVERY = 0.01  # seconds between two looks at how far a run is
_MOST = 180  # seconds anything here may take
_FIRST_MOBILE = 91200000
# As in production, but that texts go to the carrier beside us, as fast as they can.
_SETTINGS = {
    "PROFILE": "production",
    "PUBLIC_URL": "https://notifier.example",
    "TWILIO__ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO__AUTH_TOKEN": "token",
    "TWILIO__ALLOW_BASE_URL": "true",
    "TWILIO__FROM": "+85264500001",
    "SEAL__KEYS": f"1:{_KEY}",
    "SEAL__HASH_KEY": _KEY,
    "SENDING__SEGMENTS_PER_SECOND": "0",
    "QUIET_HOURS": "off",
}


@dataclass
class Stand:
    """Servers that run for the whole bench. Databases are copies of templates, made when they are first asked for."""

    folder: Path
    postgres: str
    broker: str  # its database 0 is the product's, 1 and 2 are the floor's
    carrier: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _templates: dict[int, str] = field(default_factory=dict)

    @contextmanager
    def database(self, queries: int = 0) -> Iterator[str]:
        """A fresh database, with so many queries whose question waits to be sent."""
        if queries not in self._templates:
            self._templates[queries] = self._prepare(queries)
        name = self._create(f"TEMPLATE {self._templates[queries]}")
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def product(self, database_url: str) -> Installation:
        """The product on this database, with an empty broker."""
        self.flush()
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        settings = _SETTINGS | {"TWILIO__BASE_URL": self.carrier}
        return Installation(folder, database_url, f"{self.broker}/0", settings)

    def flush(self) -> None:
        """Empty the broker."""
        with redis_client.Redis.from_url(self.broker) as connection:
            connection.flushall()

    def floor(self, deed: str, url: str, count: int) -> float:
        """What a floor reaches in a process of its own. Raises RuntimeError when it failed."""
        command = (sys.executable, "-m", "tests.bench.floors", deed, url, str(count))
        done = subprocess.run(command, cwd=_HOME, capture_output=True, text=True, timeout=_MOST, check=False)
        _require(done, f"The floor {deed}")
        return float(done.stdout)

    def _prepare(self, queries: int) -> str:
        """The name of a migrated database, filled by the product's own import."""
        name = self._create()
        with self.product(self._url(name)) as notifier:
            run(notifier, "migrate")
            if queries:
                run(notifier, "import", str(self._referrals(queries)))
        return name

    def _referrals(self, queries: int) -> Path:
        path = self.folder / f"{queries}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.DictWriter(file, list(referral(0)))
            rows.writeheader()
            rows.writerows(referral(number) for number in range(queries))
        return path

    def close(self) -> None:
        """Leave nothing behind on a server that is not ours."""
        for name in self._templates.values():
            self._drop(name)

    def _create(self, like: str = "") -> str:
        name = f"bench_{os.getpid()}_{next(self._numbers)}"
        self._sql(f"CREATE DATABASE {name} {like}")
        return name

    def _drop(self, name: str) -> None:
        self._sql(f"DROP DATABASE {name} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return f"{self.postgres.rpartition('/')[0]}/{name}"

    def _sql(self, statement: str) -> None:
        engine = create_engine(self.postgres, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


def referral(number: int) -> dict[str, str]:
    """A referral as customs would write it; each has a sender of its own."""
    return {
        "authority": "DE",
        "destination": "DE",
        "kind": "RFI",
        "referral_reference": f"REF-{number}",
        "item_id": "RR123456785HK",
        "sender_mobile": f"+852{_FIRST_MOBILE + number}",
        "language": "en",
        "questions": "F605",
    }


@contextmanager
def open_stand() -> Iterator[Stand]:
    """Start the servers; stop them at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="notifier-bench-")))
        carrier = stack.enter_context(_carrier())
        stand = Stand(folder, stack.enter_context(postgres()), stack.enter_context(redis()), carrier)
        stack.callback(stand.close)
        yield stand


@contextmanager
def _carrier() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen((sys.executable, "-m", "tests.bench.carrier", str(port)), cwd=_HOME)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def run(notifier: Installation, *arguments: str) -> str:
    """What `notifier …` printed. Raises RuntimeError when it failed."""
    done = notifier.run(*arguments, within=_MOST)
    _require(done, f"notifier {arguments[0]}")
    return done.stdout


def _require(done: "subprocess.CompletedProcess[str]", what: str) -> None:
    if done.returncode:
        raise RuntimeError(f"{what} failed:\n{done.stdout}{done.stderr}")


def rate(done: Callable[[], int], whole: int) -> float:
    """Deeds a second, from the last look that sees less than a tenth of them done to the first that sees all."""
    deadline = time.monotonic() + _MOST
    begun = time.monotonic(), 0
    while (count := done()) < whole:
        now = time.monotonic()
        if count < whole / 10:
            begun = now, count
        if now > deadline:
            raise TimeoutError(f"Only {count} of {whole} were done in {_MOST} seconds.")
        time.sleep(_LOOK_EVERY)
    since, already = begun
    return (count - already) / (time.monotonic() - since)
