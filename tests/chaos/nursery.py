"""Processes of the product, born of one that has loaded its code already: a start costs a fork, not seconds of imports.

    python -m tests.chaos.nursery SOCKET

It loads what every process loads, and nothing that looks at an environment. Each request is a line of JSON: to bear a
child, or how one ended. The child leads a group of its own and goes on as the command that was asked for.
"""

import gc
import importlib
import json
import os
import pkgutil
import random
import runpy
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_HOME = Path(__file__).parents[2]
_CODE = ("notifier", "celery.bin.celery", "celery.bin.worker", "celery.bin.beat", "celery.apps.worker")
_MORE = ("celery.apps.beat", "celery.concurrency.thread", "celery.worker.consumer", "kombu.transport.redis", "uvicorn")
# These look at the environment, or do their work, when they are imported.
_LEAVE = ("notifier.storage.migrations", "notifier.__main__", "notifier.cli.")
_LATER = "workers"  # the Celery application: of each child's own environment
_START = 60  # seconds
_CELERY = "celery"


class Child:
    """What `subprocess.Popen` would be, of a process whose parent is the nursery."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self._nursery = nursery
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            self.returncode = self._nursery.ask({"ended": self.pid})
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Raises TimeoutExpired."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.02)
        return code


class Nursery:
    """The judge's side."""

    def __init__(self, folder: Path) -> None:
        self._address = folder / "nursery.sock"
        with (folder / "nursery.log").open("ab") as log:
            command = (sys.executable, "-m", "tests.chaos.nursery", str(self._address))
            self._process = subprocess.Popen(command, cwd=_HOME, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + _START
        while not self._address.exists():
            assert self._process.poll() is None, (folder / "nursery.log").read_text()
            assert time.monotonic() < until, "The nursery takes too long to load."
            time.sleep(0.05)

    def bear(self, command: tuple[str, ...], environment: Mapping[str, str], log: Path) -> Child:
        """A child that goes on as `celery …` or `python -m …`, and prints to `log`."""
        log.touch()  # whoever looks at once finds nothing, rather than no file
        asked = {"command": command, "environment": dict(environment), "log": str(log)}
        pid = self.ask(asked)
        assert pid is not None
        return Child(self, pid)

    def ask(self, request: Mapping[str, Any]) -> int | None:
        """One request, answered."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_START)
            line.connect(str(self._address))
            line.sendall(json.dumps(request).encode() + b"\n")
            answer: int | None = json.loads(line.makefile().readline())
            return answer

    def close(self) -> None:
        """No child is born any more."""
        self._process.kill()
        self._process.wait(timeout=10)


def _load() -> None:
    for name in (*_CODE, *_MORE):
        module = importlib.import_module(name)
        for found in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{name}.") if name == "notifier" else ():
            if not found.name.startswith(_LEAVE):
                importlib.import_module(found.name)
    assert _LATER not in sys.modules, "Every child would have the nursery's broker."
    gc.collect()
    gc.freeze()  # so that children share what was loaded


def _serve(address: str) -> list[str]:
    """Bear children; returns in each of them, with the command it is to be."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen(64)
        while True:
            line, _ = door.accept()
            with line:
                request = json.loads(line.makefile().readline())
                born = None if "ended" in request else os.fork()
                if born != 0:
                    answer = _ended(request["ended"]) if born is None else _let_go(born)
                    line.sendall(json.dumps(answer).encode() + b"\n")
                    continue
            _grow_up(request["environment"], request["log"])
            return list(request["command"])


def _let_go(pid: int) -> int:
    """A group of its own, also when the judge signals to it at once."""
    os.setpgid(pid, pid)
    return pid


def _ended(pid: int) -> int | None:
    done, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def _grow_up(environment: Mapping[str, str], log: str) -> None:
    os.setpgid(0, 0)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    random.seed()


def main() -> None:
    """Load, and serve; a child goes on as what it was born to be, and ends as that ends."""
    _load()
    program, *rest = _serve(sys.argv[1])
    if program == _CELERY:
        from celery.__main__ import main as celery

        sys.argv = [_CELERY, *rest]
        celery()
    else:
        module = rest[1]  # python -m module …
        sys.argv = [module, *rest[2:]]
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
