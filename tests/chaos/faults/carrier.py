"""The carrier: hangs up, refuses, is slow, and tells things twice and in no order."""

from tests.chaos.scene import Scene
from tests.waiting import eventually


def drops_lines(scene: Scene) -> None:
    """It takes every other text and hangs up before it can say so."""
    with scene.carrier_does(drop_after_accept=0.5):
        scene.until_texted(4)


def fails(scene: Scene) -> None:
    """One of its ways to fail, drawn anew each time."""
    scene.dice.choice((_too_many, _broken, _reset, _slow))(scene)


def _too_many(scene: Scene) -> None:
    with scene.carrier_does(error_429=0.7):
        scene.until_texted(2)


def _broken(scene: Scene) -> None:
    with scene.carrier_does(error_500=0.5):
        scene.until_texted(2)


def _reset(scene: Scene) -> None:
    """Every line breaks, and no new one is taken until somebody has tried."""
    scene.fleet.arms.arm("in_flight", "wait 0")
    scene.fleet.line.shut()
    try:
        scene.fleet.await_taken("in_flight")
    finally:
        scene.fleet.line.open()
    scene.until_texted(1)


def _slow(scene: Scene) -> None:
    """It answers after our patience has ended, having taken the text all the same."""
    with scene.carrier_does(slow=1.6):
        scene.until_texted(2)


def doubles_and_reorders(scene: Scene) -> None:
    """Each receipt twice, and none in its place."""
    with scene.carrier_does(double=1, reorder=0.9, lose=0):
        scene.until_texted(4)


def overtakes_itself(scene: Scene) -> None:
    """A receipt is worked on while the answer to the POST still waits to be stored."""
    with scene.carrier_does(lose=0, drop_after_accept=0):
        before = _receipts(scene)
        scene.fleet.arms.arm("after_201", "wait 1.2")
        scene.fleet.await_taken("after_201")
        eventually(lambda: _receipts(scene) > before, within=20, what="A receipt", pause=0.1)


def _receipts(scene: Scene) -> int:
    with scene.fleet.database() as rows:
        (number,) = rows.execute("SELECT count(*) FROM receipts").fetchone() or (0,)
    return int(str(number))
