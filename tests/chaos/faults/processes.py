"""Web servers and importers, killed at a moment or asked to stop."""

from tests.chaos.fleet import WEBS, WORKERS
from tests.chaos.journal import now
from tests.chaos.load import write_file
from tests.chaos.scene import Scene
from tests.drills.processes import Running

_ROWS = 30
_IMPORT = 60  # seconds a small file may take on a busy machine


def web_before_commit(scene: Scene) -> None:
    """The client got no 2xx; it tries again with its key, and there is one query."""
    _die_at(scene, "before_intake_commit")


def web_before_response(scene: Scene) -> None:
    """The repeat is told the id that the dead server could not tell."""
    _die_at(scene, "after_intake_commit")


def web_before_wake(scene: Scene) -> None:
    """Nobody was hinted; the sweep finds the text."""
    _die_at(scene, "before_wake")


def web_after_webhook(scene: Scene) -> None:
    """The carrier tries again, and finds the webhook known."""
    _die_at(scene, "reply_stored")


def _die_at(scene: Scene, point: str) -> None:
    scene.fleet.arms.arm(point)
    scene.fleet.await_death(point)


def importer(scene: Scene) -> None:
    """Killed before its second chunk is committed; the same command goes on without gap or double."""
    fleet, begun = scene.fleet, now()
    path = fleet.product.folder / "referrals.csv"
    references = write_file(path, scene.memory, _ROWS)
    fleet.arms.arm("second_chunk")
    log = path.with_suffix(".log")
    environment = fleet.product.environment | {"CHAOS_ARMS": str(fleet.arms_folder)}
    command = ("python", "-m", "tests.chaos.armed", "import", str(path))
    killed = Running(command, environment, log)
    assert killed.process.wait(timeout=_IMPORT) == -9, killed.printed()
    resumed = fleet.product.run("import", str(path), within=_IMPORT)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert f"All in all {_ROWS} rows: {_ROWS} new" in resumed.stdout, resumed.stdout
    scene.memory.remember_import(references, begun)


def asked_to_stop(scene: Scene) -> None:
    """A web server and a worker drain and end by themselves, in time and with exit code 0."""
    names = scene.dice.choice(WEBS), scene.dice.choice(WORKERS)
    scene.fleet.revive()
    scene.fleet.await_ready()
    codes = scene.fleet.ask_to_stop(*names)
    assert codes == [0, 0], f"{names} ended with {codes}"
