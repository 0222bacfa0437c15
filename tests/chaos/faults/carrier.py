"""The carrier: hangs up, refuses, is slow, and tells things twice and in no order."""

from contextlib import suppress

from tests.chaos.scene import Scene
from tests.waiting import eventually

_LINGERS = 2.0  # seconds; less than the lease of what is on the line
_TRIES = 5


def drops_lines(scene: Scene) -> None:
    """It takes every other text and hangs up before it can say so."""
    with scene.carrier_does(drop_after_accept=0.5), scene.some_attempt_ends("unknown"):
        scene.until_texted(4)


def fails(scene: Scene) -> None:
    """One of its ways to fail, drawn anew each time."""
    scene.dice.choice((_too_many, _broken, _reset, _slow))(scene)


def _too_many(scene: Scene) -> None:
    with scene.carrier_does(error_429=0.7), scene.some_attempt_ends("not_sent"):
        scene.until_texted(2)


def _broken(scene: Scene) -> None:
    with scene.carrier_does(error_500=0.5, drop_after_accept=0), scene.some_attempt_ends("unknown"):
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
    with scene.carrier_does(slow=1.6, drop_after_accept=0), scene.some_attempt_ends("unknown"):
        scene.until_texted(2)


def doubles_and_reorders(scene: Scene) -> None:
    """Each receipt twice, and none in its place."""
    with scene.carrier_does(double=1, reorder=0.9, lose=0):
        scene.until_texted(4)


def overtakes_itself(scene: Scene) -> None:
    """A receipt settles a text while the answer to its POST still waits to be stored: the worker lingers."""
    with scene.carrier_does(lose=0, reorder=0, drop_after_accept=0):
        for _ in range(_TRIES):
            scene.fleet.arms.arm("after_201", f"wait {_LINGERS}")
            scene.fleet.await_taken("after_201")
            with suppress(AssertionError):  # on a busy machine the worker is sometimes first all the same
                eventually(lambda: _overtaken(scene), within=_LINGERS, what="The receipt being first", pause=0.05)
                return
    raise AssertionError("No receipt came before the answer to its POST was stored.")


def _overtaken(scene: Scene) -> bool:
    """Whether a text that was posted just now is handed over, although no answer to its POST is stored."""
    statement = (
        "SELECT 1 FROM attempts a JOIN texts t ON t.id = a.text_id"
        " WHERE t.state = 'handed_over' AND a.outcome IS NULL AND a.posting_at > now() - %s * interval '1 second'"
    )
    with scene.fleet.database() as rows:
        return rows.execute(statement, (_LINGERS + 0.5,)).fetchone() is not None
