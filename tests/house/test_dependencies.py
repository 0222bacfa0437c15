"""What `pip install notifier` brings is enough: nothing that the product loads comes with the tests' tools alone."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_HOME = Path(__file__).parents[2]
# What libraries load once they are used, in the ways in which we use them.
_LATE = (
    "alembic.command",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.thread",
    "celery.worker.consumer",
    "celery.worker.loops",
    "kombu.transport.memory",
    "kombu.transport.redis",
    "psycopg_binary",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "twilio.rest.api.v2010.account.message",
    "uvicorn.lifespan.off",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
)
# Loads all that, and uses apprise as far as an address, as if the modules of the first argument were not installed.
_LOAD = """
import importlib, json, pkgutil, sys

class Without:
    def __init__(self, absent):
        self._absent = frozenset(absent)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self._absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Without(json.loads(sys.argv[1])))
for root in ("notifier", "workers"):
    package = importlib.import_module(root)
    for found in pkgutil.walk_packages(package.__path__, root + "."):
        if not found.name.startswith("notifier.storage.migrations.") or found.name.endswith(".run"):
            importlib.import_module(found.name)
for name in json.loads(sys.argv[2]):
    importlib.import_module(name)
import apprise, kombu
for address in ("mailto://user:word@example.org", "json://127.0.0.1", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"):
    assert apprise.Apprise().add(address), address
for address in ("redis://127.0.0.1:1/0", "memory://"):
    kombu.Connection(address).transport
"""


def test_what_is_declared_and_what_it_brings_is_all_that_the_product_loads() -> None:
    done = _load_with(_declared())
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("forgotten", ["packaging", "uvloop", "psycopg", "linkify-it-py"])
def test_one_that_is_forgotten_is_found(forgotten: str) -> None:
    declared = {name: requirement for name, requirement in _declared().items() if name != forgotten}
    done = _load_with(declared)
    assert done.returncode == 1
    assert f"No module named '{forgotten.replace('-', '_').removesuffix('_py')}" in done.stderr


def _load_with(declared: Mapping[str, Requirement]) -> "subprocess.CompletedProcess[str]":
    """The product loaded in an interpreter that finds these, what they bring, and nothing else."""
    homes, brought = packages_distributions(), {"notifier"} | _closure(declared)
    absent = [module for module, owners in homes.items() if brought.isdisjoint(map(canonicalize_name, owners))]
    command = (sys.executable, "-W", "ignore", "-c", _LOAD, json.dumps(absent), json.dumps(_LATE))
    return subprocess.run(command, cwd=_HOME, capture_output=True, text=True, timeout=100, check=False)


def _declared() -> Mapping[str, Requirement]:
    project = tomllib.loads((_HOME / "pyproject.toml").read_text())["project"]
    given = [Requirement(line) for line in project["dependencies"]]
    return {canonicalize_name(requirement.name): requirement for requirement in given}


def _closure(declared: Mapping[str, Requirement]) -> set[str]:
    """The names of all that these bring, extras as far as they are asked for."""
    found: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = list(declared.values())
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        found.add(name)
        if (name, extras) not in seen:
            seen.add((name, extras))
            waiting += _brought_by(name, extras)
    return found


def _brought_by(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    try:
        asked = distribution(name).requires or ()
    except PackageNotFoundError:
        return  # For another platform or an older Python: nothing of it can be loaded here.
    for line in asked:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            yield requirement
