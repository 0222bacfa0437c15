"""PostgreSQL: killed at once with all its processes, or frozen while webhooks pour in."""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.chaos.faults.strangers import replay
from tests.chaos.scene import Scene

_FROZEN = 2.5  # seconds
_BURST = 40


def killed(scene: Scene) -> None:
    """A worker holds a claim, and finds nobody to tell what became of it."""
    scene.fleet.arms.arm("claimed", "wait 0.7")
    scene.fleet.await_taken("claimed")
    with scene.everything_stands():
        scene.fleet.postgres.kill()
        scene.fleet.postgres.start()


def frozen(scene: Scene) -> None:
    """Replies and a burst of webhooks come meanwhile: each is answered late or 503, and none is lost or doubled."""
    waiting = scene.waiting_phones(3)
    with ThreadPoolExecutor(_BURST) as pool, scene.everything_stands():
        scene.fleet.postgres.freeze()
        try:
            until = time.monotonic() + _FROZEN
            for _, phone, _ in waiting:
                scene.senders.write(phone, "Two cotton shirts, a gift")
            burst = [pool.submit(replay, scene) for _ in range(_BURST)]
            time.sleep(max(0.0, until - time.monotonic()))
        finally:
            scene.fleet.postgres.thaw()
        answers = {answer.result() for answer in burst}
    assert answers <= {200, 503, None}, f"Webhooks were answered {answers}."
    assert answers & {200, 503}, "No webhook was answered at all."
