"""Redis: killed, emptied, frozen, bounced, impatient, and set to forget."""

import time

from tests.chaos.armed import HANDED_OUT_AGAIN
from tests.chaos.fleet import WORKERS
from tests.chaos.journal import now, p99
from tests.chaos.scene import Scene
from tests.waiting import eventually

_HINTS = 10_000
_MANY, _FLOODS = 500, 3  # hints for a worker that is slower than its broker is patient
_FROZEN = 3.0  # seconds; the client's patience is five
_QUEUE = "sending"
_BEFORE = 60  # seconds of answers to compare with


def killed_with_hints(scene: Scene) -> None:
    """It keeps nothing: ten thousand hints are gone, and the rows are all there."""
    hints = _hints(scene)
    with scene.everything_stands():
        _flood(scene, hints)
        scene.fleet.valkey.kill()
        scene.fleet.valkey.start()


def flushed(scene: Scene) -> None:
    """Every hint is gone while workers hold what they claimed."""
    hints = _hints(scene)
    scene.fleet.arms.arm("claimed", "wait 1.0")
    scene.fleet.await_taken("claimed")
    _flood(scene, hints)
    with scene.fleet.valkey.client() as client:
        client.flushall()
    scene.until_texted(1)


def frozen(scene: Scene) -> None:
    """No request waits for it."""
    began = now()
    with scene.everything_stands():
        scene.fleet.valkey.freeze()
        try:
            until = time.monotonic() + _FROZEN
            while time.monotonic() < until:
                scene.client.ask()
        finally:
            frozen_until = now()
            scene.fleet.valkey.thaw()
    during = p99(scene.memory.answers.between(began, frozen_until))
    before = p99([took for asked, took in scene.memory.answers.took if asked < began])
    scene.notes["7"] = f"API p99 {during * 1000:.0f} ms, otherwise {before * 1000:.0f} ms"
    assert during < _FROZEN / 2, f"Answers took {during:.1f} s while Redis was frozen."


def bounced(scene: Scene) -> None:
    """It restarts while workers have tasks that are not acknowledged."""
    scene.fleet.arms.arm("after_201", "wait 0.5")
    scene.fleet.await_taken("after_201")
    with scene.everything_stands():
        scene.fleet.valkey.kill()
        scene.fleet.valkey.start()


def short_visibility(scene: Scene) -> None:
    """What is not acknowledged within a second is handed out again, and again: the claim finds nothing to do."""
    fleet, name = scene.fleet, scene.dice.choice(WORKERS)
    fleet.restart_with_visibility(name, 1)
    fleet.revive()
    fleet.await_ready()
    hints = _hints(scene, _MANY)
    for _ in range(_FLOODS):
        before = fleet.arms.noted(HANDED_OUT_AGAIN)
        _flood(scene, hints)
        eventually(
            lambda than=before: fleet.arms.noted(HANDED_OUT_AGAIN) > than, within=30, what="A hint handed out again"
        )
    scene.count("9", "hints handed out again", fleet.arms.noted(HANDED_OUT_AGAIN))
    fleet.kill(name)


def evicting(scene: Scene) -> None:
    """A worker does not start on a Redis that throws hints away, and says how to mend it."""
    fleet, name = scene.fleet, scene.dice.choice(WORKERS)
    fleet.kill(name)
    with fleet.valkey.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            refused = fleet.start(name)
            code = eventually(refused.process.poll, within=60, what="The refusal", pause=0.1)
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert (code, "this Redis evicts keys (allkeys-lru)" in refused.printed()) == (2, True), refused.printed()


def _hints(scene: Scene, number: int = _HINTS) -> list[str]:
    """So many, like the product's own; made beforehand, since that takes time."""
    return scene.fleet.hints(_QUEUE, number)


def _flood(scene: Scene, hints: list[str]) -> None:
    """All at once."""
    with scene.fleet.valkey.client() as client:
        client.lpush(_QUEUE, *hints)
